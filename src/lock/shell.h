/* SPDX-License-Identifier: MIT */
/*
 * Locks that a shell keeps while it goes on: of an open file description that it has at a
 * descriptor, as flock(1) takes them. No command is run; the statuses are those of an
 * applet that runs none. Failures are reported.
 */
#ifndef LOCK_SHELL_H
#define LOCK_SHELL_H

#include "lock/lock.h"

struct lock_shell {
	struct lock_attributes
	    attributes; /* not LOCK_POSIX, which ends with the process */
	struct timeout timeout;
	bool verbose;
	bool cloexec;        /* lock_shell_open(): commands do not inherit it */
	int conflict_status; /* if another process holds the lock; -1: 3 or 124 */
};

/*
 * Lock what is open at fd, or change its lock from shared to exclusive or back. If that
 * fails, a lock of fcntl(2) is as before, one of flock(2) may be lost: see flock(2).
 */
enum status lock_shell_fd(int fd, const struct lock_shell *request);

/* Unlock it. */
enum status lock_shell_unlock(int fd, const struct lock_attributes *attributes);

/*
 * Open a file as lock_set_open(), lock it and leave it open in the shell that this is a
 * builtin of, at 10 or above, with the number in this variable.
 */
enum status lock_shell_open(const char *variable, const char *path,
                            const struct lock_shell *request);

#endif
