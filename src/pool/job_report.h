/* SPDX-License-Identifier: MIT */
/*
 * Error messages about a message of a queue, which name it:
 *
 *     mqrecv: /jobs: message 'img/7.png' of 9 bytes, priority 0: TEXT
 *
 * A message of more than JOB_EXCERPT_MAX bytes is cut off, 'its beginning'...; it is
 * escaped as a name is (io/escape.h).
 */
#ifndef POOL_JOB_REPORT_H
#define POOL_JOB_REPORT_H

#include "base/status.h"
#include "pool/job.h"

/* Returns `status`, and leaves errno unchanged. */
enum status job_report_error(enum status status, const char *queue, const struct job *job,
                             const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
