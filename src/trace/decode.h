/* SPDX-License-Identifier: MIT */
/*
 * A system call of a process, as its arguments and result are shown.
 *
 * It is decoded while the thread stands still at the start or the end of the call: what
 * its arguments point to is read then.
 */
#ifndef TRACE_DECODE_H
#define TRACE_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/call.h"
#include "trace/event.h"

struct trace_decoded {
	const struct trace_call *call; /* NULL: it is not shown */
	bool compat;                   /* of a 32-bit process */
	uint64_t args[6];
	uint64_t sleeps; /* of the thread when the call began */
	struct trace_event event;
};

/*
 * The call begins: decoded->call, compat, args, and of the event pid, thread and began
 * are set. call becomes NULL if it is not about IPC.
 */
void trace_decode_begin(struct trace_decoded *decoded, struct trace_objects *objects);

/* It ends: event.result and ended are set. Linux's ERESTART... are interruptions. */
void trace_decode_end(struct trace_decoded *decoded, struct trace_objects *objects);

#endif
