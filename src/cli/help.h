/*
 * The texts of --help, made from an option table.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stddef.h>

#include "applet.h"

/* --help of a subcommand, or of the applet if it has no name, on standard output. */
enum status help_print(const struct applet *applet, const struct subcommand *subcommand);

/*
 * The text of an applet's --help: the usage, what it does, options. Cut at size; returns
 * the length it has uncut, as snprintf(3) does.
 */
size_t help_applet(const struct applet *applet, char *text, size_t size);

/* "[-n | -t DURATION] QUEUE" of a subcommand, as in its SYNOPSIS; returns as above. */
size_t help_usage(const struct subcommand *subcommand, char *text, size_t size);

#endif
