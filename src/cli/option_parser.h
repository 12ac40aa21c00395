/* SPDX-License-Identifier: MIT */
/*
 * Parsing the options of one call by the rows of a table. See cli/cli.h for their form.
 */
#ifndef CLI_OPTION_PARSER_H
#define CLI_OPTION_PARSER_H

#include <stdbool.h>
#include <stdint.h>

#include "applet.h"

struct option_parser {
	const struct subcommand *subcommand;
	const struct subcommand *self; /* the form of the applet without a subcommand */
	/* of the applet: each whose name is an option may be met; NULL: none */
	const struct subcommand *const *subcommands;
	unsigned char *options; /* the struct that is filled */
	char **argv; /* the words after the names of the applet and the subcommand */
	/* results */
	int first;      /* index of the first operand */
	int count;      /* of the operands that were read: in the end not all */
	int next;       /* index of the first word that was not read */
	uint64_t given; /* which rows, see cli/combination.h */
	bool help, version;
	bool selector_met; /* the option that chose the subcommand was met */
};

/*
 * Read the options: up to a "--", and in a form that runs a command up to the first word
 * of COMMAND. They are moved before the operands, in argv itself, so that argv + first
 * are all operands; reading the moved words once more gives the same. --help and
 * --version end the reading. Begin with the first members set and zeros. STATUS_USAGE,
 * reported, if an option is wrong.
 */
enum status option_parser_run(struct option_parser *parser);

#endif
