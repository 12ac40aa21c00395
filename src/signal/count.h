/* SPDX-License-Identifier: MIT */
/*
 * Count the seconds and print the signals that arrive, as an example of a program with
 * signal handlers: catchsig without end, childctl until a signal has arrived three times.
 *
 * The signals are read from a signalfd(2), so that none is missed while one is printed.
 */
#ifndef SIGNAL_COUNT_H
#define SIGNAL_COUNT_H

#include <stdint.h>

#include "base/status.h"

struct signal_count {
	int64_t period; /* nanoseconds, greater than 0 */
	uint64_t set;   /* signals to print, as in base/ksig.h */
	int last;       /* a signal of the set that ends it; 0: none does */
	int64_t times;  /* when it has arrived this often */
};

/* A DURATION into period. STATUS_USAGE, reported, if it is not one, or 0. */
enum status signal_count_parse_period(struct signal_count *counting, const char *text);

/*
 * Print "PID: COUNT" every period and "[Caught: Interrupt]" for each signal: STATUS_OK
 * after the last signal, 128 + N after a termination signal outside the set, or a
 * failure, reported.
 */
enum status signal_count_run(const struct signal_count *given);

#endif
