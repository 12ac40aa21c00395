/* SPDX-License-Identifier: MIT */
/*
 * A ring of messages: `first` is the oldest without an answer, `next` the next one to be
 * sent, `end` the next one to be read. Between first and next each is sent, or has its
 * result, which waits for those before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/output.h"
#include "remote/engine.h"
#include "remote/publish.h"
#include "stream/frame.h"

enum message_state {
	MESSAGE_UNSENT,
	MESSAGE_SENT,
	MESSAGE_STORED,
	MESSAGE_REFUSED,
};

struct kept_message {
	enum message_state state;
	struct engine_message message;
	char *bytes; /* of the message */
	size_t room;
	char id[ENGINE_ID_MAX + 1];
};

struct publisher {
	struct engine_session *session;
	const struct publish_options *options;
	struct frame_reader reader;
	struct output output;
	struct kept_message *ring; /* of options->window */
	uint64_t first, next, end;
	uint64_t sent;        /* of first to next, in state MESSAGE_SENT */
	unsigned connections; /* of the session, for which this is true */
	bool at_end;          /* of the input: nothing more is read */
	enum status input;    /* STATUS_FAILED: it cannot be read, reported */
	bool must_resend;     /* one of first to next is to be sent again, after… */
	struct deadline resume;
	int64_t pause;
	int signal;           /* the termination signal that was heeded; 0: none */
	struct deadline last; /* after it */
};

static const int64_t millisecond = 1000000;

static struct kept_message *message_at(struct publisher *publisher, uint64_t number)
{
	return &publisher->ring[number % (uint64_t)publisher->options->window];
}

/* ------------------------------------------------------------------- reading */

static enum status report_input(const struct publisher *publisher, const char *why)
{
	return error_as(STATUS_FAILED, "standard input: message %llu %s",
	                (unsigned long long)publisher->end + 1, why);
}

static bool make_room(struct kept_message *kept, size_t length)
{
	if (length <= kept->room)
		return true;
	char *more = realloc(kept->bytes, length);
	if (more == NULL)
		return false;
	kept->bytes = more;
	kept->room = length;
	return true;
}

/* gcc does not follow a pointer that is stored in an element of the ring. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
static enum status keep_message(struct publisher *publisher, const struct frame *frame)
{
	struct kept_message *kept = message_at(publisher, publisher->end);
	struct engine_message message;
	const char *wrong = remote_prefix_split(&publisher->options->prefix, &message,
	                                        kept->id, frame->bytes, frame->length);
	if (wrong != NULL)
		return report_input(publisher, wrong);
	if (!make_room(kept, message.length))
		return error_errno("a buffer for a message of %zu bytes", message.length);
	if (message.length > 0)
		memcpy(kept->bytes, message.bytes, message.length);
	kept->message = message;
	kept->message.bytes = kept->bytes;
	kept->state = MESSAGE_UNSENT;
	publisher->end++;
	return STATUS_OK;
}
#pragma GCC diagnostic pop

static bool has_room(const struct publisher *publisher)
{
	return publisher->end - publisher->first < (uint64_t)publisher->options->window;
}

/* The next message that was read already. STATUS_OK also if none was. */
static enum status take_message(struct publisher *publisher, bool *taken)
{
	struct frame frame;
	*taken = false;
	switch (frame_next_held(&publisher->reader, &frame)) {
	case FRAME_MESSAGE: *taken = true; return keep_message(publisher, &frame);
	case FRAME_MORE: return STATUS_OK;
	case FRAME_END: publisher->at_end = true; return STATUS_OK;
	case FRAME_TOO_LONG:
		return error_as(
		    STATUS_FAILED, "standard input: message %llu is longer than %d bytes",
		    (unsigned long long)publisher->end + 1, ENGINE_MESSAGE_MAX);
	case FRAME_BROKEN: return report_input(publisher, frame.bytes);
	case FRAME_FAILED: break;
	}
	return error_errno("standard input");
}

/* As far as the window has room. If the input cannot be read, those before are sent. */
static void take_messages(struct publisher *publisher)
{
	bool taken = true;
	while (taken && has_room(publisher) && !publisher->at_end) {
		publisher->input = take_message(publisher, &taken);
		if (publisher->input != STATUS_OK)
			publisher->at_end = true;
	}
}

static enum status read_some_input(struct publisher *publisher)
{
	size_t room;
	frame_reader_space(&publisher->reader, &room);
	if (room == 0 && !frame_reader_grow(&publisher->reader))
		return error_errno("a buffer for messages");
	char *space = frame_reader_space(&publisher->reader, &room);
	ssize_t length = read(STDIN_FILENO, space, room);
	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? STATUS_OK
		                                         : error_errno("standard input");
	frame_reader_added(&publisher->reader, (size_t)length);
	return STATUS_OK;
}

static void read_input(struct publisher *publisher)
{
	publisher->input = read_some_input(publisher);
	if (publisher->input != STATUS_OK)
		publisher->at_end = true;
}

/* ------------------------------------------------------- sending and answering */

static void send_messages(struct publisher *publisher)
{
	struct engine_session *session = publisher->session;
	for (; publisher->next < publisher->end; publisher->next++) {
		struct kept_message *kept = message_at(publisher, publisher->next);
		if (kept->state != MESSAGE_UNSENT)
			continue; /* it has its result from an earlier time */
		if (!session->engine->publish(session, publisher->next, &kept->message))
			return;
		kept->state = MESSAGE_SENT;
		publisher->sent++;
	}
}

/* Those without a result are unsent, and all are sent in their order again. */
static void send_again(struct publisher *publisher)
{
	for (uint64_t number = publisher->first; number < publisher->next; number++) {
		struct kept_message *kept = message_at(publisher, number);
		if (kept->state == MESSAGE_SENT)
			kept->state = MESSAGE_UNSENT;
	}
	publisher->next = publisher->first;
	publisher->sent = 0;
	publisher->must_resend = false;
}

/*
 * A message that the engine has not taken for now is sent again when all that were sent
 * after it have their result, and a pause has passed, longer each time.
 */
static void send_later(struct publisher *publisher)
{
	const int64_t longest = 5000 * millisecond, shortest = 100 * millisecond;
	if (publisher->must_resend)
		return;
	publisher->pause *= 2;
	if (publisher->pause < shortest)
		publisher->pause = shortest;
	if (publisher->pause > longest)
		publisher->pause = longest;
	publisher->must_resend = true;
	publisher->resume = deadline_in(publisher->pause);
}

static enum status take_results(struct publisher *publisher)
{
	struct engine_session *session = publisher->session;
	struct engine_result result;
	while (session->engine->result(session, &result)) {
		if (result.outcome == ENGINE_FAILED)
			return STATUS_FAILED;
		if (result.number < publisher->first || result.number >= publisher->end)
			continue;
		struct kept_message *kept = message_at(publisher, result.number);
		if (kept->state == MESSAGE_SENT)
			publisher->sent--;
		else if (result.outcome == ENGINE_LATER)
			continue;
		if (result.outcome == ENGINE_LATER) {
			kept->state = MESSAGE_UNSENT;
			send_later(publisher);
			continue;
		}
		kept->state =
		    result.outcome == ENGINE_STORED ? MESSAGE_STORED : MESSAGE_REFUSED;
		publisher->pause = 0;
	}
	return STATUS_OK;
}

/* The lines of all that have their result, as far as those before them have theirs. */
static enum status answer(struct publisher *publisher)
{
	char lines[512];
	size_t length = 0, written = 0;
	while (publisher->first < publisher->end &&
	       message_at(publisher, publisher->first)->state >= MESSAGE_STORED) {
		bool stored =
		    message_at(publisher, publisher->first)->state == MESSAGE_STORED;
		lines[length++] = stored ? '0' : '1';
		lines[length++] = '\n';
		publisher->first++;
		if (publisher->next < publisher->first)
			publisher->next = publisher->first;
		if (length == sizeof lines || publisher->first == publisher->end ||
		    message_at(publisher, publisher->first)->state < MESSAGE_STORED) {
			if (output_try_write(&publisher->output, lines, length,
			                     &written) < 0)
				return output_error();
			length = 0;
		}
	}
	return STATUS_OK;
}

/* ------------------------------------------------------------------ the loop */

/* The first signal: nothing more is read. The second one: no waiting any more. */
static bool heed_signal(struct publisher *publisher)
{
	int signal = termsig_pending();
	if (signal == 0)
		return true;
	bool is_first = publisher->signal == 0;
	publisher->signal = signal;
	publisher->at_end = true;
	publisher->last = deadline_in(5000 * millisecond);
	return termsig_take(signal) && is_first;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Wait for something to do: *readable if that is input. False: it failed, with errno. */
static bool wait_for_event(struct publisher *publisher, bool *readable)
{
	enum { INPUT, ENGINE, READER, ENDS };
	struct engine_session *session = publisher->session;
	bool reads = has_room(publisher) && !publisher->at_end;
	int64_t most;
	struct pollfd fds[ENDS] = {
	    [INPUT] = {.fd = reads ? STDIN_FILENO : -1, .events = POLLIN},
	    [READER] = {.fd = publisher->output.reader}};
	session->engine->fd(session, &fds[ENGINE], &most);
	if (publisher->must_resend && publisher->sent == 0)
		most = least(most, deadline_left(&publisher->resume));
	if (publisher->signal != 0)
		most = least(most, deadline_left(&publisher->last));
	struct deadline deadline = most == INT64_MAX ? DEADLINE_NEVER : deadline_in(most);
	int ready = deadline_poll(&deadline, fds, ENDS);
	*readable = ready > 0 && fds[INPUT].revents != 0;
	if (ready > 0 && (fds[READER].revents & POLLERR) != 0) {
		errno = EPIPE;
		return false;
	}
	return ready >= 0 || errno == ETIMEDOUT || errno == EINTR || errno == EAGAIN;
}

static enum status publish_step(struct publisher *publisher)
{
	struct engine_session *session = publisher->session;
	enum status status = session->engine->step(session);
	if (status == STATUS_OK)
		status = take_results(publisher);
	enum status answered = answer(publisher);
	if (status != STATUS_OK || answered != STATUS_OK)
		return status_first_failure(status, answered);
	if (session->connections != publisher->connections) {
		publisher->connections = session->connections;
		send_again(publisher);
	}
	if (publisher->must_resend && publisher->sent == 0 &&
	    deadline_left(&publisher->resume) == 0)
		send_again(publisher);
	take_messages(publisher);
	if (!publisher->must_resend)
		send_messages(publisher);
	return STATUS_OK;
}

/* Is all done, or the time after a termination signal over? */
static bool is_over(const struct publisher *publisher)
{
	return (publisher->at_end && publisher->first == publisher->end) ||
	       (publisher->signal != 0 && deadline_left(&publisher->last) == 0);
}

static enum status publish_loop(struct publisher *publisher)
{
	bool readable = false;
	for (;;) {
		enum status status = publish_step(publisher);
		if (status != STATUS_OK || is_over(publisher))
			return status_first_failure(status, publisher->input);
		if (!wait_for_event(publisher, &readable))
			return errno == EPIPE ? output_error() : error_errno("poll");
		if (readable)
			read_input(publisher);
		if (!heed_signal(publisher))
			return STATUS_OK;
	}
}

static void free_ring(struct publisher *publisher)
{
	for (int64_t i = 0; publisher->ring != NULL && i < publisher->options->window;
	     i++)
		free(publisher->ring[i].bytes);
	free(publisher->ring);
}

enum status publish_run(struct engine_session *session,
                        const struct publish_options *options)
{
	struct termsig termsig;
	struct publisher publisher = {
	    .session = session, .options = options, .connections = session->connections};
	enum status status = output_begin(&publisher.output);
	if (status != STATUS_OK)
		return status;
	publisher.ring = calloc((size_t)options->window, sizeof *publisher.ring);
	if (publisher.ring == NULL ||
	    !frame_reader_begin_small(&publisher.reader, FRAMING_NETSTRING,
	                              ENGINE_MESSAGE_MAX)) {
		status =
		    error_errno("memory for %lld messages", (long long)options->window);
		free_ring(&publisher);
		return status;
	}
	termsig_begin(&termsig);
	status = publish_loop(&publisher);
	status = termsig_end(&termsig, status);
	frame_reader_free(&publisher.reader);
	free_ring(&publisher);
	if (publisher.signal != 0 && status < STATUS_SIGNAL)
		status = (enum status)(STATUS_SIGNAL + publisher.signal);
	return status;
}
