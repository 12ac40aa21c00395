/* SPDX-License-Identifier: MIT */
/*
 * ipctrace by ptrace(2): a command, processes that run, or both.
 */
#ifndef TRACE_SESSION_H
#define TRACE_SESSION_H

#include "base/status.h"
#include "trace/tracer.h"

/*
 * Trace until the command ends: its exit status; or without one (NULL) until all
 * processes have ended or a termination signal. At the time-out the tracing ends, and
 * the command goes on.
 */
enum status trace_session(struct tracer_options *options, char **command);

#endif
