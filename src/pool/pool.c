#include <errno.h>
#include <stdio.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/report.h"
#include "pool/pool.h"
#include "pool/setup.h"
#include "process/children.h"

static bool pool_has_inflight(const struct pool *pool)
{
	return pool->options->inflight != NULL;
}

static bool pool_is_endless(const struct pool *pool)
{
	return pool->options->all || pool->options->follow;
}

static bool pool_has_received_all(const struct pool *pool)
{
	return !pool_is_endless(pool) && pool->received >= pool->options->count;
}

/* Receive no more messages. */
static void pool_stop(struct pool *pool, enum status status)
{
	retry_note_status(&pool->retry, status);
	pool->stopping = true;
}

/* ------------------------------------------------------------- start a job */

/* The message is put back, and no more messages are received. */
static void pool_start_failed(struct pool *pool, const struct job *job, bool exec_failed)
{
	enum status status = !exec_failed      ? STATUS_RUN_ERROR
	                     : errno == ENOENT ? STATUS_NO_COMMAND
	                                       : STATUS_CANNOT_EXEC;
	pool_stop(pool, error_errno_as(status, "%s", pool->command.argv[0]));
	retry_put_back_untried(&pool->retry, job);
}

/* No command can be run for the message: another try is of no use. */
static void pool_give_up(struct pool *pool, const struct job *job, const char *reason)
{
	pool->retry.failed++;
	retry_give_up(&pool->retry, job, reason, (enum status)JOB_PERMANENT_FAILURE);
}

/* May another command be started? */
static bool pool_may_start(const struct pool *pool)
{
	return !pool->stopping && pool->children.running < pool->children.most &&
	       !(pool->options->keep_order && ordered_output_is_full(&pool->outputs));
}

/*
 * Room for the job to start next: children_spawn() puts its PID at the same index, the
 * first that is free.
 */
static struct job *pool_free_job(const struct pool *pool)
{
	size_t i = 0;
	while (pool->pids[i] != 0)
		i++;
	return &pool->jobs[i];
}

/* Start the command for the message. */
static void pool_start_job(struct pool *pool, struct job *job)
{
	char text[64];
	pid_t pid;
	job->attempts = attempts_recall(&pool->retry.requeue.attempts, job) + 1;
	const char *reason = job_command_check_message(&pool->command, job, text);
	if (reason != NULL)
		pool_give_up(pool, job, reason);
	else if ((pid = job_command_start(&pool->command, &pool->children, job)) >= 0)
		return;
	else if (errno == E2BIG && job_command_is_message_too_long(&pool->command))
		pool_give_up(pool, job, "the arguments with it are too long");
	else
		pool_start_failed(pool, job, pid == CHILDREN_CANNOT_EXEC);
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

/* Receive a message and start its command. False: no message is there. */
static bool pool_receive_and_start(struct pool *pool)
{
	struct job *job = pool_free_job(pool);
	bool orphan =
	    pool_has_inflight(pool) && inflight_has_orphan(&pool->retry.inflight);
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
	pool_start_job(pool, job);
	if (pool_is_endless(pool))
		pool->timeout = deadline_start(pool->options->timeout);
	return true;
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
	struct job *job = pool_free_job(pool);
	if (!requeue_take_refused(&pool->retry.requeue, job))
		return false;
	pool_start_job(pool, job);
	return true;
}

/* ---------------------------------------------------------------- the loop */

/* Its command has ended. */
static void pool_job_ended(struct pool *pool, const struct job *job, int wait_status)
{
	enum status status = STATUS_OK;
	pool->run++;
	if (wait_status == 0)
		retry_job_done(&pool->retry, job);
	else
		retry_job_failed(&pool->retry, job, wait_status, &pool->children);
	if (pool->options->keep_order)
		status = ordered_output_complete(&pool->outputs, job->turn);
	if (status != STATUS_OK)
		pool_stop(pool, status);
}

/* Handle the commands that have ended, signals, and the delayed messages. */
static void pool_handle_events(struct pool *pool)
{
	struct children_exit ended;
	while (children_poll(&pool->children, &ended))
		pool_job_ended(pool, &pool->jobs[ended.index], ended.wait_status);
	if (children_termination_signal(&pool->children) != 0)
		pool->stopping = true;
	retry_note_status(&pool->retry,
	                  requeue_send_due(&pool->retry.requeue,
	                                   pool->stopping ? REQUEUE_ALL : REQUEUE_DUE));
}

/* `empty`: no message is on the queue now. */
static bool pool_is_done(const struct pool *pool, bool empty)
{
	if (pool->children.running > 0)
		return false;
	if (pool->stopping)
		return true;
	if (requeue_next(&pool->retry.requeue) != NULL)
		return false;
	return pool_has_received_all(pool) || (empty && pool->options->all);
}

/* Until a message comes, a command ends, a delayed message is due or the timeout expires.
 */
static void pool_wait(struct pool *pool)
{
	const struct requeue_message *delayed = requeue_next(&pool->retry.requeue);
	bool receives = pool_may_receive(pool);
	struct pollfd fds[2] = {{.fd = pool->children.fd, .events = POLLIN},
	                        {.fd = receives ? pool->queue.fd : -1, .events = POLLIN}};
	bool may_time_out = receives && pool->children.running == 0 && delayed == NULL;
	struct deadline until = delayed != NULL ? delayed->due
	                        : may_time_out  ? pool->timeout
	                                        : DEADLINE_NEVER;
	if (deadline_poll(&until, fds, 2) >= 0)
		return;
	if (errno != EAGAIN && errno != ETIMEDOUT)
		pool_stop(pool, error_errno_as(STATUS_RUN_ERROR, "poll"));
	else if (may_time_out)
		pool_stop(pool, status_before_command(
		                    queue_error(&pool->queue, QUEUE_RECEIVING, "")));
}

static void pool_loop(struct pool *pool)
{
	pool->timeout = deadline_start(pool->options->timeout);
	for (;;) {
		pool_handle_events(pool);
		if (pool_start_refused(pool))
			continue;
		bool receives = pool_may_receive(pool);
		if (receives && pool_receive_and_start(pool))
			continue;
		if (pool_is_done(pool, receives))
			return;
		pool_wait(pool);
	}
}

/* ------------------------------------------------------------- the whole run */

static void pool_print_summary(const struct pool *pool)
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
	pool_loop(pool);
	retry_note_status(retry, requeue_send_due(&retry->requeue, REQUEUE_FINAL));
	*signal = pool_end_signal(pool);
	if (pool->received > 0 || retry->inflight.orphaned > 0)
		pool_print_summary(pool);
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
	                    .retry = {.dead_letter.fd = -1, .inflight.queue.fd = -1}};
	int signal = 0;
	enum status status = pool_setup(&pool, queue, command);
	if (status == STATUS_OK)
		status = children_begin(&pool.children, pool.pids, (int)options->workers);
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
