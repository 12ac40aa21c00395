/*
 * What a process and each of its threads do with signals, as /proc/PID/status and
 * /proc/PID/task/TID/status tell it: see proc(5).
 */
#ifndef SIGNAL_PROCSTAT_H
#define SIGNAL_PROCSTAT_H

#include <stdint.h>
#include <sys/types.h>

struct procstat {
	pid_t process, thread;
	char command[64]; /* of the thread; may hold anything but a newline */
	uint64_t ignored,
	    caught;       /* by the process; bit N - 1 is signal N, as in base/ksig.h */
	uint64_t pending; /* for the process */
	uint64_t blocked; /* by the thread */
	uint64_t thread_pending;   /* for the thread alone */
	unsigned long queued;      /* all that are queued for the process's user */
	unsigned long queue_limit; /* RLIMIT_SIGPENDING of the process */
};

/*
 * Of a thread of a process; thread 0 is the process itself, that is its first thread.
 * 0, or -1 with errno: ESRCH where there is none.
 */
int procstat_read(struct procstat *procstat, pid_t process, pid_t thread);

#endif
