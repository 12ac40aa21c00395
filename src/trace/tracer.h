/* SPDX-License-Identifier: MIT */
/*
 * The process that traces others by ptrace(2).
 *
 * It is a helper process (process/helper.h), neither parent nor child of what it traces:
 * so the applet waits for its command as any other does, stops and all, and a shell may
 * run it as a builtin. It ends by SIGTERM. If it is killed, the kernel lets go of what it
 * traces, and all of that goes on.
 */
#ifndef TRACE_TRACER_H
#define TRACE_TRACER_H

#include "base/status.h"
#include "base/timeout.h"
#include "trace/event.h"

struct tracer_options {
	struct trace_output output;
	struct timeout timeout;
	const pid_t *processes; /* to be traced besides a command */
	size_t count;
	bool command;  /* tracer_add() will be called */
	bool system;   /* trace all processes */
	int output_fd; /* in place of standard output; -1: none */
};

struct tracer {
	pid_t pid;
	int socket; /* to it; readable when it has ended */
	int error;  /* errno: why it could not be spoken to; 0 */
};

/* Start it with the processes. A failure is reported, and nothing is left. */
enum status tracer_start(struct tracer *tracer, const struct tracer_options *options);

/*
 * A new child, which waits at a gate, is traced from its exec(2) on. STATUS_OK, or
 * STATUS_RUN_ERROR, which the tracer or tracer_wait() reports.
 */
enum status tracer_add(struct tracer *tracer, pid_t child);

/* TERM ends it; HUP ends it as soon as its output would have to wait. */
void tracer_signal(const struct tracer *tracer, int signal);

/* Wait until it ends: its status. If it waits for tracer_add(), it ends. */
enum status tracer_wait(struct tracer *tracer);

#endif
