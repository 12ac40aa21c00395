/* SPDX-License-Identifier: MIT */
/*
 * The process of trace/tracer.h.
 */
#ifndef TRACE_TRACER_PROCESS_H
#define TRACE_TRACER_PROCESS_H

#include "trace/tracer.h"

/* In the new process: `socket` to the process `starter`. */
_Noreturn void tracer_process_main(const struct tracer_options *options, int socket,
                                   pid_t starter);

#endif
