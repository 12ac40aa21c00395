/*
 * Count the seconds and say which signals come: what a program with a handler for them
 * does, to be looked at. catchsig does so for ever, childctl until a signal has come
 * three times.
 *
 * The signals are read from a signalfd(2), so that none is missed while one is printed.
 */
#ifndef SIGNAL_COUNT_H
#define SIGNAL_COUNT_H

#include <stdint.h>

#include "base/status.h"

struct signal_count {
	int64_t period; /* nanoseconds */
	uint64_t set;
	int last;      /* one of the set that ends it; 0: none does */
	int64_t times; /* when it has come so often */
};

/* How often it counts. What is wrong is reported as a usage error and returned. */
enum status signal_count_parse_period(struct signal_count *counting, const char *text);

/*
 * "PID: COUNT" every period, "[Caught: Interrupt]" for each signal: until the last one
 * (STATUS_OK), a failure, or a signal that is not in the set.
 */
enum status signal_count_run(const struct signal_count *given);

#endif
