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

static enum status pool_alloc_jobs(struct pool *pool)
{
	size_t count = (size_t)pool->options->workers;
	/* an orphaned message in flight may be longer than those of the queue */
	int64_t size = pool->options->inflight != NULL ? pool->retry.inflight.queue.size
	                                               : pool->queue.size;
	pool->pids = calloc(count, sizeof *pool->pids);
	pool->jobs = calloc(count, sizeof *pool->jobs);
	bool allocated = pool->pids != NULL && pool->jobs != NULL;
	for (size_t i = 0; allocated && i < count; i++) {
		pool->jobs[i].bytes = malloc((size_t)size);
		allocated = pool->jobs[i].bytes != NULL;
	}
	return allocated ? STATUS_OK
	                 : error_errno("%s: %zu workers", pool->name.text, count);
}

enum status pool_setup(struct pool *pool, const char *queue, char **command)
{
	/* otherwise the commands write there themselves */
	struct output output;
	enum status status = STATUS_OK;
	if (pool->options->keep_order)
		status = output_begin(&output);
	if (status == STATUS_OK)
		status = pool_open_queue(pool, queue);
	if (status == STATUS_OK)
		status = retry_begin(&pool->retry, &pool->queue, pool->options);
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
	for (int64_t i = 0; pool->jobs != NULL && i < pool->options->workers; i++)
		free(pool->jobs[i].bytes);
	free(pool->jobs);
	free(pool->pids);
	if (pool->queue.fd >= 0)
		queue_close(&pool->queue);
}
