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
	unsigned char *options; /* the struct that is filled */
	char **argv; /* the words after the names of the applet and the subcommand */
	/* results */
	int next;       /* index of the first operand */
	uint64_t given; /* which rows, see cli/combination.h */
	bool help, version;
	bool selector_met; /* the option that chose the subcommand was met */
};

/*
 * Read the options up to the first operand; --help and --version end the reading. Begin
 * with the first members set and zeros. STATUS_USAGE, reported, if one is wrong.
 */
enum status option_parser_run(struct option_parser *parser);

#endif
