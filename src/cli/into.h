/* SPDX-License-Identifier: MIT */
/*
 * --into VAR: a row INTO() of an option table (applet.h).
 */
#ifndef CLI_INTO_H
#define CLI_INTO_H

#include "applet.h"

/*
 * Call the subcommand with its options and operands: its status. `given` are the options
 * that were given, a bit for each row; if --into is one of them, the output goes into the
 * variable, which is an array if --count or --all is given too, with the priorities in
 * another one if --priorities is (io/shell_variable.h).
 */
enum status into_call(const struct subcommand *subcommand, uint64_t given,
                      const void *options, int argc, char **argv);

#endif
