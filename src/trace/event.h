/* SPDX-License-Identifier: MIT */
/*
 * One IPC call, or a signal that arrived, and its line of output.
 */
#ifndef TRACE_EVENT_H
#define TRACE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "trace/object.h"

enum { TRACE_DETAIL_BYTES = 160 };

/* Of a number that a call does not have. */
#define TRACE_EVENT_NONE INT64_MIN

/* How a call stands. */
enum trace_outcome {
	TRACE_OUTCOME_RETURNED,
	TRACE_OUTCOME_PENDING,     /* it has not returned */
	TRACE_OUTCOME_INTERRUPTED, /* by a signal: the kernel restarts it, or not */
	TRACE_OUTCOME_SIGNAL,      /* no call: a signal was delivered */
};

struct trace_event {
	const char *call;
	int object; /* or TRACE_OBJECT_NONE */
	enum trace_flow flow;
	enum trace_outcome outcome;
	pid_t pid, thread;
	char command[16];
	int64_t began, ended; /* CLOCK_MONOTONIC */
	bool waited;          /* it slept, and not only because it was traced */
	int64_t size, priority, value;
	int64_t result; /* negative: -errno */
	char detail[TRACE_DETAIL_BYTES];
	struct trace_party by; /* that woke it; pid 0: unknown */
};

struct trace_output {
	bool json, summary;
	int64_t start; /* CLOCK_MONOTONIC: the time of a line counts from here */
};

/* The shortest wait that is counted and explained, in nanoseconds. */
enum { TRACE_WAIT_MIN = 1000000 };

/*
 * The end of a call: count it for its object, find out who woke it, and print its line.
 * A failure to write is reported.
 */
enum status trace_event_end(struct trace_event *event, struct trace_objects *objects,
                            const struct trace_output *output);

/* The call begins: what it gives or takes may wake another. */
void trace_event_begin(const struct trace_event *event, struct trace_objects *objects);

/* The table of all objects, for --summary. */
enum status trace_event_summary(const struct trace_objects *objects, bool json);

/* Append formatted text to the detail, after a blank unless it is the first. */
void trace_event_add(struct trace_event *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
