/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "io/error.h"
#include "io/output.h"
#include "pool/commands.h"
#include "pool/setup.h"

static enum status pool_open_queue(struct pool *pool, const char *text)
{
	enum status status = name_parse(&pool->name, NAME_QUEUE, text);
	if (status != STATUS_OK)
		return status;
	if (pool->name.family != NAME_FAMILY_POSIX)
		return error_usage("%s: --exec requires a POSIX queue", text);
	return queue_open(&pool->queue, &pool->name, QUEUE_RECEIVE);
}

static enum status pool_allocate(struct pool *pool)
{
	pool->runner = pool->options->stay ? &workers_runner : &commands_runner;
	pool->pids = calloc((size_t)pool->jobs_max, sizeof *pool->pids);
	return pool->pids != NULL && pool->runner->begin(pool)
	           ? STATUS_OK
	           : error_errno("%s: %lld workers", pool->name.text,
	                         (long long)pool->workers);
}

static enum status pool_check_options(const struct pool_options *options, char **command)
{
	if (options->stay && job_command_has_placeholder(command))
		return error_usage(
		    "with --stay {} cannot be replaced: a worker reads the "
		    "messages from standard input");
	if (options->limit.kind == TIMEOUT_AFTER && options->limit.nanoseconds == 0)
		return error_usage("--limit must be greater than 0");
	return STATUS_OK;
}

static enum status pool_set_workers(struct pool *pool)
{
	const char *path = pool->options->workers_file;
	pool->workers = pool->jobs_max = pool->options->workers;
	if (path == NULL)
		return STATUS_OK;
	pool->jobs_max = POOL_WORKERS_MAX;
	return workers_file_begin(&pool->workers_file, path, &pool->workers);
}

enum status pool_setup(struct pool *pool, const char *queue, char **command)
{
	/* otherwise the commands write there themselves */
	struct output output;
	enum status status = pool_check_options(pool->options, command);
	if (status == STATUS_OK && pool->options->keep_order)
		status = output_begin(&output);
	if (status == STATUS_OK)
		status = pool_open_queue(pool, queue);
	if (status == STATUS_OK)
		status = pool_set_workers(pool);
	if (status == STATUS_OK)
		status = producers_begin(&pool->producers, &pool->options->until);
	if (status == STATUS_OK)
		status =
		    retry_begin(&pool->retry, &pool->queue, pool->options, pool->workers);
	if (status == STATUS_OK && pool->options->job_log != NULL)
		status = job_log_begin(&pool->log, pool->options->job_log);
	if (status == STATUS_OK)
		status = pool_allocate(pool);
	if (status != STATUS_OK)
		return status_before_command(status);
	if (pool->options->keep_order)
		pool->command.outputs = &pool->outputs;
	return job_command_begin(&pool->command, &pool->name, command,
	                         pool->options->stay ? pool->options->window : 0);
}

void pool_release(struct pool *pool)
{
	job_command_end(&pool->command);
	producers_end(&pool->producers);
	job_log_end(&pool->log);
	if (pool->runner != NULL)
		pool->runner->release(pool);
	free(pool->pids);
	if (pool->queue.fd >= 0)
		queue_close(&pool->queue);
}
