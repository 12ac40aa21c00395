/*
 * The outputs of commands that run at once, written in the order of their jobs: each is
 * kept in a file without a name until its turn comes.
 */
#ifndef POOL_ORDERED_OUTPUT_H
#define POOL_ORDERED_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum { OUTPUTS_AHEAD = 256 }; /* commands whose outputs wait for an earlier one's */

/* Begin with zeros. */
struct outputs {
	struct kept {
		int fd;
		bool complete;
	} kept[OUTPUTS_AHEAD]; /* by turn */
	uint64_t next_turn, next_shown;
};

/* No more may be kept now. */
bool outputs_are_full(const struct outputs *outputs);

/* The descriptor that a command is to write to, and its turn: -1 with errno. */
int outputs_keep(struct outputs *outputs, uint64_t *turn);

/* The command of the last one could not be started. */
void outputs_forget(struct outputs *outputs);

/* Its command has ended: write all whose turn it is. A failure is reported. */
enum status outputs_complete(struct outputs *outputs, uint64_t turn);

#endif
