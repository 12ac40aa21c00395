/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/deadline.h"
#include "io/error.h"
#include "pool/outcome.h"
#include "pool/setup.h"
#include "pool/worker.h"
#include "pool/workers.h"
#include "process/children.h"
#include "signal/signame.h"

enum {
	POLL_EACH = 2, /* descriptors of a worker */
	/* starts without an answer and without a message that may be the cause, one after
	 * the other, that end a pool which is to end by itself: about 13 seconds */
	FAILED_STARTS_MAX = 8,
};

/* The time for an answer; INT64_MAX: without limit. */
static int64_t answer_time(const struct pool *pool)
{
	return pool->options->limit.kind == TIMEOUT_NONE
	           ? INT64_MAX
	           : pool->options->limit.nanoseconds;
}

/* ----------------------------------------------------------- begin and end */

static bool workers_begin(struct pool *pool)
{
	struct workers *workers = &pool->staying;
	workers->all = calloc((size_t)pool->jobs_max, sizeof *workers->all);
	workers->next.bytes = malloc(pool_message_size(pool));
	workers->created = pool->options->inflight != NULL
	                       ? pool->retry.inflight.slots.created
	                       : slots_nonce();
	return workers->all != NULL && workers->next.bytes != NULL;
}

static void workers_release(struct pool *pool)
{
	struct workers *workers = &pool->staying;
	for (int64_t i = 0; i < workers->started; i++)
		worker_release(&workers->all[i]);
	free(workers->all);
	free(workers->next.bytes);
	free(workers->fds);
}

/* -------------------------------------------------------------------- give */

/* The one that has the fewest messages; one that runs rather than another; or NULL. */
static struct worker *choose_worker(const struct pool *pool)
{
	const struct workers *workers = &pool->staying;
	struct worker *best = NULL;
	int64_t now = deadline_clock();
	for (int64_t i = 0; i < pool->workers; i++) {
		struct worker *worker = &workers->all[i];
		if (!worker_has_room(worker, now))
			continue;
		if (best == NULL || worker->unanswered < best->unanswered ||
		    (worker->unanswered == best->unanswered &&
		     worker->state > best->state))
			best = worker;
		if (best->unanswered == 0 && best->state == WORKER_ANSWERING)
			return best;
		/* none of the others was started, and each is like this one */
		if (i >= workers->started)
			return best;
	}
	return best;
}

static bool workers_have_room(const struct pool *pool)
{
	return choose_worker(pool) != NULL;
}

static struct job *workers_free_job(struct pool *pool)
{
	return &pool->staying.next;
}

static int64_t workers_running(const struct pool *pool)
{
	return pool->staying.unanswered;
}

/* QUEUE:CREATED.SEQUENCE, which no other message has. */
static const char *format_id(struct pool *pool, struct job *job,
                             char text[COPROCESS_ID_MAX + 1])
{
	if (job->sequence == 0)
		job->sequence = ++pool->staying.sequence;
	snprintf(text, COPROCESS_ID_MAX + 1, "%s:%016llx.%llu", pool->name.text,
	         (unsigned long long)pool->staying.created,
	         (unsigned long long)job->sequence);
	return text;
}

static bool give_job(struct pool *pool, struct worker *worker, struct job *job)
{
	char id[COPROCESS_ID_MAX + 1];
	struct coprocess_message message = {.bytes = job->bytes, .length = job->length};
	if (pool->options->with_priority)
		message.priority = &job->priority;
	if (pool->options->with_id)
		message.id = format_id(pool, job, id);
	return worker_give(worker, job, &message);
}

/* Start it if it does not run: 0, or as worker_start(). */
static pid_t make_ready(struct pool *pool, struct worker *worker)
{
	struct workers *workers = &pool->staying;
	int64_t index = worker - workers->all;
	if (worker->state != WORKER_ABSENT)
		return 0;
	if (index >= workers->started)
		workers->started = index + 1;
	return worker_start(worker, (size_t)pool->options->window, &pool->command,
	                    &pool->children);
}

static void workers_start(struct pool *pool, struct job *job)
{
	struct worker *worker = choose_worker(pool);
	pid_t result = worker != NULL ? make_ready(pool, worker) : -1;
	pool_begin_job(pool, job);
	if (result < 0 || !give_job(pool, worker, job)) {
		pool_start_failed(pool, job, result == CHILDREN_CANNOT_EXEC);
		return;
	}
	pool->staying.unanswered++;
	pool_job_started(pool);
}

/* ----------------------------------------------------------------- answers */

static void report_worker(const struct pool *pool, const struct worker *worker,
                          const char *what)
{
	error_as(STATUS_OK, "%s: worker %d %s", pool->name.text, (int)worker->pid, what);
}

/* The oldest job is one of the worker no longer; the time of the next one begins. */
static void drop_oldest(struct pool *pool, struct worker *worker)
{
	worker_drop_oldest(worker);
	pool->staying.unanswered--;
	if (worker->unanswered > 0)
		pool_begin_time(worker_oldest(worker));
}

/* The answers that have been read; their messages are in flight no longer. */
static void take_answers(struct pool *pool, struct worker *worker)
{
	struct inflight *inflight =
	    pool->options->inflight != NULL ? &pool->retry.inflight : NULL;
	struct sigbus guard;
	enum coprocess_answer answer;
	int status;
	if (inflight != NULL)
		inflight_begin_removal(inflight, &guard);
	while ((answer = coprocess_next_answer(&worker->coprocess, &status)) ==
	       COPROCESS_ANSWER) {
		struct job *job = worker_oldest(worker);
		job->answered = true;
		worker->answers++;
		pool->staying.failed_starts = 0;
		pool_job_ended(pool, job, status << 8);
		drop_oldest(pool, worker);
	}
	if (inflight != NULL)
		retry_note_status(&pool->retry, inflight_end_removal(inflight));
	if (answer == COPROCESS_BROKEN) {
		report_worker(pool, worker, worker->coprocess.broken);
		worker_break(worker);
	}
}

/* Read and take what is there: is there perhaps more? */
static bool read_answers(struct pool *pool, struct worker *worker)
{
	if (worker->coprocess.from < 0)
		return false;
	ssize_t length = coprocess_read(&worker->coprocess);
	if (length < 0)
		return false;
	take_answers(pool, worker);
	if (length == 0 && worker->state == WORKER_ANSWERING)
		worker_silence(worker, "closed its output, and did not end");
	return length > 0;
}

/* It has closed its input: has it answered all that it has read? */
static bool is_at_its_end(const struct worker *worker)
{
	return worker->state == WORKER_ANSWERING && worker->coprocess.to < 0 &&
	       (worker->unanswered == 0 || worker_has_not_read_oldest(worker));
}

/* Is there to be one less? It is, when it has answered. */
static bool is_superfluous(const struct pool *pool, int64_t index)
{
	const struct worker *worker = &pool->staying.all[index];
	return index >= pool->workers && worker->state == WORKER_ANSWERING &&
	       worker->unanswered == 0;
}

static nfds_t workers_poll_fds(struct pool *pool, struct pollfd **fds, nfds_t more)
{
	struct workers *workers = &pool->staying;
	nfds_t room = more + POLL_EACH * (nfds_t)workers->started, count = more;
	if (room > workers->fds_room) {
		struct pollfd *larger = realloc(workers->fds, room * sizeof *larger);
		if (larger == NULL) {
			pool_stop(pool, error_errno_as(STATUS_RUN_ERROR, "poll"));
			return 0;
		}
		workers->fds = larger;
		workers->fds_room = room;
	}
	*fds = workers->fds;
	for (int64_t i = 0; i < workers->started; i++)
		if (workers->all[i].state != WORKER_ABSENT) {
			coprocess_poll_fds(&workers->all[i].coprocess,
			                   workers->fds + count);
			count += POLL_EACH;
		}
	return count;
}

static void workers_handle(struct pool *pool)
{
	struct workers *workers = &pool->staying;
	struct pollfd *fds = NULL;
	nfds_t count = workers_poll_fds(pool, &fds, 0);
	const struct pollfd *ready = fds;
	if (count == 0 || poll(fds, count, 0) < 0)
		return;
	for (int64_t i = 0; i < workers->started; i++) {
		struct worker *worker = &workers->all[i];
		if (worker->state == WORKER_ABSENT)
			continue;
		if (ready[1].revents != 0)
			read_answers(pool, worker);
		if (ready[0].revents & POLLERR)
			coprocess_close_input(&worker->coprocess);
		else if (ready[0].revents != 0)
			coprocess_flush(&worker->coprocess);
		if (is_at_its_end(worker))
			worker_silence(worker, "closed its input, and did not end");
		else if (is_superfluous(pool, i))
			worker_close(worker, answer_time(pool));
		ready += POLL_EACH;
	}
}

/* -------------------------------------------------------------------- ends */

static struct worker *find_worker(const struct pool *pool, pid_t pid)
{
	struct worker *worker = pool->staying.all;
	while (worker->pid != pid)
		worker++;
	return worker;
}

/* It has closed an end, and was terminated then. */
static bool has_not_ended(const struct worker *worker)
{
	return worker->state == WORKER_SILENT && worker->ending.stage != JOB_LIMIT_NONE;
}

/* NULL: nothing that has to be reported. */
static const char *describe_end(const struct pool *pool, const struct worker *worker,
                                int wait_status, char text[80])
{
	char signal[32];
	if (worker->state == WORKER_BROKEN) /* reported */
		return NULL;
	if (has_not_ended(worker))
		return worker->closed;
	if (wait_status == 0)
		return worker->answers == 0 && worker->state != WORKER_CLOSED
		           ? "exited without an answer"
		           : NULL;
	if (!WIFSIGNALED(wait_status))
		snprintf(text, 80, "exited with status %d", WEXITSTATUS(wait_status));
	else if (pool->terminating)
		return NULL;
	else
		snprintf(text, 80, "was terminated by a signal: %s",
		         signame_description(WTERMSIG(wait_status), signal));
	return text;
}

/*
 * Is the oldest message perhaps the cause? See workers.h. A worker that ends may have
 * lost a connection: its message is not to be given up for that, unless --retry says how
 * often it may be tried.
 */
static bool oldest_has_failed(const struct pool *pool, const struct worker *worker,
                              int wait_status)
{
	if (worker->unanswered == 0)
		return false;
	if (worker->state == WORKER_BROKEN ||
	    worker_oldest(worker)->limit.stage != JOB_LIMIT_NONE)
		return true;
	if (pool->options->retries == 0 || worker_has_not_read_oldest(worker))
		return false;
	return wait_status != 0 || worker->answers == 0;
}

/* A worker that was terminated because of what it did has no status of its own. */
static void fail_oldest(struct pool *pool, struct worker *worker, int wait_status)
{
	struct job *job = worker_oldest(worker);
	job->broken = has_not_ended(worker) ? worker->closed : worker->coprocess.broken;
	pool->staying.failed_starts = 0;
	pool_job_ended(pool, job, job->broken != NULL ? STATUS_FAILED << 8 : wait_status);
	drop_oldest(pool, worker);
}

static void come_back(struct pool *pool, const struct job *job)
{
	retry_put_back_untried(&pool->retry, job);
	/* it is received again */
	if (!pool->retry.requeue.keeps && !job->orphaned)
		pool->received--;
}

/* A pool that is to end by itself does not wait without limit for a worker that fails. */
static void count_failed_start(struct pool *pool, int wait_status)
{
	if (++pool->staying.failed_starts >= FAILED_STARTS_MAX &&
	    !pool->options->follow && !pool->options->drain && !pool->stopping)
		pool_stop(pool, error_as(wait_status == 0 ? STATUS_FAILED
		                                          : status_of_wait(wait_status),
		                         "%s: no worker could be started that answers",
		                         pool->name.text));
}

static void workers_ended(struct pool *pool, const struct children_exit *ended)
{
	struct worker *worker = find_worker(pool, ended->pid);
	char text[80];
	while (read_answers(pool, worker))
		continue;
	const char *end = describe_end(pool, worker, ended->wait_status, text);
	if (end != NULL)
		report_worker(pool, worker, end);
	if (oldest_has_failed(pool, worker, ended->wait_status)) {
		fail_oldest(pool, worker, ended->wait_status);
	} else if (worker->answers == 0 && worker->state != WORKER_CLOSED) {
		count_failed_start(pool, ended->wait_status);
	}
	while (worker->unanswered > 0) {
		come_back(pool, worker_oldest(worker));
		drop_oldest(pool, worker);
	}
	worker_ended(worker);
}

static void workers_interrupt(struct pool *pool)
{
	for (int64_t i = 0; i < pool->staying.started; i++) {
		struct worker *worker = &pool->staying.all[i];
		for (size_t j = 0; j < worker->unanswered; j++)
			worker->jobs[(worker->first + j) % worker->window]
			    .job.interrupted = true;
	}
}

/* -------------------------------------------------------------------- time */

static int64_t workers_time_left(const struct pool *pool)
{
	int64_t least = INT64_MAX, now = deadline_clock();
	for (int64_t i = 0; i < pool->staying.started; i++) {
		int64_t left =
		    worker_time_left(&pool->staying.all[i], answer_time(pool), now);
		least = left < least ? left : least;
	}
	return least;
}

static void workers_enforce_time(struct pool *pool)
{
	int64_t now = deadline_clock();
	for (int64_t i = 0; i < pool->staying.started; i++)
		if (worker_enforce_time(&pool->staying.all[i], answer_time(pool), now))
			report_worker(pool, &pool->staying.all[i],
			              "exceeded the time limit");
}

static bool workers_finish(struct pool *pool)
{
	if (pool->children.running == 0)
		return true;
	pool->stopping = true;
	for (int64_t i = 0; i < pool->staying.started; i++)
		if (pool->staying.all[i].state == WORKER_ANSWERING)
			worker_close(&pool->staying.all[i], answer_time(pool));
	return false;
}

const struct runner workers_runner = {
    .begin = workers_begin,
    .release = workers_release,
    .has_room = workers_have_room,
    .free_job = workers_free_job,
    .start = workers_start,
    .running = workers_running,
    .at_once = 256,
    .handle = workers_handle,
    .ended = workers_ended,
    .interrupt = workers_interrupt,
    .time_left = workers_time_left,
    .enforce_time = workers_enforce_time,
    .poll_fds = workers_poll_fds,
    .finish = workers_finish,
};
