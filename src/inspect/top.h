/* SPDX-License-Identifier: MIT */
/*
 * ipcls --top: the table, drawn again every second, on a terminal.
 */
#ifndef INSPECT_TOP_H
#define INSPECT_TOP_H

#include "inspect/census.h"
#include "inspect/table.h"

/*
 * Show the objects that pass the filter, the first time those of this census, which is
 * freed, until the key q or a termination signal. A failure is reported.
 */
enum status top_run(struct census *first, const struct census_request *request,
                    const struct table_filter *filter, enum table_sort sort);

#endif
