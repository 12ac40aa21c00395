/* SPDX-License-Identifier: MIT */
/*
 * Which options of one call exclude or require each other: their groups and the
 * members EXCLUDES() and REQUIRES() of their rows.
 *
 * The rows that were given are the bits of a number, in the order of the table.
 */
#ifndef CLI_COMBINATION_H
#define CLI_COMBINATION_H

#include <stdbool.h>
#include <stdint.h>

#include "applet.h"

enum { COMBINATION_ROWS_MAX = 64 };

static inline uint64_t combination_bit(const struct option_row *rows,
                                       const struct option_row *row)
{
	return UINT64_C(1) << (row - rows);
}

/* Two different rows of a table that may not be given together. */
bool combination_is_excluded(const struct option_row *row,
                             const struct option_row *other);

/* May it not be given beside a COMMAND? */
bool combination_excludes_command(const struct option_row *row);

/* The first of the given rows that excludes this one; NULL: none. */
const struct option_row *combination_find_rival(const struct option_row *rows,
                                                uint64_t given,
                                                const struct option_row *row);

/* Is there a COMMAND among the operands? Always, unless it may be left out. */
bool combination_has_command(const struct subcommand *subcommand, char *const *operands);

/* Is one of the given rows among the subcommand's command_options? */
bool combination_begins_command(const struct subcommand *subcommand, uint64_t given);

/*
 * Of a form that may run a command: has its usage error the status of one that does? Not
 * if a COMMAND that a "--" introduces is not there.
 */
bool combination_runs_command(const struct subcommand *subcommand, char *const *operands);

/* Once all options are read: does each have what it requires? Reports. */
enum status combination_check(const struct subcommand *subcommand, uint64_t given,
                              char *const *operands);

#endif
