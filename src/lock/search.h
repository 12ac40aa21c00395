/* SPDX-License-Identifier: MIT */
/*
 * Which processes hold a lock on a file, and which wait for one, from /proc/PID/fdinfo
 * and /proc/PID/syscall of the processes that the caller may inspect. /proc/locks reports
 * neither the processes that have inherited a lock nor any pid for a lock of an open file
 * description. See proc_pid_fdinfo(5), proc_pid_syscall(5).
 */
#ifndef LOCK_SEARCH_H
#define LOCK_SEARCH_H

#include <sys/types.h>

#include "base/status.h"
#include "lock/entry.h"

struct lock_search {
	dev_t device; /* of the file: set by the caller, all else zeros */
	ino_t inode;
	struct lock_list holders;
	struct lock_list
	    waiters; /* processes that wait in F_OFD_SETLKW; only pid is set */
};

/*
 * Fill in holders and waiters, to be freed by lock_search_free() whatever the status.
 * Failures are reported; a process that cannot be inspected is not a failure.
 */
enum status lock_search_processes(struct lock_search *search);
void lock_search_free(struct lock_search *search);

#endif
