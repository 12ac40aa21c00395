/* SPDX-License-Identifier: MIT */
#include <mqueue.h>
#include <stdio.h>

#include "io/report.h"
#include "pool/pool_report.h"

/* The messages on the queue and those that wait for another try. */
static int64_t pool_waiting(const struct pool *pool)
{
	struct mq_attr attr = {0};
	mq_getattr((mqd_t)pool->queue.fd, &attr);
	return attr.mq_curmsgs + (int64_t)pool->retry.requeue.count;
}

/* As progress_describe. */
static void pool_describe(void *argument, struct progress_fields *fields)
{
	const struct pool *pool = argument;
	progress_append(fields, "%lld running", (long long)pool->runner->running(pool));
	progress_append(fields, "  %lld done", (long long)pool->retry.done);
	progress_append(fields, "  %lld failed", (long long)pool->retry.failed);
	progress_append(fields, "  %lld waiting", (long long)pool_waiting(pool));
}

void pool_report_begin(struct pool *pool)
{
	const struct pool_options *options = pool->options;
	bool endless = options->all || options->follow || options->drain ||
	               pool->producers.count > 0;
	progress_begin_jobs(&pool->progress, options->progress,
	                    endless
	                        ? PROGRESS_END_UNKNOWN
	                        : options->count + (int64_t)pool->retry.inflight.orphaned,
	                    pool_describe, pool);
}

void pool_report_update(struct pool *pool)
{
	progress_set(&pool->progress, pool->retry.done + pool->retry.given_up);
}

void pool_report_end(struct pool *pool)
{
	pool_report_update(pool);
	progress_end(&pool->progress);
}

void pool_report_standing(const struct pool *pool)
{
	char text[PROGRESS_TEXT_MAX];
	progress_text(&pool->progress, text);
	report_info("%s: %s", pool->name.text, text);
}

void pool_report_summary(const struct pool *pool)
{
	const struct retry *retry = &pool->retry;
	char recovered[64] = "";
	if (retry->inflight.orphaned > 0)
		snprintf(recovered, sizeof recovered, ", %zu recovered",
		         retry->inflight.orphaned);
	report_info("%s: %lld run, %lld failed, %lld put back, %lld given up%s",
	            pool->name.text, (long long)pool->run, (long long)retry->failed,
	            (long long)retry->requeue.put_back, (long long)retry->given_up,
	            recovered);
}
