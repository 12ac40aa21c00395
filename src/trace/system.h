/* SPDX-License-Identifier: MIT */
/*
 * Tracing all processes, without stopping any: by the kernel's event tracing.
 *
 * A process goes on while its line is read. So the name of what a descriptor refers to,
 * and what an argument points to, are only known if it still exists then, and if /proc
 * is that of the initial PID namespace, whose PIDs the kernel prints.
 */
#ifndef TRACE_SYSTEM_H
#define TRACE_SYSTEM_H

#include "trace/tracefs.h"
#include "trace/tracer_stop.h"

struct trace_system {
	struct tracefs tracefs;
	bool own_pids; /* the PIDs are those of /proc */
	int64_t lost;  /* events */
	size_t length;
	char text[65536];
};

/* A failure is reported. */
enum status trace_system_begin(struct trace_system *system);

/* Until TERM, the deadline, or a failure, which is in state->status. */
void trace_system_run(struct trace_system *system, struct tracer_state *state);

void trace_system_end(struct trace_system *system);

#endif
