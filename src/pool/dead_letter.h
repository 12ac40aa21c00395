/* SPDX-License-Identifier: MIT */
/*
 * The message of a job that is given up, as the dead-letter queue gets it with
 * --dead-reason: a line of why before it, with these fields in this order, and then the
 * message itself, unchanged:
 *
 *     tries=3 status=1 queue=/jobs
 *
 * The name of the queue is escaped (io/escape.h), so that it is on that line.
 */
#ifndef POOL_DEAD_LETTER_H
#define POOL_DEAD_LETTER_H

#include <stddef.h>

#include "io/escape.h"
#include "object/name.h"
#include "pool/job.h"

/* The bytes that the line takes at most. */
enum { DEAD_LETTER_LINE_MAX = 64 + ESCAPE_BYTE_MAX * NAME_BYTES_MAX };

/* The line for a job with job->dead_status, of the queue of this name: its length. */
size_t dead_letter_line(char line[DEAD_LETTER_LINE_MAX], const struct job *job,
                        const char *queue);

/* Write the line and the message to `to`, which has room for both: their length. */
size_t dead_letter_write(char *to, const struct job *job, const char *queue);

#endif
