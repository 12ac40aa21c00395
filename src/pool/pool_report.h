/* SPDX-License-Identifier: MIT */
/*
 * The reports of a pool: its progress, where it stands, and the summary.
 */
#ifndef POOL_POOL_REPORT_H
#define POOL_POOL_REPORT_H

#include "pool/setup.h"

/* Show the progress if the options want it, and start its clock. */
void pool_report_begin(struct pool *pool);
/* Show it again, if it is time. */
void pool_report_update(struct pool *pool);
void pool_report_end(struct pool *pool);

/* A line on standard error: the commands and messages, the time and the rate. */
void pool_report_standing(const struct pool *pool);

/* A line on standard error, at the end. */
void pool_report_summary(const struct pool *pool);

#endif
