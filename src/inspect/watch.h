/* SPDX-License-Identifier: MIT */
/*
 * ipcls --watch: a line for each object that is created or removed, and for each change
 * of its fill, its holders and its waiters.
 *
 * inotify(7) reports the names of POSIX queues and of shared memory objects. The kernel
 * reports no other change, so a census is taken every second, or less often if that takes
 * long.
 */
#ifndef INSPECT_WATCH_H
#define INSPECT_WATCH_H

#include <stdbool.h>

#include "inspect/census.h"
#include "inspect/table.h"

/*
 * Print the changes since the first census, which is freed, until a termination signal or
 * until the output has no reader. A failure is reported.
 */
enum status watch_changes(struct census *first, const struct census_request *request,
                          const struct table_filter *filter, bool json);

#endif
