/* SPDX-License-Identifier: MIT */
/*
 * The possibilities for the last word of an unfinished command line: see --complete in
 * ipctool(1).
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "applet.h"

/*
 * words: those after the applet's name, at least one, of which the last is completed and
 * may be empty. before: how many words of the command line stand before them. Prints
 * tab separated lines on standard output.
 */
enum status complete_print(const struct applet *applet, int count, char *const *words,
                           int before);

#endif
