/* SPDX-License-Identifier: MIT */
/*
 * A ring of messages, as they were delivered: `first` is the oldest without an answer,
 * `next` the next one to be given to the worker, `end` the next one to be delivered.
 * Answers come in this order, so that each is for the first one.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/call.h"
#include "io/error.h"
#include "remote/consume.h"
#include "remote/engine.h"
#include "remote/worker.h"

struct consumer {
	struct engine_session *session;
	const struct consume_options *options;
	struct remote_worker worker;
	struct engine_message *ring; /* of options->window */
	uint64_t first, next, end;
	bool stops; /* receive nothing more; give the worker nothing more */
	enum status status;
	bool engine_failed;
	int64_t keep_at;          /* time of the next engine->keep() of all */
	struct deadline patience; /* of options->timeout */
};

static struct engine_message *consumer_message(struct consumer *consumer, uint64_t number)
{
	return &consumer->ring[number % (uint64_t)consumer->options->window];
}

/* The first reason counts. The worker may still answer the messages that it has. */
static void stop_consumer(struct consumer *consumer, enum status status)
{
	if (!consumer->stops)
		consumer->status = status;
	consumer->stops = true;
}

static void settle_first(struct consumer *consumer, enum engine_verdict verdict,
                         int status)
{
	struct engine_session *session = consumer->session;
	const struct engine_message *message =
	    consumer_message(consumer, consumer->first);
	struct engine_settlement settlement = {.verdict = verdict,
	                                       .delay =
	                                           consumer->options->delay.nanoseconds,
	                                       .status = status};
	if (verdict == ENGINE_FAIL && consumer->options->retries >= 0 &&
	    message->deliveries > consumer->options->retries)
		settlement.verdict = ENGINE_GIVE_UP;
	session->engine->settle(session, message, &settlement);
	consumer->first++;
	if (consumer->next < consumer->first)
		consumer->next = consumer->first;
}

/* Messages that no worker was given. */
static void release_ungiven(struct consumer *consumer)
{
	static const struct engine_settlement release = {.verdict = ENGINE_RELEASE};
	struct engine_session *session = consumer->session;
	for (; consumer->end > consumer->next; consumer->end--)
		session->engine->settle(
		    session, consumer_message(consumer, consumer->end - 1), &release);
}

/* ---------------------------------------------------------------- the engine */

/* As many as have room in the window, and as were asked for. */
static void want_messages(struct consumer *consumer)
{
	struct engine_session *session = consumer->session;
	uint64_t most = consumer->first + (uint64_t)consumer->options->window;
	uint64_t count = (uint64_t)consumer->options->count;
	if (count > 0 && count < most)
		most = count;
	if (consumer->stops || !remote_worker_is_ready(&consumer->worker))
		most = consumer->end;
	session->engine->want(session, (size_t)(most - consumer->end));
}

static void take_deliveries(struct consumer *consumer)
{
	struct engine_session *session = consumer->session;
	while (consumer->end - consumer->first < (uint64_t)consumer->options->window &&
	       session->engine->delivery(session,
	                                 consumer_message(consumer, consumer->end))) {
		consumer->end++;
		consumer->patience = deadline_start(consumer->options->timeout);
	}
	if (consumer->stops)
		release_ungiven(consumer);
}

static void keep_messages(struct consumer *consumer)
{
	struct engine_session *session = consumer->session;
	int64_t now = deadline_clock();
	if (session->engine->keep == NULL || now < consumer->keep_at)
		return;
	consumer->keep_at = now + session->keep_interval;
	for (uint64_t number = consumer->first; number < consumer->end; number++)
		session->engine->keep(session, consumer_message(consumer, number));
}

/* ---------------------------------------------------------------- the worker */

static void give_messages(struct consumer *consumer)
{
	struct coprocess *coprocess = &consumer->worker.coprocess;
	if (!remote_worker_is_ready(&consumer->worker) || consumer->stops)
		return;
	while (consumer->next < consumer->end && coprocess_has_room(coprocess)) {
		const struct engine_message *from =
		    consumer_message(consumer, consumer->next);
		int64_t priority = from->priority > 0 ? from->priority : 0;
		struct coprocess_message message = {
		    .bytes = from->bytes,
		    .length = from->length,
		    .priority = consumer->options->with_priority ? &priority : NULL};
		if (coprocess_give(coprocess, &message) < 0) {
			stop_consumer(consumer, error_errno_as(
			                            STATUS_RUN_ERROR,
			                            "a buffer for a message of %zu bytes",
			                            from->length));
			return;
		}
		consumer->next++;
	}
}

static void take_answer(struct consumer *consumer, int status)
{
	remote_worker_note_answer(&consumer->worker);
	if (consumer->first == consumer->end)
		return;
	consumer->patience = deadline_start(consumer->options->timeout);
	settle_first(consumer,
	             status == 0                ? ENGINE_DONE
	             : status == COPROCESS_DEAD ? ENGINE_GIVE_UP
	                                        : ENGINE_FAIL,
	             status);
}

/* The answers that are there. */
static void take_answers(struct consumer *consumer)
{
	struct remote_worker *worker = &consumer->worker;
	struct coprocess *coprocess = &worker->coprocess;
	while (!worker->is_mute) {
		int status;
		switch (coprocess_next_answer(coprocess, &status)) {
		case COPROCESS_ANSWER: take_answer(consumer, status); continue;
		case COPROCESS_BROKEN:
			error_as(STATUS_RUN_ERROR, "%s: %s", worker->command[0],
			         coprocess->broken);
			remote_worker_terminate(worker);
			return;
		case COPROCESS_NO_ANSWER: break;
		}
		ssize_t length = coprocess_read(coprocess);
		if (length < 0)
			return;
		if (length == 0)
			remote_worker_mute(worker);
	}
}

/* "sh: killed by signal 9 (4 messages without an answer)" */
static void report_exit(struct consumer *consumer, int wait_status)
{
	uint64_t unanswered = consumer->next - consumer->first;
	bool killed = WIFSIGNALED(wait_status);
	if (wait_status == 0 && unanswered == 0)
		return;
	error_as(STATUS_RUN_ERROR, "%s: %s %d, %llu message%s without an answer",
	         consumer->worker.command[0],
	         killed ? "killed by signal" : "ended with status",
	         killed ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status),
	         (unsigned long long)unanswered, unanswered == 1 ? "" : "s");
}

/*
 * The oldest message that it was given has failed, because it may be the reason. The
 * others are for the next worker.
 */
static void handle_exit(struct consumer *consumer, int wait_status)
{
	struct remote_worker *worker = &consumer->worker;
	enum status status = status_of_wait(wait_status);
	bool never_ran = !worker->was_replaced && !worker->has_answered &&
	                 (status == STATUS_CANNOT_EXEC || status == STATUS_NO_COMMAND);
	take_answers(consumer);
	remote_worker_forget(worker);
	if (never_ran) {
		stop_consumer(consumer, status);
	} else if (!consumer->stops || consumer->next > consumer->first) {
		report_exit(consumer, wait_status);
		if (consumer->next > consumer->first)
			settle_first(consumer, ENGINE_FAIL, (int)status);
	}
	consumer->next = consumer->first;
	if (consumer->stops)
		release_ungiven(consumer);
}

/* Write what is given, read what is answered, see whether it has ended. */
static void converse(struct consumer *consumer)
{
	struct remote_worker *worker = &consumer->worker;
	int wait_status;
	if (worker->pid != 0) {
		give_messages(consumer);
		if (coprocess_flush(&worker->coprocess) < 0)
			remote_worker_replace(worker);
		take_answers(consumer);
		if (consumer->stops && consumer->next == consumer->first)
			coprocess_close_input(&worker->coprocess);
	}
	if (remote_worker_poll(worker, &wait_status))
		handle_exit(consumer, wait_status);
}

/* ------------------------------------------------------------------ the loop */

static void wait_for_event(struct consumer *consumer)
{
	enum { ENGINE, SIGNALS, WORKER_IN, WORKER_OUT, ENDS };
	struct remote_worker *worker = &consumer->worker;
	struct engine_session *session = consumer->session;
	struct pollfd fds[ENDS] = {
	    [SIGNALS] = {.fd = worker->children.fd, .events = POLLIN},
	    [WORKER_IN] = {.fd = -1},
	    [WORKER_OUT] = {.fd = -1}};
	int64_t most, other = remote_worker_wait(worker);
	session->engine->fd(session, &fds[ENGINE], &most);
	most = other < most ? other : most;
	other = deadline_left(&consumer->patience);
	if (consumer->first == consumer->end)
		most = other < most ? other : most;
	else if (session->engine->keep != NULL) {
		other = consumer->keep_at - deadline_clock();
		most = other < most ? (other > 0 ? other : 0) : most;
	}
	if (worker->pid != 0 && !worker->is_mute)
		coprocess_poll_fds(&worker->coprocess, &fds[WORKER_IN]);
	struct deadline deadline = most == INT64_MAX ? DEADLINE_NEVER : deadline_in(most);
	deadline_poll(&deadline, fds, ENDS);
}

/* Why nothing more is to be received. */
static void check_limits(struct consumer *consumer)
{
	int signal = children_termination_signal(&consumer->worker.children);
	bool is_idle = consumer->first == consumer->end;
	if (signal != 0)
		stop_consumer(consumer, (enum status)(STATUS_SIGNAL + signal));
	else if (is_idle && consumer->options->count > 0 &&
	         consumer->end == (uint64_t)consumer->options->count)
		stop_consumer(consumer, STATUS_OK);
	else if (is_idle && deadline_left(&consumer->patience) == 0)
		stop_consumer(consumer, STATUS_TIMED_OUT);
}

static void consume_loop(struct consumer *consumer)
{
	struct engine_session *session = consumer->session;
	while (!consumer->stops || consumer->worker.pid != 0) {
		if (!consumer->stops &&
		    remote_worker_start(&consumer->worker) != STATUS_OK)
			stop_consumer(consumer, STATUS_RUN_ERROR);
		if (!consumer->engine_failed) {
			enum status status = session->engine->step(session);
			consumer->engine_failed = status != STATUS_OK;
			if (consumer->engine_failed)
				stop_consumer(consumer, status_before_command(status));
		}
		check_limits(consumer);
		want_messages(consumer);
		take_deliveries(consumer);
		keep_messages(consumer);
		converse(consumer);
		if (!consumer->stops || consumer->worker.pid != 0)
			wait_for_event(consumer);
	}
	release_ungiven(consumer);
}

/* Tell the engine the rest, if it is there. */
static void settle_rest(struct engine_session *session)
{
	const int64_t longest = 5000000000;
	struct deadline deadline = deadline_in(longest);
	while (session->engine->step(session) == STATUS_OK &&
	       !session->engine->is_settled(session) && deadline_left(&deadline) > 0) {
		struct pollfd fd;
		int64_t most, left = deadline_left(&deadline);
		session->engine->fd(session, &fd, &most);
		struct deadline next = deadline_in(most < left ? most : left);
		deadline_poll(&next, &fd, 1);
	}
}

enum status consume_run(struct engine_session *session,
                        const struct consume_options *options, char **command)
{
	struct consumer consumer = {.session = session,
	                            .options = options,
	                            .patience = deadline_start(options->timeout)};
	consumer.ring = calloc((size_t)options->window, sizeof *consumer.ring);
	if (consumer.ring == NULL)
		return error_errno_as(STATUS_RUN_ERROR, "memory for %lld messages",
		                      (long long)options->window);
	enum status status = remote_worker_begin(&consumer.worker, command);
	if (status == STATUS_OK) {
		consume_loop(&consumer);
		if (!consumer.engine_failed)
			settle_rest(session);
		remote_worker_end(&consumer.worker,
		                  children_termination_signal(&consumer.worker.children));
		status = consumer.status;
	}
	free(consumer.ring);
	return status;
}
