/*
 * A process by a descriptor, see pidfd_open(2): the PID of a process that has been waited
 * for may be given to another one, a pidfd may not, nor its inode (Linux 6.9).
 */
#ifndef PROCESS_PIDFD_H
#define PROCESS_PIDFD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A process as text names it: 123, or 123:4567 with the inode of its pidfd. */
struct pidfd_target {
	pid_t pid;
	bool has_inode;
	uint64_t inode;
};

/* False if text is neither. */
bool pidfd_parse(const char *text, struct pidfd_target *target);

/*
 * A descriptor, close-on-exec, which poll(2) reports as readable once the process has
 * ended. -1 with errno: ESRCH if no such process exists, or only one with another inode;
 * EINVAL or ENOENT if the PID is that of a thread that is not the leader of its process;
 * ENOTSUP if an inode is given before Linux 6.9, where all pidfds have the same.
 */
int pidfd_open_target(const struct pidfd_target *target);

#endif
