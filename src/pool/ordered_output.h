/* SPDX-License-Identifier: MIT */
/*
 * The outputs of concurrent commands, written in the order of their jobs: each one is
 * kept in an unnamed file until the outputs before it have been written.
 */
#ifndef POOL_ORDERED_OUTPUT_H
#define POOL_ORDERED_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Outputs that are open or wait for an earlier one. */
enum { ORDERED_OUTPUT_PENDING_MAX = 256 };

/* Begin with zeros. */
struct ordered_output {
	struct ordered_output_entry {
		int fd;
		bool complete;
	} pending[ORDERED_OUTPUT_PENDING_MAX]; /* by turn % MAX */
	uint64_t next_turn, next_written;
};

/* No further output can be opened now. */
bool ordered_output_is_full(const struct ordered_output *outputs);

/* Open the next output: a descriptor for the command, and *turn; -1 with errno. */
int ordered_output_open(struct ordered_output *outputs, uint64_t *turn);

/* Close the last one that was opened: its command could not be started. */
void ordered_output_cancel(struct ordered_output *outputs);

/* Its command has ended: write it, as soon as those before it are complete, and those
 * after it that waited for it. A failure is reported. */
enum status ordered_output_complete(struct ordered_output *outputs, uint64_t turn);

#endif
