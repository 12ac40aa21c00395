/* SPDX-License-Identifier: MIT */
/*
 * A gate between fork(2) and exec(2): children wait at it until their parent opens it. If
 * the parent ends first, or closes the gate without opening it, they execute nothing.
 * It is a pipe.
 */
#ifndef PROCESS_GATE_H
#define PROCESS_GATE_H

#include <stdbool.h>

#include "base/status.h"

struct gate {
	int ends[2]; /* as of pipe(2), close-on-exec */
};

/* In the parent, before the first fork. STATUS_RUN_ERROR, reported, or STATUS_OK. */
enum status gate_create(struct gate *gate);

/*
 * In a child: true when the gate was opened, false when it was closed unopened. Closes
 * the child's descriptors. An error of read(2) is reported, and counts as unopened.
 */
bool gate_wait(const struct gate *gate);

/*
 * In the parent: let `count` children pass. Children that were killed while they waited
 * are no error. STATUS_RUN_ERROR, reported, or STATUS_OK.
 */
enum status gate_open(struct gate *gate, int count);

/* In the parent, once, opened or not. */
void gate_close(struct gate *gate);

#endif
