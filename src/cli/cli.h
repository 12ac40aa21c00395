/*
 * Parsing the words of a call by an option table, and calling.
 * Option letters cluster and take their value attached or as the next word;
 * long options are never abbreviated; the first operand ends the options.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "applet.h"

/*
 * Run one call of an applet: argv[0] is its name, and NULL ends argv. Handles
 * --help and --version. Returns the exit status. Within call_begin() (base/call.h).
 */
enum status cli_call(const struct applet *applet, char **argv);

#endif
