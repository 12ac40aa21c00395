/* SPDX-License-Identifier: MIT */
/*
 * The work of sigwatch on the signals that arrive: print them, run a command for each, or
 * run one command and forward them to it.
 *
 * The signals are blocked and read from a signalfd(2), so that none of those that the
 * kernel queues is missed.
 */
#ifndef SIGNAL_WATCH_H
#define SIGNAL_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/timeout.h"

struct signal_map;

struct signal_watch {
	uint64_t set;    /* of signals, as in base/ksig.h */
	int until;       /* the last signal: it ends the watching, after all before it */
	bool show_until; /* `until` is in the set */
	int64_t count;   /* the number of signals to watch; INT64_MAX: no limit */
	struct timeout timeout;
	bool json;
	int64_t ready_fd; /* see io/readiness.h */
};

/*
 * Print a line for each signal: STATUS_OK after the last one, or a failure, reported
 * (STATUS_TIMED_OUT …).
 */
enum status signal_watch_print(const struct signal_watch *request);

/*
 * Run sh -c COMMAND for each signal, one after the other, with the variables of
 * siginfo_export() in its environment: the exit status of the first command that fails,
 * or as above.
 */
enum status signal_watch_execute(const struct signal_watch *request, const char *command);

/*
 * Run argv, print a line for each signal of the set, and forward all signals as the map
 * says, with their values, until the command ends: its exit status. Signals that
 * process/children.h leaves alone are not forwarded. A program reaps all other children
 * while it waits, so that it can be the init process of a PID namespace. until, count and
 * timeout are not used.
 */
enum status signal_watch_forward(const struct signal_watch *request,
                                 const struct signal_map *map, char **argv);

/* Report that the timeout has passed with `left` signals of count missing. */
enum status signal_watch_report_timeout(const struct signal_watch *request, int64_t left);

#endif
