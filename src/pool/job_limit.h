/* SPDX-License-Identifier: MIT */
/*
 * The time that a process has, --limit: then it is sent SIGTERM, and SIGKILL if it has
 * not ended JOB_LIMIT_GRACE nanoseconds later.
 */
#ifndef POOL_JOB_LIMIT_H
#define POOL_JOB_LIMIT_H

#include <stdint.h>
#include <sys/types.h>

#include "pool/job.h"

static const int64_t JOB_LIMIT_GRACE = 5000000000;

/*
 * The nanoseconds until it gets the next signal, at `now`, with `most` from started on;
 * INT64_MAX if it gets none.
 */
int64_t job_limit_left(const struct job_limit *limit, int64_t most, int64_t now);

/* Send the process of this PID the signal that is due. A failure is reported. */
void job_limit_enforce(struct job_limit *limit, pid_t pid, int64_t most, int64_t now);

#endif
