/* SPDX-License-Identifier: MIT */
/*
 * An eventfd at work: a child process adds numbers to it, and its parent reads the sum.
 */
#ifndef EVENTFD_EXAMPLE_H
#define EVENTFD_EXAMPLE_H

#include <stdbool.h>

#include "base/status.h"

/*
 * Add the numbers, `count` operands, in a child, and print the sum; verbose: report each
 * step on standard error. STATUS_USAGE, before anything is done, if a text is not a
 * number or the sum exceeds eventfd_max.
 */
enum status eventfd_example(char **texts, int count, bool verbose);

#endif
