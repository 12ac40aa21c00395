/* SPDX-License-Identifier: MIT */
/*
 * The texts of --help, made from an option table. They are wrapped at the width of the
 * terminal.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stddef.h>

#include "applet.h"

/* --help of a subcommand, or of the applet if it has no name, on standard output. */
enum status help_print(const struct applet *applet, const struct subcommand *subcommand);

/*
 * "mqsend [OPTION...] QUEUE [MESSAGE...]", with all options if that is not longer than
 * `width`, without operands if even so it is; and what is to be said after such a line in
 * lines of at most `width`: what the applet does, its subcommands, options and example.
 * Cut at size; both return the length that the text has uncut, as snprintf(3) does.
 */
size_t help_synopsis(const struct applet *applet, size_t width, char *text, size_t size);
size_t help_description(const struct applet *applet, size_t width, char *text,
                        size_t size);

/* "[-n | -t DURATION] QUEUE" of a subcommand, as in its SYNOPSIS; returns as above. */
size_t help_usage(const struct subcommand *subcommand, char *text, size_t size);

/*
 * The applets in their groups, the groups in the order of enum applet_group, a line for
 * each applet; after them the options of the program `ipctool`. On standard output.
 */
enum status help_print_groups(const struct applet *program,
                              const struct applet *(*applet_at)(size_t), size_t count);

#endif
