/* SPDX-License-Identifier: MIT */
/*
 * The object of a call, found by its arguments.
 */
#ifndef TRACE_DECODE_SUBJECT_H
#define TRACE_DECODE_SUBJECT_H

#include "trace/decode.h"

/* Its index, or TRACE_OBJECT_NONE: it has none, or the call is not about IPC. */
int trace_decode_subject(struct trace_decoded *decoded, struct trace_objects *objects);

#endif
