/*
 * The outputs of commands that run at once, written in the order of their jobs: each is
 * kept in a file without a name until its turn comes.
 */
#ifndef POOL_ORDERED_OUTPUT_H
#define POOL_ORDERED_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum {
	ORDERED_OUTPUT_PENDING_MAX = 256
}; /* commands whose outputs wait for an earlier one's */

/* Begin with zeros. */
struct ordered_output {
	struct ordered_output_entry {
		int fd;
		bool complete;
	} pending[ORDERED_OUTPUT_PENDING_MAX]; /* by turn */
	uint64_t next_turn, next_written;
};

/* No more may be kept now. */
bool ordered_output_is_full(const struct ordered_output *outputs);

/* The descriptor that a command is to write to, and its turn: -1 with errno. */
int ordered_output_open(struct ordered_output *outputs, uint64_t *turn);

/* The command of the last one could not be started. */
void ordered_output_cancel(struct ordered_output *outputs);

/* Its command has ended: write all whose turn it is. A failure is reported. */
enum status ordered_output_complete(struct ordered_output *outputs, uint64_t turn);

#endif
