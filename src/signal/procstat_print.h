/* SPDX-License-Identifier: MIT */
/*
 * Print what a process and each of its threads do with signals. See signal/procstat.h.
 */
#ifndef SIGNAL_PROCSTAT_PRINT_H
#define SIGNAL_PROCSTAT_PRINT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/status.h"

/*
 * Lines of text, or one JSON object, in one write. process may be the number of any of
 * its threads. STATUS_NOT_FOUND, reported, if no such process exists.
 */
enum status procstat_print(pid_t process, bool json);

#endif
