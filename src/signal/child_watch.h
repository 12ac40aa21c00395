/* SPDX-License-Identifier: MIT */
/*
 * Run a command and print what happens to its process: its start, stops, continuations
 * and end, as fork(2) and waitpid(2) report them to a parent.
 */
#ifndef SIGNAL_CHILD_WATCH_H
#define SIGNAL_CHILD_WATCH_H

#include <stdbool.h>

#include "base/status.h"

/*
 * A line on standard output for each event (signal/child_event.h), in JSON if asked for.
 * Signals are forwarded as by process/children.h. The line of the start is printed before
 * the command is executed; if it cannot be printed, nothing is executed. Returns the
 * command's exit status, or that of a failure (status_before_command()), reported.
 */
enum status child_watch_run(char **argv, bool json);

#endif
