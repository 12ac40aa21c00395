/* SPDX-License-Identifier: MIT */
/*
 * The beginning and the end of a job, however it is run: its tries, the fate of its
 * message, the job log.
 */
#ifndef POOL_OUTCOME_H
#define POOL_OUTCOME_H

#include <stdbool.h>

#include "base/status.h"
#include "pool/job.h"
#include "pool/setup.h"

/* Receive no more messages. */
void pool_stop(struct pool *pool, enum status status);

/* Is it time for the next job, with --rate? */
bool pool_is_time(const struct pool *pool);

/* A job begins: count its try, begin its time. */
void pool_begin_job(struct pool *pool, struct job *job);
/* Its time begins now. */
void pool_begin_time(struct job *job);

/* It is started: when the next one may be, with --rate. */
void pool_job_started(struct pool *pool);

/*
 * Its process could not be started: errno, of execve(2) if exec_failed. The message is
 * put back, and no more messages are received.
 */
void pool_start_failed(struct pool *pool, const struct job *job, bool exec_failed);

/* No command can be run for the message: another try is of no use. */
void pool_give_up(struct pool *pool, const struct job *job, const char *reason);

/* It has this status, as of waitpid(2): done, put back or given up. */
void pool_job_ended(struct pool *pool, const struct job *job, int wait_status);

#endif
