/* SPDX-License-Identifier: MIT */
/*
 * The system call in which a thread is blocked, from /proc/PID/task/TID/syscall, and the
 * table of the calls that wait. See proc_pid_syscall(5).
 */
#ifndef INSPECT_BLOCKED_H
#define INSPECT_BLOCKED_H

#include <stdbool.h>
#include <stdint.h>

/* The event that ends the wait. */
enum blocked_on {
	BLOCKED_UNKNOWN,
	BLOCKED_MESSAGE,    /* in a queue; of a System V queue also of a type */
	BLOCKED_ROOM,       /* in a queue, a pipe or a socket */
	BLOCKED_PERMITS,    /* of a semaphore */
	BLOCKED_ZERO,       /* the value of a System V semaphore */
	BLOCKED_LOCK,       /* on a file, or a mutex in memory */
	BLOCKED_FUTEX,      /* a word in shared memory changes */
	BLOCKED_THREAD,     /* another thread of its process, by a futex */
	BLOCKED_READER,     /* opens the FIFO */
	BLOCKED_WRITER,     /* opens the FIFO */
	BLOCKED_DATA,       /* in a pipe, a socket, an eventfd or another file */
	BLOCKED_CONNECTION, /* to accept */
	BLOCKED_ACCEPT,     /* of its connection, by a listener */
	BLOCKED_CHILD,      /* changes its state; a process that a pidfd refers to ends */
	BLOCKED_SIGNAL,
	BLOCKED_TIME
};

/* How the arguments name the object; in parentheses the numbers of the arguments. */
enum blocked_shape {
	BLOCKED_BY_NOTHING,
	BLOCKED_BY_SIGNALS, /* a set of them (0) */
	BLOCKED_BY_FD,      /* descriptor (0) */
	BLOCKED_BY_FDS,     /* splice(2): from (0) to (2) */
	BLOCKED_BY_QUEUE,   /* System V: id (0) */
	BLOCKED_BY_SET,     /* System V: id (0), operations (1), their number (2) */
	BLOCKED_BY_ADDRESS, /* futex(2): address (0), operation (1) */
	BLOCKED_BY_FUTEX,   /* futex_wait(2): address (0), flags (3) */
	BLOCKED_BY_FUTEXES, /* futex_waitv(2): struct futex_waitv (0), their number (1) */
	BLOCKED_BY_LOCK,    /* fcntl(2): descriptor (0), command (1), struct flock (2) */
	BLOCKED_BY_FLOCK,   /* descriptor (0), operation (1) */
	BLOCKED_BY_PATH,    /* open(2): path (0), flags (1) */
	BLOCKED_BY_PATH_AT, /* openat(2): directory (0), path (1), flags (2) */
	BLOCKED_BY_HOW,     /* openat2(2): the same, with the flags in memory (2) */
	BLOCKED_BY_POLL,    /* struct pollfd (0), their number (1) */
	BLOCKED_BY_SELECT,  /* number (0), three sets (1, 2, 3) */
	BLOCKED_BY_PID,     /* wait4(2): PID (0) */
	BLOCKED_BY_ID,      /* waitid(2): type (0), id (1) */
	BLOCKED_BY_RESTART, /* a call that was interrupted, with its arguments */
};

/* A call that can wait. */
struct blocked_row {
	short number;
	unsigned char on;    /* enum blocked_on */
	unsigned char shape; /* enum blocked_shape */
};

/* The call of a thread. */
struct blocked_call {
	int64_t number;
	uint64_t arguments[6];
	uint64_t stack;       /* the stack pointer */
	uint64_t instruction; /* the address after the one that made the call */
	uint64_t memory; /* s390x: where further arguments are, base/ipc_call.h; or 0 */
};

/*
 * Parse the contents of the file: false if the thread runs, is blocked outside a system
 * call ("-1 …"), or if they are something else.
 */
bool blocked_parse(struct blocked_call *call, const char *text);

/* The row of a call of 64-bit processes; NULL if it is none of those that wait. */
const struct blocked_row *blocked_find(int64_t number);

/*
 * The row of the call that restart_syscall(2) goes on with, by the kernel's function that
 * it sleeps in, the text of /proc/PID/task/TID/wchan; NULL if it is another function.
 */
const struct blocked_row *blocked_find_restarted(const char *function);

#endif
