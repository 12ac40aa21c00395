#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/deadline.h"
#include "base/ksig.h"
#include "io/error.h"
#include "io/report.h"
#include "pool/job_command.h"
#include "pool/ordered_output.h"
#include "pool/pool.h"
#include "pool/requeue.h"
#include "process/children.h"
#include "process/exec.h"

/* A place for a worker. */
struct pool_worker {
	struct job job; /* its bytes lie in room */
	char *room;     /* for the longest one */
	uint64_t turn;  /* of its output */
};

struct pool {
	const struct pool_options *options;
	struct queue *queue;
	struct name dead_letter_name;
	struct queue dead_letter;
	struct inflight inflight;
	struct children children;
	pid_t *pids;
	struct pool_worker *workers;
	struct job_command command;
	struct requeue requeue;
	struct ordered_output outputs;
	struct deadline timeout;
	int64_t taken, ran, failed, requeued, dead_lettered;
	enum status status;          /* of the first that went wrong */
	enum status requeued_status; /* of the last whose job came back */
	bool stopping;
};

static const struct timeout not_at_all = {.kind = TIMEOUT_ZERO};

static void pool_note_status(struct pool *pool, enum status status)
{
	pool->status = status_first_failure(pool->status, status);
}

static bool pool_has_inflight(const struct pool *pool)
{
	return pool->options->inflight != NULL;
}

/* Take no more. */
static void pool_stop(struct pool *pool, enum status status)
{
	pool_note_status(pool, status);
	pool->stopping = true;
}

static void pool_send_job(struct pool *pool, const struct queue *to, int64_t delay,
                          const struct job *job)
{
	pool_note_status(pool, requeue_send(&pool->requeue, to, delay, job));
}

static void pool_job_done(struct pool *pool, const struct job *job)
{
	if (pool_has_inflight(pool))
		pool_note_status(pool, inflight_remove(&pool->inflight, job));
}

/* ---------------------------------------------------------------- starting */

static void pool_reject_job(struct pool *pool, const struct job *job, const char *reason,
                            enum status status)
{
	const char *name = pool->queue->name->text;
	pool->dead_lettered++;
	pool_note_status(pool, status);
	error_as(status, "%s: the message of %zu bytes, priority %lld, %s %s", name,
	         job->length, (long long)job->priority,
	         pool->options->dead_letter != NULL ? "is put on the queue of the dead:"
	                                            : "is given up:",
	         reason);
	if (pool->options->dead_letter != NULL)
		pool_send_job(pool, &pool->dead_letter, 0, job);
	else
		pool_job_done(pool, job);
}

/* It could not be started: the message goes back, and no more are taken. */
static void pool_start_failed(struct pool *pool, struct job *job)
{
	int error = errno;
	const char *command = pool->options->command[0];
	enum status status = error == ENOENT ? STATUS_NO_COMMAND
	                     : error == EACCES || error == ENOEXEC || error == E2BIG
	                         ? STATUS_CANNOT_EXEC
	                         : STATUS_RUN_ERROR;
	errno = error;
	pool_stop(pool, error_errno_as(status, "%s", command));
	job->attempts--;
	pool_send_job(pool, pool->queue, 0, job);
}

/* -1 with errno. */
static pid_t pool_start_command(struct pool *pool, struct pool_worker *worker)
{
	bool keeps = pool->options->keep_order;
	int out = keeps ? ordered_output_open(&pool->outputs, &worker->turn) : -1;
	if (keeps && out < 0)
		return -1;
	pid_t pid = job_command_start(&pool->command, &pool->children, &worker->job, out);
	int error = errno;
	if (keeps && pid < 0)
		ordered_output_cancel(&pool->outputs);
	errno = error;
	return pid;
}

/* A message has been taken. The first free place is that of the worker: see
 * pool_idle_worker() */
static void pool_start_job(struct pool *pool, struct pool_worker *worker)
{
	struct job *job = &worker->job;
	job->attempts = attempts_recall(&pool->requeue.attempts, job) + 1;
	char text[64];
	const char *reason = job_command_check_message(&pool->command, job, text);
	if (reason != NULL) {
		pool->failed++;
		pool_reject_job(pool, job, reason, (enum status)JOB_PERMANENT_FAILURE);
		return;
	}
	if (pool_start_command(pool, worker) < 0)
		pool_start_failed(pool, job);
}

static struct pool_worker *pool_idle_worker(struct pool *pool)
{
	struct pool_worker *worker = pool->workers;
	for (const pid_t *pid = pool->pids; *pid != 0; pid++)
		worker++;
	return worker;
}

static bool pool_may_start(const struct pool *pool)
{
	return !pool->stopping && pool->children.running < pool->children.most &&
	       !(pool->options->keep_order && ordered_output_is_full(&pool->outputs));
}

static bool pool_may_receive(const struct pool *pool)
{
	const struct pool_options *options = pool->options;
	if (!pool_may_start(pool))
		return false;
	if (pool_has_inflight(pool) && inflight_has_orphan(&pool->inflight))
		return true;
	if (pool_has_inflight(pool) && inflight_is_full(&pool->inflight))
		return false;
	return options->count == 0 || pool->taken < options->count;
}

/* STATUS_WOULD_BLOCK: there is none. A failure is reported. */
static enum status pool_receive(struct pool *pool, struct job *job)
{
	struct deadline now = deadline_start(not_at_all);
	if (pool_has_inflight(pool))
		return inflight_receive(&pool->inflight, pool->queue, job);
	ssize_t length = queue_receive(pool->queue, job->bytes, &job->priority, &now, -1);
	if (length < 0)
		return errno == EAGAIN ? STATUS_WOULD_BLOCK
		                       : queue_error(pool->queue, QUEUE_RECEIVING, "");
	job->length = (size_t)length;
	return STATUS_OK;
}

/* False: there is none now. */
static bool pool_receive_job(struct pool *pool)
{
	struct pool_worker *worker = pool_idle_worker(pool);
	struct job *job = &worker->job;
	bool left = pool_has_inflight(pool) && inflight_has_orphan(&pool->inflight);
	enum status status = pool_receive(pool, job);
	if (status != STATUS_OK) {
		if (status != STATUS_WOULD_BLOCK)
			pool_stop(pool, status_before_command(status));
		return false;
	}
	if (pool->options->verbose)
		report_info("Read %zu bytes; priority = %lld", job->length,
		            (long long)job->priority);
	pool->taken += !left;
	pool_start_job(pool, worker);
	if (pool->options->count == 0)
		pool->timeout = deadline_start(pool->options->timeout);
	return true;
}

/*
 * What is to be tried again and finds no room on the queue is run as it is: to wait would
 * be for ever where senders fill every place that becomes free, or where all that may be
 * in flight waits so, and nobody takes.
 */
static bool pool_retry_refused(struct pool *pool)
{
	if (!pool_may_start(pool))
		return false;
	struct pool_worker *worker = pool_idle_worker(pool);
	if (!requeue_take_refused(&pool->requeue, &worker->job))
		return false;
	pool_start_job(pool, worker);
	return true;
}

/* ------------------------------------------------------------------- ending */

/* D, 2 D, 4 D …, as far as that can be told. */
static int64_t retry_delay(const struct pool_options *options, int64_t next_try)
{
	int64_t delay = options->delay;
	for (int64_t i = 2; i < next_try && delay <= INT64_MAX / 2; i++)
		delay *= 2;
	return delay;
}

static const char *wait_status_text(int wait_status, char text[64])
{
	if (WIFSIGNALED(wait_status))
		snprintf(text, 64, "a signal ended its command: %s",
		         strsignal(WTERMSIG(wait_status)));
	else
		snprintf(text, 64, "its command ended with status %d",
		         WEXITSTATUS(wait_status));
	return text;
}

/*
 * What was asked to end may: whether its command failed by itself, or since it caught the
 * signal and gave up, cannot be told.
 */
static bool pool_may_requeue(const struct pool *pool, const struct job *job,
                             enum status status)
{
	return (int)status != JOB_PERMANENT_FAILURE && pool->queue->may_send &&
	       (job->attempts <= pool->options->retries ||
	        children_got_termination(&pool->children));
}

static void pool_job_failed(struct pool *pool, const struct job *job, int wait_status)
{
	char text[64];
	enum status status = child_status(wait_status);
	pool->failed++;
	if (WIFSIGNALED(wait_status) &&
	    children_termination_signal(&pool->children) != 0) {
		/* the signal was meant for us as well: nobody has tried it */
		struct job untried = *job;
		untried.attempts--;
		pool->requeued++;
		pool_send_job(pool, pool->queue, 0, &untried);
	} else if (pool_may_requeue(pool, job, status)) {
		pool->requeued++;
		pool->requeued_status = status;
		pool_send_job(pool, pool->queue,
		              retry_delay(pool->options, job->attempts + 1), job);
	} else {
		pool_reject_job(pool, job, wait_status_text(wait_status, text), status);
	}
}

static void pool_job_ended(struct pool *pool, const struct children_exit *ended)
{
	struct pool_worker *worker = &pool->workers[ended->index];
	pool->ran++;
	if (ended->wait_status != 0)
		pool_job_failed(pool, &worker->job, ended->wait_status);
	else
		pool_job_done(pool, &worker->job);
	if (pool->options->keep_order) {
		enum status status =
		    ordered_output_complete(&pool->outputs, worker->turn);
		if (status != STATUS_OK)
			pool_stop(pool, status);
	}
}

/* ----------------------------------------------------------------- the loop */

/* Has all been done that was to be done, now that no message is there? */
static bool pool_is_done(const struct pool *pool, bool empty)
{
	const struct pool_options *options = pool->options;
	if (pool->children.running > 0)
		return false;
	if (pool->stopping)
		return true;
	if (requeue_next(&pool->requeue) != NULL)
		return false;
	if (options->count > 0 && pool->taken >= options->count)
		return true;
	return empty && options->until_empty;
}

static struct deadline earlier_deadline(struct deadline one, struct deadline other)
{
	if (one.timeout.kind == TIMEOUT_NONE)
		return other;
	if (other.timeout.kind == TIMEOUT_NONE)
		return one;
	return deadline_left(&one) < deadline_left(&other) ? one : other;
}

/* Until a message comes, a command ends, a parcel is due or our patience does. */
static void pool_wait(struct pool *pool)
{
	bool takes = pool_may_receive(pool);
	struct pollfd fds[2] = {{.fd = pool->children.fd, .events = POLLIN},
	                        {.fd = takes ? pool->queue->fd : -1, .events = POLLIN}};
	bool patient =
	    takes && pool->children.running == 0 && requeue_next(&pool->requeue) == NULL;
	struct deadline until = patient ? pool->timeout : DEADLINE_NEVER;
	if (requeue_next(&pool->requeue) != NULL)
		until = earlier_deadline(until, requeue_next(&pool->requeue)->due);
	if (deadline_poll(&until, fds, 2) >= 0)
		return;
	if (errno == EAGAIN || errno == ETIMEDOUT) {
		if (patient)
			pool_stop(pool, status_before_command(queue_error(
			                    pool->queue, QUEUE_RECEIVING, "")));
	} else {
		pool_stop(pool, error_errno_as(STATUS_RUN_ERROR, "poll"));
	}
}

static void pool_loop(struct pool *pool)
{
	struct children_exit ended;
	pool->timeout = deadline_start(pool->options->timeout);
	for (;;) {
		bool empty = false;
		while (children_poll(&pool->children, &ended))
			pool_job_ended(pool, &ended);
		if (children_termination_signal(&pool->children) != 0)
			pool->stopping = true;
		pool_note_status(
		    pool, requeue_send_due(&pool->requeue,
		                           pool->stopping ? REQUEUE_ALL : REQUEUE_DUE));
		if (pool_retry_refused(pool))
			continue;
		if (pool_may_receive(pool)) {
			empty = !pool_receive_job(pool);
			if (!empty)
				continue;
		}
		if (pool_is_done(pool, empty))
			return;
		pool_wait(pool);
	}
}

static void pool_print_summary(const struct pool *pool)
{
	char left[64] = "";
	if (pool->inflight.orphaned > 0)
		snprintf(left, sizeof left, ", %zu left by an earlier one",
		         pool->inflight.orphaned);
	report_info("%s: %lld ran, %lld failed, %lld came back, %lld died%s",
	            pool->queue->name->text, (long long)pool->ran,
	            (long long)pool->failed, (long long)pool->requeued,
	            (long long)pool->dead_lettered, left);
}

/* TERM is how such a pool is ended; by the others it ends as any program does. */
static int pool_end_signal(const struct pool *pool)
{
	int signal = children_termination_signal(&pool->children);
	return signal == SIGTERM ? 0 : signal;
}

static enum status pool_report_empty(const struct pool *pool)
{
	errno = EAGAIN;
	return status_before_command(queue_error(pool->queue, QUEUE_RECEIVING, ""));
}

static enum status pool_run_commands(struct pool *pool)
{
	enum status status =
	    children_begin(&pool->children, pool->pids, (int)pool->options->workers);
	if (status != STATUS_OK)
		return status;
	pool->children.held_back =
	    ksig_bit(SIGHUP) | ksig_bit(SIGINT) | ksig_bit(SIGQUIT) | ksig_bit(SIGTERM);
	pool_loop(pool);
	pool_note_status(pool, requeue_send_due(&pool->requeue, REQUEUE_FINAL));
	int signal = pool_end_signal(pool);
	if (pool->taken > 0 || pool->inflight.orphaned > 0)
		pool_print_summary(pool);
	else if (pool->options->until_empty && !pool->stopping)
		pool_note_status(pool, pool_report_empty(pool));
	/* what came back and was not taken again has failed, as far as we know */
	if (pool->requeue.attempts.count > 0)
		pool_note_status(pool, pool->requeued_status);
	children_end(&pool->children, signal);
	return signal != 0 ? (enum status)(STATUS_SIGNAL + signal) : pool->status;
}

/* ------------------------------------------------------------------- before */

static bool pool_make_workers(struct pool *pool)
{
	size_t count = (size_t)pool->options->workers;
	/* what is left in flight may be longer than what comes */
	int64_t size =
	    pool_has_inflight(pool) ? pool->inflight.queue.size : pool->queue->size;
	/* one more of each, in which nothing runs: the end */
	pool->pids = calloc(count + 1, sizeof *pool->pids);
	pool->workers = calloc(count + 1, sizeof *pool->workers);
	if (pool->pids == NULL || pool->workers == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct pool_worker *worker = &pool->workers[i];
		worker->room = malloc(QUEUE_HEADROOM + (size_t)size);
		if (worker->room == NULL)
			return false;
		worker->job.bytes = worker->room + QUEUE_HEADROOM;
	}
	return true;
}

static void pool_free(struct pool *pool)
{
	for (int64_t i = 0; pool->workers != NULL && i < pool->options->workers; i++)
		free(pool->workers[i].room);
	free(pool->workers);
	free(pool->pids);
	free(pool->requeue.attempts.entries);
	job_command_end(&pool->command);
}

static enum status pool_open_dead_letter(struct pool *pool)
{
	const struct name *name = &pool->dead_letter_name;
	enum status status =
	    name_parse(&pool->dead_letter_name, NAME_QUEUE, pool->options->dead_letter);
	if (status != STATUS_OK)
		return status;
	if (name->family != NAME_FAMILY_POSIX ||
	    strcmp(name->text, pool->queue->name->text) == 0)
		return error_usage("%s: --dead wants a POSIX queue of its own",
		                   name->text);
	status = queue_open(&pool->dead_letter, name, QUEUE_SEND);
	if (status == STATUS_OK)
		status = queue_get_attributes(&pool->dead_letter);
	if (status != STATUS_OK || pool->dead_letter.size >= pool->queue->size)
		return status;
	return error_as(STATUS_FAILED,
	                "%s: holds messages of %lld bytes; one of %s may have %lld",
	                name->text, (long long)pool->dead_letter.size,
	                pool->queue->name->text, (long long)pool->queue->size);
}

enum status pool_run(struct queue *queue, const struct pool_options *options)
{
	struct pool *pool = calloc(1, sizeof *pool);
	enum status status = STATUS_OK;
	if (pool == NULL)
		return error_as(STATUS_RUN_ERROR, "%s", error_text(ENOMEM));
	pool->options = options;
	pool->queue = queue;
	pool->requeue.source = queue;
	pool->requeue.attempts.most = (size_t)queue->depth + 1;
	pool->dead_letter.fd = -1;
	pool->inflight.queue.fd = -1;
	if (options->dead_letter != NULL)
		status = pool_open_dead_letter(pool);
	if (status == STATUS_OK && pool_has_inflight(pool)) {
		pool->requeue.inflight = &pool->inflight;
		status = inflight_begin(&pool->inflight, options->inflight, queue,
		                        &pool->dead_letter_name, options->workers);
	}
	if (status == STATUS_OK && !pool_make_workers(pool))
		status = error_errno("%s: %lld workers", queue->name->text,
		                     (long long)options->workers);
	status = status_before_command(status);
	if (status == STATUS_OK)
		status = job_command_begin(&pool->command, queue->name, options->command);
	if (status == STATUS_OK)
		status = pool_run_commands(pool);
	inflight_end(&pool->inflight);
	if (pool->dead_letter.fd >= 0)
		queue_close(&pool->dead_letter);
	pool_free(pool);
	free(pool);
	return status;
}
