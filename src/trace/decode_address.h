/* SPDX-License-Identifier: MIT */
/*
 * The address of a socket in the memory of a process.
 */
#ifndef TRACE_DECODE_ADDRESS_H
#define TRACE_DECODE_ADDRESS_H

#include <stdint.h>

#include "trace/event.h"

/* Add it to the detail as the socket applets take it; nothing if it cannot be read. */
void trace_decode_address(struct trace_event *event, uint64_t address, uint64_t length);

#endif
