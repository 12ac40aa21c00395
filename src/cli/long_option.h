/* SPDX-License-Identifier: MIT */
/*
 * Which option a long name means: it may be shortened, as with getopt_long(3), as long as
 * it is the beginning of no other one.
 */
#ifndef CLI_LONG_OPTION_H
#define CLI_LONG_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "applet.h"

/* One of a form's long options: of a row, or one that chooses a subcommand. */
struct long_option {
	const char *name;                    /* without the dashes */
	const struct option_row *row;        /* NULL: it chooses a subcommand */
	const struct subcommand *subcommand; /* NULL: it is that of a row */
};

/* All that a form has: its rows, --help and --version, and subcommands of the applet. */
struct long_options {
	const struct option_row *row;
	const struct subcommand *const *subcommands;
	bool is_common;
};

/* To be called first. `subcommands` are those of the applet; NULL: it has none. */
void long_options_begin(struct long_options *options, const struct subcommand *subcommand,
                        const struct subcommand *const *subcommands);

/* False after the last one. */
bool long_options_next(struct long_options *options, struct long_option *option);

/*
 * The option with this name of `length` bytes, or else the first of which that is the
 * beginning. Returns of how many it can be the name: 0 none, 1 of *found.
 */
int long_option_find(struct long_option *found, const struct subcommand *subcommand,
                     const struct subcommand *const *subcommands, const char *name,
                     size_t length);

#endif
