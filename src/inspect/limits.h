/* SPDX-License-Identifier: MIT */
/*
 * The limits of the kernel on objects, how much of each is used, and the command that
 * raises it: ipcls --limits. See mq_overview(7), msgget(2), shmget(2), semget(2),
 * getrlimit(2).
 */
#ifndef INSPECT_LIMITS_H
#define INSPECT_LIMITS_H

#include <stdbool.h>

#include "base/status.h"

/* Print a line for each limit. */
enum status limits_print(bool json);

#endif
