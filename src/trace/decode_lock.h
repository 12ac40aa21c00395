/* SPDX-License-Identifier: MIT */
/*
 * The arguments of calls that lock files.
 */
#ifndef TRACE_DECODE_LOCK_H
#define TRACE_DECODE_LOCK_H

#include "trace/decode.h"

/* The operation of flock(2). */
void trace_decode_flock(struct trace_event *event, uint64_t operation);

/* False: it is another operation of fcntl(2). */
bool trace_decode_fcntl(struct trace_decoded *decoded);

#endif
