/* SPDX-License-Identifier: MIT */
/*
 * The value that an option has when it is not given: from the defaults of its subcommand.
 */
#ifndef CLI_OPTION_DEFAULT_H
#define CLI_OPTION_DEFAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "applet.h"

/*
 * As one would write it on the command line. False: none worth a word, because the
 * option's absence means something else than one of its values.
 */
bool option_default(const struct subcommand *subcommand, const struct option_row *row,
                    char *text, size_t size);

#endif
