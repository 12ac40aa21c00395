/* SPDX-License-Identifier: MIT */
/*
 * Why nothing moves: what a process waits for, or who waits for an object, who can end
 * that, and what these processes wait for in turn; and a deadlock, if there is one.
 */
#ifndef INSPECT_WHY_H
#define INSPECT_WHY_H

#include <stdbool.h>

#include "base/status.h"

/*
 * Print a line, or a JSON object, for each event that the process waits for (`target` is
 * its PID) or for each process that waits for the object (its name). STATUS_NOT_FOUND if
 * there is no such process or object; failures are reported.
 */
enum status why_print(const char *target, bool json);

#endif
