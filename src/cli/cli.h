/* SPDX-License-Identifier: MIT */
/*
 * Parsing the words of a call by an option table, and calling.
 * As getopt_long(3) of GNU has it: option letters cluster and take their value attached
 * or as the next word; long options may be shortened; options stand before and after
 * operands, up to "--", or to the first word of a COMMAND.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "applet.h"

/*
 * Run one call of an applet: argv[0] is its name, and NULL ends argv,
 * whose words after the first are put into another order. Handles
 * --help and --version. Returns the exit status. Within call_begin() (base/call.h).
 */
enum status cli_call(const struct applet *applet, char **argv);

#endif
