/* SPDX-License-Identifier: MIT */
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

/* The inode number: 0, or -1 with errno, ENOTSUP before Linux 6.9. */
int pidfd_inode(int pidfd, uint64_t *inode);

/*
 * pidfd_send_signal(2): 0, or -1 with errno. info is the siginfo_t of a queued signal;
 * NULL: as kill(2).
 */
int pidfd_send(int pidfd, int signal, void *info);

/* Has the process ended? It may not have been waited for yet. */
bool pidfd_has_ended(int pidfd);

/*
 * How a process ended, as waitpid(2) has it. False if the kernel does not report it: only
 * Linux 6.15 and newer do after the process has been waited for, and before that only
 * to a caller that may read it in /proc/PID/stat.
 */
bool pidfd_wait_status(int pidfd, pid_t pid, int *wait_status);

#endif
