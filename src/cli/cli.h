/*
 * The readers of an option table: parse and call, help, describe.
 * Option letters cluster and take their value attached or as the next word;
 * long options are never abbreviated; the first operand ends the options.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stddef.h>

#include "applet.h"

/*
 * Run one call of an applet: argv[0] is its name, argv[argc] NULL. Handles
 * --help and --version. Returns the exit status. Within call_begin() (base/call.h).
 */
enum status cli_call(const struct applet *applet, int argc, char **argv);

/* The table as tab separated lines on standard output; see ipctool(1). */
enum status cli_describe(const struct applet *applet);

/*
 * The text of --help: the usage, what it does, options. Cut at size; returns the length
 * it has uncut, as snprintf(3) does.
 */
size_t cli_help(const struct applet *applet, char *text, size_t size);

/* "[-n | -t DURATION] QUEUE" of one form, as in its SYNOPSIS; returns as above. */
size_t cli_usage(const struct subcommand *subcommand, char *text, size_t size);

#endif
