/* SPDX-License-Identifier: MIT */
/*
 * The stops of traced threads: at the start and end of each system call, at each signal.
 */
#ifndef TRACE_TRACER_STOP_H
#define TRACE_TRACER_STOP_H

#include <stdbool.h>

#include "base/deadline.h"
#include "trace/tracee.h"
#include "trace/tracer.h"

struct tracer_state {
	struct tracer_options options;
	struct tracees tracees;
	struct trace_objects objects;
	struct deadline deadline;
	bool hurried; /* the output must not wait any more */
	enum status status;
};

/*
 * Handle all stops that there are, so that a thread that makes many calls does not keep
 * the others waiting, and continue the threads. False: there was none. A failure of the
 * output is in state->status.
 */
bool tracer_stop_handle(struct tracer_state *state);

void tracer_stop_print(struct tracer_state *state, struct trace_event *event);

#endif
