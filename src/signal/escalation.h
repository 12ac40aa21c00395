/* SPDX-License-Identifier: MIT */
/*
 * TERM:5s,INT:2s,KILL: signals one after the other, each to the processes that the one
 * before has not ended in its time.
 */
#ifndef SIGNAL_ESCALATION_H
#define SIGNAL_ESCALATION_H

#include <stdbool.h>

#include "signal/tree.h"

enum { ESCALATION_MAX = 16 };

struct escalation {
	const int32_t *value; /* queued with each; NULL: none */
	bool wait;            /* for the end of the processes */
	bool wait_handler;    /* of the first signal, before it is sent */
	struct timeout wait_timeout, handler_timeout;
	enum tree_order tree; /* each signal to the descendants too */
	int count;
	struct escalation_step {
		int signal;
		/* TIMEOUT_NONE, of the last one only: wait_timeout */
		struct timeout timeout;
	} steps[ESCALATION_MAX];
};

/* A failure is reported: STATUS_USAGE, or STATUS_FAILED for a signal that is none. */
enum status escalation_parse(struct escalation *escalation, const char *text);

/*
 * The DURATION of an option, which may be left out: "" is no limit. NULL: *given is
 * false. A failure is reported.
 */
enum status escalation_parse_wait(const char *text, bool *given, struct timeout *timeout);

/*
 * Send the signals. With one and without `wait` that is all; otherwise a line is printed
 * for each process that ends, see recipients_wait(). Failures are reported; 124 if one
 * has not ended in the time of the last signal.
 */
enum status escalation_run(const struct escalation *escalation,
                           struct recipients *recipients);

#endif
