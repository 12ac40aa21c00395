/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <time.h>

#include "base/deadline.h"
#include "io/error.h"
#include "pool/outcome.h"

void pool_stop(struct pool *pool, enum status status)
{
	retry_note_status(&pool->retry, status);
	pool->stopping = true;
}

/* A line of the job log that cannot be written ends the receiving. */
static void pool_log(struct pool *pool, const struct job *job,
                     const struct job_outcome *outcome)
{
	enum status status = job_log_append(&pool->log, pool->name.text, job, outcome);
	if (status != STATUS_OK)
		pool_stop(pool, status);
}

/* ----------------------------------------------------------------- begin */

bool pool_is_time(const struct pool *pool)
{
	return pool->next_start == 0 || deadline_clock() >= pool->next_start;
}

/* As the sender of mqsend has it. */
void pool_job_started(struct pool *pool)
{
	enum { CREDIT = 100000000 };
	if (pool->options->period == 0)
		return;
	int64_t now = deadline_clock();
	if (pool->next_start == 0)
		pool->next_start = now;
	if (pool->next_start < now - CREDIT)
		pool->next_start = now - CREDIT;
	pool->next_start += pool->options->period;
}

static int64_t realtime_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void pool_begin_time(struct job *job)
{
	job->limit = (struct job_limit){.started = deadline_clock()};
	job->started_at = realtime_clock();
}

void pool_begin_job(struct pool *pool, struct job *job)
{
	job->attempts = attempts_recall(&pool->retry.requeue.attempts, job) + 1;
	job->interrupted = job->answered = false;
	job->dead_status = 0;
	job->broken = NULL;
	pool_begin_time(job);
}

void pool_start_failed(struct pool *pool, const struct job *job, bool exec_failed)
{
	enum status status = !exec_failed      ? STATUS_RUN_ERROR
	                     : errno == ENOENT ? STATUS_NO_COMMAND
	                                       : STATUS_CANNOT_EXEC;
	pool_stop(pool, error_errno_as(status, "%s", pool->command.argv[0]));
	retry_put_back_untried(&pool->retry, job);
}

/* ------------------------------------------------------------------- end */

void pool_give_up(struct pool *pool, const struct job *job, const char *reason)
{
	struct job_outcome outcome = {.result = JOB_GIVEN_UP,
	                              .wait_status = JOB_PERMANENT_FAILURE << 8,
	                              .reason = reason};
	pool->retry.failed++;
	retry_give_up(&pool->retry, job, reason, (enum status)JOB_PERMANENT_FAILURE);
	pool_log(pool, job, &outcome);
}

void pool_job_ended(struct pool *pool, const struct job *job, int wait_status)
{
	struct job_outcome outcome = {.result = JOB_DONE, .wait_status = wait_status};
	bool in_time = job->limit.stage == JOB_LIMIT_NONE;
	pool->run++;
	if (!in_time)
		outcome.reason = "time limit";
	else if (pool->options->stay && !job->answered)
		outcome.reason = job->broken != NULL ? job->broken : "no answer";
	if (wait_status == 0 && outcome.reason == NULL)
		retry_job_done(&pool->retry, job);
	else
		outcome.result =
		    retry_job_failed(&pool->retry, job, wait_status, &pool->children);
	pool_log(pool, job, &outcome);
}
