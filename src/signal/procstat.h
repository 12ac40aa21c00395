/* SPDX-License-Identifier: MIT */
/*
 * Masks, dispositions and pending signals of a process and each of its threads, from
 * /proc/PID/status and /proc/PID/task/TID/status. See proc(5).
 */
#ifndef SIGNAL_PROCSTAT_H
#define SIGNAL_PROCSTAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct procstat {
	pid_t process, thread;
	char command[64];          /* the name of the thread: any bytes */
	uint64_t ignored, caught;  /* by the process; sets as in base/ksig.h */
	uint64_t pending;          /* for the process */
	uint64_t blocked;          /* by the thread */
	uint64_t thread_pending;   /* for the thread only */
	unsigned long queued;      /* signals queued for the process's user */
	unsigned long queue_limit; /* RLIMIT_SIGPENDING of the process */
	char state;                /* 'T' stopped, 'Z' ended, 'D' uninterruptible … */
	uid_t user;                /* real */
	pid_t parent, tracer;      /* 0: none */
	pid_t inner;               /* its PID in its own PID namespace; 0: not reported */
	bool has_memory;           /* a kernel thread has none, nor has one that ended */
	uint64_t sleeps;           /* of the thread: its voluntary context switches */
};

/*
 * Read it for a thread of a process; thread 0 is the thread group leader. 0, or -1 with
 * errno: ESRCH if none such exists, EPERM if /proc does not show it (hidepid in proc(5)).
 */
int procstat_read(struct procstat *procstat, pid_t process, pid_t thread);

#endif
