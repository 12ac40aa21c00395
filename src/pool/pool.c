/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/report.h"
#include "pool/outcome.h"
#include "pool/pool.h"
#include "pool/pool_report.h"
#include "pool/runner.h"
#include "pool/setup.h"
#include "process/children.h"

static bool pool_has_inflight(const struct pool *pool)
{
	return pool->options->inflight != NULL;
}

static bool pool_is_endless(const struct pool *pool)
{
	const struct pool_options *options = pool->options;
	return options->all || options->follow || options->drain ||
	       pool->producers.count > 0;
}

static bool pool_has_received_all(const struct pool *pool)
{
	return !pool_is_endless(pool) && pool->received >= pool->options->count;
}

static int64_t pool_running(const struct pool *pool)
{
	return pool->runner->running(pool);
}

/* May another job be started? */
static bool pool_may_start(const struct pool *pool)
{
	return !pool->stopping && pool->runner->has_room(pool) && pool_is_time(pool);
}

/* -------------------------------------------------------- receive messages */

static bool pool_may_receive(const struct pool *pool)
{
	const struct inflight *inflight = &pool->retry.inflight;
	if (!pool_may_start(pool))
		return false;
	if (pool_has_inflight(pool) && inflight_has_orphan(inflight))
		return true;
	if (pool_has_inflight(pool) && inflight_is_full(inflight))
		return false;
	/* those that wait are in the memory of this process, as many as on the queue */
	if (pool->retry.requeue.count >= (size_t)pool->queue.depth)
		return false;
	return !pool_has_received_all(pool);
}

/* Nothing runs or waits for another try, and further messages are to be received. */
static bool pool_is_idle(const struct pool *pool)
{
	return !pool->stopping && pool_running(pool) == 0 &&
	       requeue_next(&pool->retry.requeue) == NULL &&
	       !(pool_has_inflight(pool) && inflight_has_orphan(&pool->retry.inflight)) &&
	       !pool_has_received_all(pool);
}

/*
 * Is the queue empty, although no command may be started yet, because of --rate or of a
 * number of workers of 0? The pool need not be able to start one to see its end.
 */
static bool pool_is_idle_and_empty(struct pool *pool)
{
	struct queue_facts facts;
	if (!pool_is_idle(pool))
		return false;
	enum status status = queue_facts(&pool->queue, &facts);
	if (status != STATUS_OK)
		pool_stop(pool, status_before_command(status));
	return status == STATUS_OK && facts.messages == 0;
}

/* STATUS_WOULD_BLOCK: no message is there. A failure is reported. */
static enum status pool_receive(struct pool *pool, struct job *job)
{
	if (pool_has_inflight(pool))
		return inflight_receive(&pool->retry.inflight, &pool->queue, job);
	ssize_t length =
	    queue_receive(&pool->queue, job->bytes, &job->priority, &DEADLINE_NOW, -1);
	if (length < 0)
		return errno == EAGAIN ? STATUS_WOULD_BLOCK
		                       : queue_error(&pool->queue, QUEUE_RECEIVING, "");
	job->length = (size_t)length;
	return STATUS_OK;
}

/* Receive a message and start its job. False: no message is there. */
static bool pool_receive_and_start(struct pool *pool)
{
	struct job *job = pool->runner->free_job(pool);
	if (job == NULL)
		return false;
	bool orphan =
	    pool_has_inflight(pool) && inflight_has_orphan(&pool->retry.inflight);
	job->sequence = 0;
	enum status status = pool_receive(pool, job);
	if (status != STATUS_OK) {
		if (status != STATUS_WOULD_BLOCK)
			pool_stop(pool, status_before_command(status));
		return false;
	}
	if (pool->options->verbose)
		report_info("Read %zu bytes; priority = %lld", job->length,
		            (long long)job->priority);
	pool->received += !orphan;
	job->orphaned = orphan;
	pool->runner->start(pool, job);
	if (pool_is_endless(pool))
		pool->timeout = deadline_start(pool->options->timeout);
	return true;
}

/* As many as may be started at once. False: no message is there. */
static bool pool_receive_some(struct pool *pool)
{
	int count = 0;
	while (count < pool->runner->at_once && pool_may_receive(pool) &&
	       pool_receive_and_start(pool))
		count++;
	return count > 0;
}

/*
 * Run the command again for a message that is to be put back and finds no room on the
 * queue. Waiting for room could last without limit: if senders fill every place that
 * becomes free, or if all messages that may be in flight wait for it.
 */
static bool pool_start_refused(struct pool *pool)
{
	if (!pool_may_start(pool))
		return false;
	struct job *job = pool->runner->free_job(pool);
	if (job == NULL || !requeue_take_refused(&pool->retry.requeue, job))
		return false;
	pool->runner->start(pool, job);
	return true;
}

/* ------------------------------------------------------------------ events */

/*
 * A termination signal ends the receiving; with --drain the first SIGTERM does so when
 * the queue is empty.
 */
static void pool_obey_signal(struct pool *pool)
{
	int signal = children_termination_signal(&pool->children);
	bool drain = pool->options->drain && signal == SIGTERM &&
	             !children_got_termination(&pool->children);
	if (signal == 0 || pool->terminating || (drain && pool->draining))
		return;
	pool->runner->interrupt(pool);
	if (drain)
		pool->draining = true;
	else
		pool->terminating = pool->stopping = true;
}

static void pool_update_workers(struct pool *pool, bool job_ended)
{
	struct workers_file *file = &pool->workers_file;
	if (file->path != NULL && (job_ended || deadline_left(&file->next) == 0))
		workers_file_update(file, &pool->workers);
}

/* Handle the processes that have ended, signals, and the delayed messages. */
static void pool_handle_events(struct pool *pool)
{
	struct children_exit ended;
	bool job_ended = false;
	while (children_poll(&pool->children, &ended)) {
		pool_obey_signal(pool);
		pool->runner->ended(pool, &ended);
		job_ended = true;
	}
	pool_obey_signal(pool);
	if (pool->runner->handle != NULL)
		pool->runner->handle(pool);
	pool->runner->enforce_time(pool);
	pool_update_workers(pool, job_ended);
	retry_note_status(&pool->retry,
	                  requeue_send_due(&pool->retry.requeue,
	                                   pool->stopping ? REQUEUE_ALL : REQUEUE_DUE));
	pool_report_update(pool);
}

/* SIGUSR1 is a question; as struct children_hooks has it. */
static bool pool_intercept(void *argument, const struct signalfd_siginfo *info)
{
	if (info->ssi_signo != SIGUSR1)
		return false;
	pool_report_standing(argument);
	return true;
}

/* ---------------------------------------------------------------- the loop */

/*
 * Does an empty queue end the pool? It is to be asked before the queue is found empty: a
 * process may send, and end, between the two.
 */
static bool pool_ends_if_empty(struct pool *pool)
{
	if (pool->draining)
		return true;
	return pool->producers.count > 0 ? producers_have_ended(&pool->producers)
	                                 : pool->options->all;
}

/* `empty`: the queue is, and that ends the pool. */
static bool pool_is_done(const struct pool *pool, bool empty)
{
	if (pool_running(pool) > 0)
		return false;
	if (pool->stopping)
		return true;
	if (requeue_next(&pool->retry.requeue) != NULL)
		return false;
	return pool_has_received_all(pool) || empty;
}

/* No further job is started: has each process ended? */
static bool pool_finish(struct pool *pool)
{
	return pool->runner->finish == NULL || pool->runner->finish(pool);
}

static struct deadline earlier(struct deadline a, struct deadline b)
{
	return deadline_left(&b) < deadline_left(&a) ? b : a;
}

/* When something is to be done that no descriptor reports. */
static struct deadline pool_next_event(const struct pool *pool)
{
	struct deadline until = requeue_next_due(&pool->retry.requeue);
	int64_t time_left = pool->runner->time_left(pool);
	if (time_left != INT64_MAX)
		until = earlier(until, deadline_in(time_left > 0 ? time_left : 0));
	if (pool->next_start > deadline_clock())
		until = earlier(until, deadline_in(pool->next_start - deadline_clock()));
	if (pool->workers_file.path != NULL)
		until = earlier(until, pool->workers_file.next);
	return until;
}

/*
 * Until a message comes, a command or a producer ends, a delayed message is due, a
 * command exceeds its limit or the timeout expires.
 */
static void pool_wait(struct pool *pool)
{
	enum { OWN_FDS = 2 + STRING_LIST_MAX };
	bool receives = pool_may_receive(pool) || pool_is_idle_and_empty(pool);
	if (pool->stopping && pool->children.running == 0)
		return;
	struct pollfd own[OWN_FDS], *fds = own;
	nfds_t count = OWN_FDS;
	if (pool->runner->poll_fds != NULL)
		count = pool->runner->poll_fds(pool, &fds, OWN_FDS);
	if (count == 0)
		return;
	fds[0] = (struct pollfd){.fd = pool->children.fd, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = receives ? pool->queue.fd : -1, .events = POLLIN};
	for (int i = 2; i < OWN_FDS; i++)
		fds[i].fd = -1;
	producers_poll_fds(&pool->producers, fds + 2);
	bool may_time_out = receives && pool_running(pool) == 0 &&
	                    requeue_next(&pool->retry.requeue) == NULL;
	struct deadline until = pool_next_event(pool);
	if (may_time_out)
		until = earlier(until, pool->timeout);
	if (deadline_poll(&until, fds, count) >= 0)
		return;
	if (errno != EAGAIN && errno != ETIMEDOUT) {
		if (!pool->poll_failed)
			pool_stop(pool, error_errno_as(STATUS_RUN_ERROR, "poll"));
		pool->poll_failed = true;
	} else if (may_time_out && deadline_left(&pool->timeout) == 0) {
		errno = deadline_errno(&pool->timeout);
		pool_stop(pool, status_before_command(
		                    queue_error(&pool->queue, QUEUE_RECEIVING, "")));
	}
}

static void pool_loop(struct pool *pool)
{
	pool->timeout = deadline_start(pool->options->timeout);
	for (;;) {
		pool_handle_events(pool);
		if (pool_start_refused(pool))
			continue;
		bool ends = pool_ends_if_empty(pool);
		bool receives = pool_may_receive(pool);
		if (receives && pool_receive_some(pool))
			continue;
		bool empty = receives || (ends && pool_is_idle_and_empty(pool));
		if (pool_is_done(pool, ends && empty) && pool_finish(pool))
			return;
		pool_wait(pool);
	}
}

/* ------------------------------------------------------------- the whole run */

static enum status pool_report_empty(const struct pool *pool)
{
	errno = EAGAIN;
	return status_before_command(queue_error(&pool->queue, QUEUE_RECEIVING, ""));
}

/* SIGTERM is the normal way to stop a pool; the other signals terminate the program. */
static int pool_end_signal(const struct pool *pool)
{
	int signal = children_termination_signal(&pool->children);
	return signal == SIGTERM ? 0 : signal;
}

/* *signal: the termination signal that ended the pool, or 0. */
static enum status pool_run_commands(struct pool *pool, int *signal)
{
	struct retry *retry = &pool->retry;
	/* the first termination signal of each kind ends the receiving, no command */
	pool->children.held_back = termsig_set();
	pool_report_begin(pool);
	pool_loop(pool);
	pool_report_end(pool);
	retry_note_status(retry, requeue_send_due(&retry->requeue, REQUEUE_FINAL));
	*signal = pool_end_signal(pool);
	bool knows_end = pool->options->drain || pool->producers.count > 0;
	if (pool->received > 0 || retry->inflight.orphaned > 0 || knows_end)
		pool_report_summary(pool);
	else if (pool->options->all && !pool->stopping)
		retry_note_status(retry, pool_report_empty(pool));
	/* the jobs that were put back and not received again have failed, so far */
	if (retry->requeue.attempts.count > 0)
		retry_note_status(retry, retry->put_back_status);
	return *signal != 0 ? (enum status)(STATUS_SIGNAL + *signal) : retry->status;
}

enum status pool_run(const struct pool_options *options, const char *queue,
                     char **command)
{
	struct pool pool = {.options = options,
	                    .queue.fd = -1,
	                    .log.fd = -1,
	                    .hooks = {.intercept = pool_intercept},
	                    .retry = {.dead_letter.fd = -1, .inflight.queue.fd = -1}};
	int signal = 0;
	pool.hooks.argument = &pool;
	enum status status = pool_setup(&pool, queue, command);
	if (status == STATUS_OK)
		status = children_begin_with_hooks(&pool.children, pool.pids,
		                                   (int)pool.jobs_max, &pool.hooks);
	bool begun = status == STATUS_OK;
	if (begun)
		status = pool_run_commands(&pool, &signal);
	status = status_first_failure(status, retry_end(&pool.retry));
	/* the signal ends a program here, when the in-flight memory is removed already */
	if (begun)
		children_end(&pool.children, signal);
	pool_release(&pool);
	return status;
}
