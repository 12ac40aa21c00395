/* SPDX-License-Identifier: MIT */
/*
 * A command for each event: ipcwait --exec.
 */
#ifndef WAIT_EXECUTE_H
#define WAIT_EXECUTE_H

#include "wait/set.h"

/* STATUS_USAGE, reported, if a source cannot be used with a command. */
enum status wait_execute_check(const struct wait_set *set);

/*
 * Run it by sh -c and wait for its end, with the event in its environment
 * (wait/event.h). Signals of the set stay pending. STATUS_OK, also if the command fails:
 * *failed is the status of the first that did.
 */
enum status wait_execute(const struct wait_set *set, const struct wait_source *source,
                         const char *command, enum status *failed);

#endif
