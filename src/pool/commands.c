/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/deadline.h"
#include "io/error.h"
#include "pool/commands.h"
#include "pool/job_limit.h"
#include "pool/outcome.h"
#include "pool/setup.h"
#include "process/children.h"

/* With a workers file, messages are allocated when there are more workers. */
static bool commands_begin(struct pool *pool)
{
	pool->jobs = calloc((size_t)pool->jobs_max, sizeof *pool->jobs);
	bool allocated = pool->jobs != NULL;
	for (int64_t i = 0; allocated && i < pool->workers; i++) {
		pool->jobs[i].bytes = malloc(pool_message_size(pool));
		allocated = pool->jobs[i].bytes != NULL;
	}
	return allocated;
}

static void commands_release(struct pool *pool)
{
	for (int64_t i = 0; pool->jobs != NULL && i < pool->jobs_max; i++)
		free(pool->jobs[i].bytes);
	free(pool->jobs);
}

static bool commands_have_room(const struct pool *pool)
{
	return pool->children.running < pool->workers &&
	       !(pool->options->keep_order && ordered_output_is_full(&pool->outputs));
}

static int64_t commands_running(const struct pool *pool)
{
	return pool->children.running;
}

/* children_spawn() puts the PID of its command at the same index, the first that is free.
 */
static struct job *commands_free_job(struct pool *pool)
{
	size_t i = 0;
	while (pool->pids[i] != 0)
		i++;
	struct job *job = &pool->jobs[i];
	if (job->bytes == NULL)
		job->bytes = malloc(pool_message_size(pool));
	if (job->bytes != NULL)
		return job;
	pool_stop(pool, error_errno_as(STATUS_RUN_ERROR, "%s: %zu workers",
	                               pool->name.text, i + 1));
	return NULL;
}

static void commands_start(struct pool *pool, struct job *job)
{
	char text[64];
	pid_t pid;
	pool_begin_job(pool, job);
	const char *reason = job_command_check_message(&pool->command, job, text);
	if (reason != NULL)
		pool_give_up(pool, job, reason);
	else if ((pid = job_command_start(&pool->command, &pool->children, job)) >= 0)
		pool_job_started(pool);
	else if (errno == E2BIG && job_command_is_message_too_long(&pool->command, job))
		pool_give_up(pool, job, "the arguments with it are too long");
	else
		pool_start_failed(pool, job, pid == CHILDREN_CANNOT_EXEC);
}

static void commands_ended(struct pool *pool, const struct children_exit *ended)
{
	const struct job *job = &pool->jobs[ended->index];
	enum status status = STATUS_OK;
	pool_job_ended(pool, job, ended->wait_status);
	if (pool->options->keep_order)
		status = ordered_output_complete(&pool->outputs, job->turn);
	if (status != STATUS_OK)
		pool_stop(pool, status);
}

static void commands_interrupt(struct pool *pool)
{
	for (int64_t i = 0; i < pool->jobs_max; i++)
		pool->jobs[i].interrupted = true;
}

/* The nanoseconds until a command exceeds its time limit; INT64_MAX if none does. */
static int64_t commands_time_left(const struct pool *pool)
{
	int64_t least = INT64_MAX, now = deadline_clock();
	if (pool->options->limit.kind == TIMEOUT_NONE)
		return INT64_MAX;
	for (int64_t i = 0; i < pool->jobs_max; i++) {
		int64_t left = INT64_MAX;
		if (pool->pids[i] != 0)
			left = job_limit_left(&pool->jobs[i].limit,
			                      pool->options->limit.nanoseconds, now);
		least = left < least ? left : least;
	}
	return least;
}

static void commands_enforce_time(struct pool *pool)
{
	int64_t now = deadline_clock();
	if (pool->options->limit.kind == TIMEOUT_NONE)
		return;
	for (int64_t i = 0; i < pool->jobs_max; i++)
		if (pool->pids[i] != 0)
			job_limit_enforce(&pool->jobs[i].limit, pool->pids[i],
			                  pool->options->limit.nanoseconds, now);
}

const struct runner commands_runner = {
    .begin = commands_begin,
    .release = commands_release,
    .has_room = commands_have_room,
    .free_job = commands_free_job,
    .start = commands_start,
    .running = commands_running,
    .at_once = 1,
    .ended = commands_ended,
    .interrupt = commands_interrupt,
    .time_left = commands_time_left,
    .enforce_time = commands_enforce_time,
};
