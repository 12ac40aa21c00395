#include "pool/setup.h"
#include "io/error.h"

static enum status pool_open_queue(struct pool *pool, const char *text)
{
	enum status status = name_parse(&pool->name, NAME_QUEUE, text);
	if (status != STATUS_OK)
		return status;
	if (pool->name.family != NAME_FAMILY_POSIX)
		return error_usage("%s: --exec requires a POSIX queue", text);
	return queue_open(&pool->queue, &pool->name, QUEUE_RECEIVE);
}

static enum status pool_alloc_workers(struct pool *pool)
{
	int count = (int)pool->options->workers;
	/* an orphaned message in flight may be longer than those of the queue */
	int64_t size = pool->options->inflight != NULL ? pool->retry.inflight.queue.size
	                                               : pool->queue.size;
	pool->workers.keep_order = pool->options->keep_order;
	return workers_alloc(&pool->workers, count, (size_t)size)
	           ? STATUS_OK
	           : error_errno("%s: %d workers", pool->name.text, count);
}

enum status pool_setup(struct pool *pool, const struct pool_options *options,
                       const char *queue, char **command)
{
	pool->options = options;
	pool->queue.fd = pool->retry.dead_letter.fd = pool->retry.inflight.queue.fd = -1;
	enum status status = pool_open_queue(pool, queue);
	if (status == STATUS_OK)
		status = retry_begin(&pool->retry, &pool->queue, options);
	if (status == STATUS_OK)
		status = pool_alloc_workers(pool);
	if (status != STATUS_OK)
		return status_before_command(status);
	return job_command_begin(&pool->workers.command, &pool->name, command);
}

void pool_release(struct pool *pool)
{
	retry_end(&pool->retry);
	workers_free(&pool->workers);
	if (pool->queue.fd >= 0)
		queue_close(&pool->queue);
}
