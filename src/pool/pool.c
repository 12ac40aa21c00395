#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/deadline.h"
#include "base/sigset.h"
#include "io/report.h"
#include "pool/job_command.h"
#include "pool/ordered_output.h"
#include "pool/pool.h"
#include "pool/requeue.h"
#include "process/children.h"
#include "process/exec.h"

/* A place for a worker. */
struct worker {
	struct job job; /* its bytes lie in room */
	char *room;     /* for the longest one */
	uint64_t turn;  /* of its output */
};

struct pool {
	const struct jobs *jobs;
	struct queue *queue;
	struct name dead_name;
	struct queue dead;
	struct in_flight flight;
	struct crew crew;
	pid_t *pids;
	struct worker *workers;
	struct command command;
	struct post post;
	struct outputs outputs;
	struct deadline patience;
	int64_t taken, ran, failed, came_back, died;
	enum status status;         /* of the first that went wrong */
	enum status to_be_repeated; /* of the last whose job came back */
	bool stopping;
};

static const struct patience not_at_all = {.kind = NOT_AT_ALL};

static void note_status(struct pool *pool, enum status status)
{
	pool->status = first_failure(pool->status, status);
}

static bool is_in_flight(const struct pool *pool)
{
	return pool->jobs->in_flight != NULL;
}

/* Take no more. */
static void stop(struct pool *pool, enum status status)
{
	note_status(pool, status);
	pool->stopping = true;
}

static void send_to(struct pool *pool, const struct queue *to, int64_t delay,
                    const struct job *job)
{
	note_status(pool, post_send(&pool->post, to, delay, job));
}

static void done_with(struct pool *pool, const struct job *job)
{
	if (is_in_flight(pool))
		note_status(pool, in_flight_done(&pool->flight, job));
}

/* ---------------------------------------------------------------- starting */

static void give_up(struct pool *pool, const struct job *job, const char *reason,
                    enum status status)
{
	const char *name = pool->queue->name->text;
	pool->died++;
	note_status(pool, status);
	fail_as(status, "%s: the message of %zu bytes, priority %lld, %s %s", name,
	        job->length, (long long)job->priority,
	        pool->jobs->dead != NULL ? "is put on the queue of the dead:"
	                                 : "is given up:",
	        reason);
	if (pool->jobs->dead != NULL)
		send_to(pool, &pool->dead, 0, job);
	else
		done_with(pool, job);
}

/* It could not be started: the message goes back, and no more are taken. */
static void cannot_start(struct pool *pool, struct job *job)
{
	int error = errno;
	const char *command = pool->jobs->command[0];
	enum status status = error == ENOENT ? STATUS_NO_COMMAND
	                     : error == EACCES || error == ENOEXEC || error == E2BIG
	                         ? STATUS_CANNOT_EXEC
	                         : STATUS_RUN_FAILED;
	errno = error;
	stop(pool, fail_with(status, "%s", command));
	job->tries--;
	send_to(pool, pool->queue, 0, job);
}

/* -1 with errno. */
static pid_t start_command(struct pool *pool, struct worker *worker)
{
	bool keeps = pool->jobs->keep_order;
	int out = keeps ? outputs_keep(&pool->outputs, &worker->turn) : -1;
	if (keeps && out < 0)
		return -1;
	pid_t pid = command_start(&pool->command, &pool->crew, &worker->job, out);
	int error = errno;
	if (keeps && pid < 0)
		outputs_forget(&pool->outputs);
	errno = error;
	return pid;
}

/* A message has been taken. The first free place is that of the worker: see
 * free_worker() */
static void start_job(struct pool *pool, struct worker *worker)
{
	struct job *job = &worker->job;
	job->tries = tries_recall(&pool->post.tries, job) + 1;
	char text[64];
	const char *reason = command_cannot_bear(&pool->command, job, text);
	if (reason != NULL) {
		pool->failed++;
		give_up(pool, job, reason, (enum status)JOBS_USELESS);
		return;
	}
	if (start_command(pool, worker) < 0)
		cannot_start(pool, job);
}

static struct worker *free_worker(struct pool *pool)
{
	struct worker *worker = pool->workers;
	for (const pid_t *pid = pool->pids; *pid != 0; pid++)
		worker++;
	return worker;
}

static bool may_start(const struct pool *pool)
{
	return !pool->stopping && pool->crew.running < pool->crew.most &&
	       !(pool->jobs->keep_order && outputs_are_full(&pool->outputs));
}

static bool may_take(const struct pool *pool)
{
	const struct jobs *jobs = pool->jobs;
	if (!may_start(pool))
		return false;
	if (is_in_flight(pool) && in_flight_has_left(&pool->flight))
		return true;
	if (is_in_flight(pool) && in_flight_is_full(&pool->flight))
		return false;
	return jobs->count == 0 || pool->taken < jobs->count;
}

/* STATUS_NOT_NOW: there is none. A failure is reported. */
static enum status receive(struct pool *pool, struct job *job)
{
	struct deadline now = deadline_after(not_at_all);
	if (is_in_flight(pool))
		return in_flight_take(&pool->flight, pool->queue, job);
	ssize_t length = queue_receive(pool->queue, job->bytes, &job->priority, &now, -1);
	if (length < 0)
		return errno == EAGAIN ? STATUS_NOT_NOW
		                       : queue_failed(pool->queue, QUEUE_RECEIVING, "");
	job->length = (size_t)length;
	return STATUS_DONE;
}

/* False: there is none now. */
static bool take_one(struct pool *pool)
{
	struct worker *worker = free_worker(pool);
	struct job *job = &worker->job;
	bool left = is_in_flight(pool) && in_flight_has_left(&pool->flight);
	enum status status = receive(pool, job);
	if (status != STATUS_DONE) {
		if (status != STATUS_NOT_NOW)
			stop(pool, status_before_command(status));
		return false;
	}
	if (pool->jobs->verbose)
		say("Read %zu bytes; priority = %lld", job->length,
		    (long long)job->priority);
	pool->taken += !left;
	start_job(pool, worker);
	if (pool->jobs->count == 0)
		pool->patience = deadline_after(pool->jobs->patience);
	return true;
}

/*
 * What is to be tried again and finds no room on the queue is run as it is: to wait would
 * be for ever where senders fill every place that becomes free, or where all that may be
 * in flight waits so, and nobody takes.
 */
static bool take_back(struct pool *pool)
{
	if (!may_start(pool))
		return false;
	struct worker *worker = free_worker(pool);
	if (!post_take_back(&pool->post, &worker->job))
		return false;
	start_job(pool, worker);
	return true;
}

/* ------------------------------------------------------------------- ending */

/* D, 2 D, 4 D …, as far as that can be told. */
static int64_t delay_before(const struct jobs *jobs, int64_t next_try)
{
	int64_t delay = jobs->delay;
	for (int64_t i = 2; i < next_try && delay <= INT64_MAX / 2; i++)
		delay *= 2;
	return delay;
}

static const char *how_it_ended(int wait_status, char text[64])
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
static bool may_come_back(const struct pool *pool, const struct job *job,
                          enum status status)
{
	return (int)status != JOBS_USELESS && pool->queue->may_send &&
	       (job->tries <= pool->jobs->retries || crew_commands_asked(&pool->crew));
}

static void job_failed(struct pool *pool, const struct job *job, int wait_status)
{
	char text[64];
	enum status status = child_status(wait_status);
	pool->failed++;
	if (WIFSIGNALED(wait_status) && crew_asked(&pool->crew) != 0) {
		/* the signal was meant for us as well: nobody has tried it */
		struct job untried = *job;
		untried.tries--;
		pool->came_back++;
		send_to(pool, pool->queue, 0, &untried);
	} else if (may_come_back(pool, job, status)) {
		pool->came_back++;
		pool->to_be_repeated = status;
		send_to(pool, pool->queue, delay_before(pool->jobs, job->tries + 1), job);
	} else {
		give_up(pool, job, how_it_ended(wait_status, text), status);
	}
}

static void job_ended(struct pool *pool, const struct crew_ended *ended)
{
	struct worker *worker = &pool->workers[ended->place];
	pool->ran++;
	if (ended->wait_status != 0)
		job_failed(pool, &worker->job, ended->wait_status);
	else
		done_with(pool, &worker->job);
	if (pool->jobs->keep_order) {
		enum status status = outputs_complete(&pool->outputs, worker->turn);
		if (status != STATUS_DONE)
			stop(pool, status);
	}
}

/* ----------------------------------------------------------------- the loop */

/* Has all been done that was to be done, now that no message is there? */
static bool is_done(const struct pool *pool, bool empty)
{
	const struct jobs *jobs = pool->jobs;
	if (pool->crew.running > 0)
		return false;
	if (pool->stopping)
		return true;
	if (post_next(&pool->post) != NULL)
		return false;
	if (jobs->count > 0 && pool->taken >= jobs->count)
		return true;
	return empty && jobs->until_empty;
}

static struct deadline sooner(struct deadline one, struct deadline other)
{
	if (one.patience.kind == FOR_EVER)
		return other;
	if (other.patience.kind == FOR_EVER)
		return one;
	return deadline_left(&one) < deadline_left(&other) ? one : other;
}

/* Until a message comes, a command ends, a parcel is due or our patience does. */
static void wait_for_news(struct pool *pool)
{
	static const struct deadline for_ever = {.patience = {.kind = FOR_EVER}};
	bool takes = may_take(pool);
	struct pollfd fds[2] = {{.fd = pool->crew.fd, .events = POLLIN},
	                        {.fd = takes ? pool->queue->fd : -1, .events = POLLIN}};
	bool patient = takes && pool->crew.running == 0 && post_next(&pool->post) == NULL;
	struct deadline until = patient ? pool->patience : for_ever;
	if (post_next(&pool->post) != NULL)
		until = sooner(until, post_next(&pool->post)->due);
	if (deadline_poll(&until, fds, 2) >= 0)
		return;
	if (errno == EAGAIN || errno == ETIMEDOUT) {
		if (patient)
			stop(pool, status_before_command(
			               queue_failed(pool->queue, QUEUE_RECEIVING, "")));
	} else {
		stop(pool, fail_with(STATUS_RUN_FAILED, "poll"));
	}
}

static void work(struct pool *pool)
{
	struct crew_ended ended;
	pool->patience = deadline_after(pool->jobs->patience);
	for (;;) {
		bool empty = false;
		while (crew_look(&pool->crew, &ended))
			job_ended(pool, &ended);
		if (crew_asked(&pool->crew) != 0)
			pool->stopping = true;
		note_status(pool, post_send_due(&pool->post, pool->stopping ? POST_AT_ONCE
		                                                            : POST_DUE));
		if (take_back(pool))
			continue;
		if (may_take(pool)) {
			empty = !take_one(pool);
			if (!empty)
				continue;
		}
		if (is_done(pool, empty))
			return;
		wait_for_news(pool);
	}
}

static void say_summary(const struct pool *pool)
{
	char left[64] = "";
	if (pool->flight.left > 0)
		snprintf(left, sizeof left, ", %zu left by an earlier one",
		         pool->flight.left);
	say("%s: %lld ran, %lld failed, %lld came back, %lld died%s",
	    pool->queue->name->text, (long long)pool->ran, (long long)pool->failed,
	    (long long)pool->came_back, (long long)pool->died, left);
}

/* TERM is how such a pool is ended; by the others it ends as any program does. */
static int ends_by(const struct pool *pool)
{
	int signal = crew_asked(&pool->crew);
	return signal == SIGTERM ? 0 : signal;
}

static enum status none_there(const struct pool *pool)
{
	errno = EAGAIN;
	return status_before_command(queue_failed(pool->queue, QUEUE_RECEIVING, ""));
}

static enum status run_pool(struct pool *pool)
{
	enum status status =
	    crew_begin(&pool->crew, pool->pids, (int)pool->jobs->workers);
	if (status != STATUS_DONE)
		return status;
	pool->crew.kept =
	    sig_bit(SIGHUP) | sig_bit(SIGINT) | sig_bit(SIGQUIT) | sig_bit(SIGTERM);
	work(pool);
	note_status(pool, post_send_due(&pool->post, POST_NOW_OR_NEVER));
	int signal = ends_by(pool);
	if (pool->taken > 0 || pool->flight.left > 0)
		say_summary(pool);
	else if (pool->jobs->until_empty && !pool->stopping)
		note_status(pool, none_there(pool));
	/* what came back and was not taken again has failed, as far as we know */
	if (pool->post.tries.count > 0)
		note_status(pool, pool->to_be_repeated);
	crew_end(&pool->crew, signal);
	return signal != 0 ? (enum status)(STATUS_SIGNAL + signal) : pool->status;
}

/* ------------------------------------------------------------------- before */

static bool make_workers(struct pool *pool)
{
	size_t count = (size_t)pool->jobs->workers;
	/* what is left in flight may be longer than what comes */
	int64_t size = is_in_flight(pool) ? pool->flight.queue.size : pool->queue->size;
	/* one more of each, in which nothing runs: the end */
	pool->pids = calloc(count + 1, sizeof *pool->pids);
	pool->workers = calloc(count + 1, sizeof *pool->workers);
	if (pool->pids == NULL || pool->workers == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct worker *worker = &pool->workers[i];
		worker->room = malloc(QUEUE_HEADROOM + (size_t)size);
		if (worker->room == NULL)
			return false;
		worker->job.bytes = worker->room + QUEUE_HEADROOM;
	}
	return true;
}

static void free_all(struct pool *pool)
{
	for (int64_t i = 0; pool->workers != NULL && i < pool->jobs->workers; i++)
		free(pool->workers[i].room);
	free(pool->workers);
	free(pool->pids);
	free(pool->post.tries.all);
	command_end(&pool->command);
}

static enum status open_dead(struct pool *pool)
{
	const struct name *name = &pool->dead_name;
	enum status status = name_parse(&pool->dead_name, NAME_QUEUE, pool->jobs->dead);
	if (status != STATUS_DONE)
		return status;
	if (name->family != FAMILY_POSIX ||
	    strcmp(name->text, pool->queue->name->text) == 0)
		return usage_error("%s: --dead wants a POSIX queue of its own",
		                   name->text);
	status = queue_open(&pool->dead, name, QUEUE_SEND);
	if (status == STATUS_DONE)
		status = queue_measure(&pool->dead);
	if (status != STATUS_DONE || pool->dead.size >= pool->queue->size)
		return status;
	return fail_as(STATUS_FAILED,
	               "%s: holds messages of %lld bytes; one of %s may have %lld",
	               name->text, (long long)pool->dead.size, pool->queue->name->text,
	               (long long)pool->queue->size);
}

enum status jobs_run(struct queue *queue, const struct jobs *jobs)
{
	struct pool *pool = calloc(1, sizeof *pool);
	enum status status = STATUS_DONE;
	if (pool == NULL)
		return fail_as(STATUS_RUN_FAILED, "%s", error_text(ENOMEM));
	pool->jobs = jobs;
	pool->queue = queue;
	pool->post.home = queue;
	pool->post.tries.most = (size_t)queue->depth + 1;
	pool->dead.fd = -1;
	pool->flight.queue.fd = -1;
	if (jobs->dead != NULL)
		status = open_dead(pool);
	if (status == STATUS_DONE && is_in_flight(pool)) {
		pool->post.flight = &pool->flight;
		status = in_flight_begin(&pool->flight, jobs->in_flight, queue,
		                         &pool->dead_name, jobs->workers);
	}
	if (status == STATUS_DONE && !make_workers(pool))
		status =
		    fail("%s: %lld workers", queue->name->text, (long long)jobs->workers);
	status = status_before_command(status);
	if (status == STATUS_DONE)
		status = command_begin(&pool->command, queue->name, jobs->command);
	if (status == STATUS_DONE)
		status = run_pool(pool);
	in_flight_end(&pool->flight);
	if (pool->dead.fd >= 0)
		queue_close(&pool->dead);
	free_all(pool);
	free(pool);
	return status;
}
