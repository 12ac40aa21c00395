#include <stdlib.h>

#include "io/error.h"
#include "io/output.h"
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

size_t pool_message_size(const struct pool *pool)
{
	/* an orphaned message in flight may be longer than those of the queue */
	return (size_t)(pool->options->inflight != NULL ? pool->retry.inflight.queue.size
	                                                : pool->queue.size);
}

/* With a workers file, messages are allocated when there are more workers. */
static enum status pool_alloc_jobs(struct pool *pool)
{
	size_t count = (size_t)pool->jobs_max;
	pool->pids = calloc(count, sizeof *pool->pids);
	pool->jobs = calloc(count, sizeof *pool->jobs);
	bool allocated = pool->pids != NULL && pool->jobs != NULL;
	for (int64_t i = 0; allocated && i < pool->workers; i++) {
		pool->jobs[i].bytes = malloc(pool_message_size(pool));
		allocated = pool->jobs[i].bytes != NULL;
	}
	return allocated ? STATUS_OK
	                 : error_errno("%s: %lld workers", pool->name.text,
	                               (long long)pool->workers);
}

static enum status pool_check_limit(const struct pool_options *options)
{
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
	enum status status = pool_check_limit(pool->options);
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
		status = pool_alloc_jobs(pool);
	if (status != STATUS_OK)
		return status_before_command(status);
	if (pool->options->keep_order)
		pool->command.outputs = &pool->outputs;
	return job_command_begin(&pool->command, &pool->name, command);
}

void pool_release(struct pool *pool)
{
	job_command_end(&pool->command);
	producers_end(&pool->producers);
	job_log_end(&pool->log);
	for (int64_t i = 0; pool->jobs != NULL && i < pool->jobs_max; i++)
		free(pool->jobs[i].bytes);
	free(pool->jobs);
	free(pool->pids);
	if (pool->queue.fd >= 0)
		queue_close(&pool->queue);
}
