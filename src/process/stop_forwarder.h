/* SPDX-License-Identifier: MIT */
/*
 * SIGSTOP cannot be caught, so a process that runs commands cannot forward it. A helper
 * process stops the commands while their parent is stopped, and continues them after it.
 *
 * The helper is started only if a command has run for STOP_FORWARDER_DELAY. It looks at
 * the state of the parent in /proc every STOP_FORWARDER_INTERVAL, see
 * stop_forwarder_process.c, and continues only what it has stopped. If the parent is
 * killed, it continues the commands and exits. Without a helper (no /proc, no
 * pidfd, no more processes) a stop is not forwarded, and no error is reported.
 *
 * The caller blocks SIGCHLD, and asks stop_forwarder_is_due() for each that it reads.
 */
#ifndef PROCESS_STOP_FORWARDER_H
#define PROCESS_STOP_FORWARDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	STOP_FORWARDER_DELAY = 200000000,    /* nanoseconds */
	STOP_FORWARDER_INTERVAL = 200000000, /* the same */
};

struct signalfd_siginfo;
struct stop_forwarder_note;

struct stop_forwarder {
	struct stop_forwarder_note
	    *note; /* shared with the helper; NULL: no helper runs */
	pid_t helper;
	int timer; /* -1: none */
	bool due;  /* the helper is to be started with the next command */
};

/* Call stop_forwarder_end() in any case. */
void stop_forwarder_begin(struct stop_forwarder *forwarder);

/* Is it the signal of the timer: is it time to call stop_forwarder_start()? */
bool stop_forwarder_is_due(const struct stop_forwarder *forwarder,
                           const struct signalfd_siginfo *info);

/*
 * Start the helper for the commands of this array of `count` PIDs, of which 0 is none; if
 * it has none, when one is added. The one whose PID is `group` is stopped with its
 * process group; 0: none is.
 */
void stop_forwarder_start(struct stop_forwarder *forwarder, const pid_t *pids, int count,
                          pid_t group);

/* The element of the array has changed: a command was started, or has been reaped. */
void stop_forwarder_set(struct stop_forwarder *forwarder, int index, pid_t pid);

/*
 * After SIGCONT: continue what the helper has stopped. False if it has stopped nothing
 * since the last call, so that the signal is like any other.
 */
bool stop_forwarder_continue(struct stop_forwarder *forwarder);

/* The caller stops (true) or has been continued: the helper leaves the commands alone. */
void stop_forwarder_suspend(struct stop_forwarder *forwarder, bool suspended);

/* Delete the timer and the helper. */
void stop_forwarder_end(struct stop_forwarder *forwarder);

#endif
