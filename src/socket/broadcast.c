/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/error.h"
#include "process/fdpass.h"
#include "socket/broadcast.h"
#include "socket/internet.h"
#include "socket/listen.h"
#include "stream/frame.h"

enum { BROADCAST_DRAIN_SECONDS = 10, BROADCAST_HALF = BROADCAST_BYTES / 2 };

struct broadcast_reader {
	int fd; /* -1: closed, to be forgotten */
	struct socket_peer peer;
	uint64_t sent;        /* of the bytes that were ever put into the buffer */
	uint64_t sent_before; /* when the pause began */
	bool sends_no_more;   /* it has ended its writing side */
	bool end_sent;        /* by shutdown(2) */
};

enum { BROADCAST_INPUT, BROADCAST_LISTENER, BROADCAST_FIRST };

struct broadcast_state {
	const struct broadcast *broadcast;
	struct broadcast_reader readers[BROADCAST_READERS_MAX];
	struct pollfd polls[BROADCAST_FIRST + BROADCAST_READERS_MAX];
	int count;
	bool begun; /* all that had to be connected were */
	struct frame_reader input;
	struct frame held; /* a line for which there is no room, if has_held */
	bool has_held, input_ended;
	enum status result; /* of the input */
	bool paused;
	struct deadline pause_end; /* if paused, or for the end if input_ended */
	uint64_t head; /* how many bytes were ever put into the buffer, whole lines */
	struct socket_accept_failures failures;
	char bytes[BROADCAST_BYTES]; /* byte N is at N modulo the size */
};

/* ---------------------------------------------------------------- readers */

static void close_reader(const struct broadcast_state *state,
                         struct broadcast_reader *reader)
{
	socket_close_connection(state->broadcast->endpoint, reader->fd);
	reader->fd = -1;
}

__attribute__((format(printf, 3, 4))) static void
drop_reader(const struct broadcast_state *state, struct broadcast_reader *reader,
            const char *format, ...)
{
	char reason[128], peer[SOCKET_PEER_TEXT];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(reason, sizeof reason, format, arguments);
	va_end(arguments);
	socket_format_peer(peer, &reader->peer);
	error_as(STATUS_FAILED, "%s: connection from %s dropped: %s",
	         state->broadcast->endpoint->address->text, peer, reason);
	close_reader(state, reader);
}

/* The last one takes the place of each that is closed. */
static void forget_closed_readers(struct broadcast_state *state)
{
	for (int i = 0; i < state->count;)
		if (state->readers[i].fd < 0)
			state->readers[i] = state->readers[--state->count];
		else
			i++;
}

static enum status accept_reader(struct broadcast_state *state)
{
	const struct socket_endpoint *endpoint = state->broadcast->endpoint;
	struct socket_peer peer;
	int fd = socket_accept(endpoint, &DEADLINE_NOW, &peer);
	if (fd < 0 && errno == EAGAIN)
		return STATUS_OK;
	if (fd < 0 &&
	    !socket_accept_should_retry(endpoint, &state->failures, state->count > 0))
		return socket_report_accept_error(endpoint, &state->failures);
	if (fd < 0)
		return deadline_sleep(SOCKET_ACCEPT_PAUSE) < 0
		           ? error_errno("%s", endpoint->address->text)
		           : STATUS_OK;
	state->failures.count = 0;
	struct broadcast_reader *reader = &state->readers[state->count++];
	*reader = (struct broadcast_reader){
	    .fd = fd, .peer = peer, .sent = state->head, .sent_before = state->head};
	if (endpoint->is_local &&
	    socket_peer_credentials(fd, &reader->peer.credentials) < 0)
		drop_reader(state, reader, "%s", error_text(errno));
	else if (state->broadcast->peercred)
		socket_print_credentials(&reader->peer.credentials);
	return STATUS_OK;
}

/* ----------------------------------------------------------------- buffer */

static size_t waiting_bytes(const struct broadcast_state *state,
                            const struct broadcast_reader *reader)
{
	return (size_t)(state->head - reader->sent);
}

static size_t free_bytes(const struct broadcast_state *state)
{
	size_t most = 0;
	for (int i = 0; i < state->count; i++) {
		size_t waiting = waiting_bytes(state, &state->readers[i]);
		if (state->readers[i].fd >= 0 && waiting > most)
			most = waiting;
	}
	return BROADCAST_BYTES - most;
}

static void put_bytes(struct broadcast_state *state, const char *bytes, size_t length)
{
	size_t at = (size_t)(state->head % BROADCAST_BYTES);
	size_t first = BROADCAST_BYTES - at < length ? BROADCAST_BYTES - at : length;
	memcpy(state->bytes + at, bytes, first);
	memcpy(state->bytes, bytes + first, length - first);
	state->head += length;
}

/* The bytes [from, from + length) as one or two parts: their number. */
static int buffer_parts(struct broadcast_state *state, uint64_t from, size_t length,
                        struct iovec parts[2])
{
	size_t at = (size_t)(from % BROADCAST_BYTES);
	size_t first = BROADCAST_BYTES - at < length ? BROADCAST_BYTES - at : length;
	parts[0] = (struct iovec){.iov_base = state->bytes + at, .iov_len = first};
	parts[1] = (struct iovec){.iov_base = state->bytes, .iov_len = length - first};
	return first < length ? 2 : 1;
}

/* Of the next line, without its newline. */
static size_t next_line_length(struct broadcast_state *state,
                               const struct broadcast_reader *reader)
{
	struct iovec parts[2];
	size_t before = 0;
	int count =
	    buffer_parts(state, reader->sent, waiting_bytes(state, reader), parts);
	for (int i = 0; i < count; i++) {
		const char *part = parts[i].iov_base;
		const char *end = memchr(part, '\n', parts[i].iov_len);
		if (end != NULL)
			return before + (size_t)(end - part);
		before += parts[i].iov_len;
	}
	return before;
}

/*
 * Also those that its system has not acknowledged, at the end: a connection that is
 * closed with data of the reader that was not read is reset, and they would be lost.
 */
static size_t undelivered_bytes(const struct broadcast_state *state,
                                const struct broadcast_reader *reader)
{
	size_t waiting = waiting_bytes(state, reader);
	return state->input_ended && !state->broadcast->endpoint->is_local
	           ? waiting + socket_internet_unacknowledged(reader->fd)
	           : waiting;
}

/* ------------------------------------------------------------ to a reader */

/* True if more may be sent at once. */
static bool send_to_reader(struct broadcast_state *state, struct broadcast_reader *reader)
{
	bool is_stream = state->broadcast->endpoint->type == SOCKET_STREAM;
	size_t length =
	    is_stream ? waiting_bytes(state, reader) : next_line_length(state, reader);
	struct iovec parts[2];
	int count = buffer_parts(state, reader->sent, length, parts);
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
	ssize_t sent = sendmsg(reader->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0) {
		reader->sent += (uint64_t)sent + !is_stream;
		return waiting_bytes(state, reader) > 0;
	}
	if (errno == EMSGSIZE)
		drop_reader(state, reader, "a line of %zu bytes is too long for it",
		            length);
	else if (errno == EPIPE || errno == ECONNRESET)
		close_reader(state, reader);
	else if (!socket_would_block(errno))
		drop_reader(state, reader, "%s", error_text(errno));
	return false;
}

static void serve_reader(struct broadcast_state *state, struct broadcast_reader *reader)
{
	enum { MESSAGES = 64 }; /* at once, then it is the others' turn */
	for (int i = 0; i < MESSAGES && send_to_reader(state, reader); i++)
		continue;
}

/* Its data is ignored; a descriptor that comes with it is closed. */
static void drain_reader(const struct broadcast_state *state,
                         struct broadcast_reader *reader)
{
	struct fdpass_ancillary ancillary = {.fd = -1};
	char bytes[4096];
	ssize_t length =
	    fdpass_receive(reader->fd, bytes, sizeof bytes, &ancillary, MSG_DONTWAIT);
	if (ancillary.fd >= 0)
		fdpass_close(ancillary.fd);
	if (length == 0)
		reader->sends_no_more = true;
	else if (length < 0 && errno == ECONNRESET)
		close_reader(state, reader);
	else if (length < 0 && !socket_would_block(errno))
		drop_reader(state, reader, "%s", error_text(errno));
}

static void handle_reader(struct broadcast_state *state, struct broadcast_reader *reader,
                          short events)
{
	if (events & POLLIN)
		drain_reader(state, reader);
	if (reader->fd >= 0 && events & (POLLHUP | POLLERR))
		close_reader(state, reader);
	if (reader->fd >= 0 && events & POLLOUT && waiting_bytes(state, reader) > 0)
		serve_reader(state, reader);
}

/* ------------------------------------------------------------------ input */

/* The lines that were read before are still sent. */
static enum status end_input(struct broadcast_state *state, enum status result)
{
	state->result = result;
	state->input_ended = true;
	state->pause_end = deadline_in(BROADCAST_DRAIN_SECONDS * INT64_C(1000000000));
	return STATUS_OK;
}

static enum status report_line_error(const struct broadcast_state *state,
                                     enum frame_result result)
{
	const char *name = state->broadcast->endpoint->address->text;
	if (result != FRAME_TOO_LONG)
		return error_errno("%s: standard input", name);
	return error_as(STATUS_FAILED, "%s: a line is longer than %d bytes", name,
	                BROADCAST_LINE_MAX);
}

static void begin_pause(struct broadcast_state *state)
{
	state->paused = true;
	state->pause_end = deadline_in(BROADCAST_PAUSE);
	for (int i = 0; i < state->count; i++)
		state->readers[i].sent_before = state->readers[i].sent;
}

/* Put the lines that were read into the buffer, as far as there is room. */
static enum status put_lines(struct broadcast_state *state)
{
	if (state->paused && free_bytes(state) >= BROADCAST_HALF)
		state->paused = false;
	while (!state->input_ended && !state->paused) {
		enum frame_result result =
		    state->has_held ? FRAME_MESSAGE
		                    : frame_next_held(&state->input, &state->held);
		if (result == FRAME_MORE)
			return STATUS_OK;
		if (result == FRAME_END)
			return end_input(state, STATUS_OK);
		if (result != FRAME_MESSAGE)
			return end_input(state, report_line_error(state, result));
		state->has_held = free_bytes(state) <= state->held.length;
		if (state->has_held) {
			begin_pause(state);
			return STATUS_OK;
		}
		put_bytes(state, state->held.bytes, state->held.length);
		put_bytes(state, "\n", 1);
	}
	return STATUS_OK;
}

static enum status read_lines(struct broadcast_state *state)
{
	size_t room;
	frame_reader_space(&state->input, &room);
	if (room == 0 && !frame_reader_grow(&state->input))
		return error_errno("%s", state->broadcast->endpoint->address->text);
	char *space = frame_reader_space(&state->input, &room);
	ssize_t length = read(STDIN_FILENO, space, room);
	if (length < 0)
		return socket_would_block(errno) ? STATUS_OK
		                                 : error_errno("standard input");
	frame_reader_added(&state->input, (size_t)length);
	return STATUS_OK;
}

/* ------------------------------------------------------------------- loop */

/* At the end, all that have not received everything. */
static bool is_too_slow(const struct broadcast_state *state,
                        const struct broadcast_reader *reader)
{
	size_t waiting = waiting_bytes(state, reader);
	if (state->input_ended)
		return undelivered_bytes(state, reader) > 0;
	return waiting > BROADCAST_HALF &&
	       reader->sent - reader->sent_before < BROADCAST_PAUSE_BYTES;
}

static void drop_slow_readers(struct broadcast_state *state)
{
	for (int i = 0; i < state->count; i++) {
		struct broadcast_reader *reader = &state->readers[i];
		if (reader->fd >= 0 && is_too_slow(state, reader))
			drop_reader(state, reader, "it does not read: %zu bytes wait",
			            undelivered_bytes(state, reader));
	}
	forget_closed_readers(state);
	if (!state->input_ended)
		begin_pause(state);
}

static void prepare_broadcast_polls(struct broadcast_state *state)
{
	bool may_read = state->begun && !state->input_ended && !state->paused;
	bool may_accept = !state->input_ended && state->count < BROADCAST_READERS_MAX;
	state->polls[BROADCAST_INPUT] =
	    (struct pollfd){.fd = may_read ? STDIN_FILENO : -1, .events = POLLIN};
	state->polls[BROADCAST_LISTENER] = (struct pollfd){
	    .fd = may_accept ? state->broadcast->endpoint->fd : -1, .events = POLLIN};
	for (int i = 0; i < state->count; i++) {
		const struct broadcast_reader *reader = &state->readers[i];
		int events = (reader->sends_no_more ? 0 : POLLIN) |
		             (waiting_bytes(state, reader) > 0 ? POLLOUT : 0);
		state->polls[BROADCAST_FIRST + i] =
		    (struct pollfd){.fd = reader->fd, .events = (short)events};
	}
}

static enum status handle_broadcast_timeout(struct broadcast_state *state)
{
	if (!state->begun)
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: %d of %lld readers are connected",
		                state->broadcast->endpoint->address->text, state->count,
		                (long long)state->broadcast->readers);
	drop_slow_readers(state);
	return put_lines(state);
}

/* Once all is sent, each pause; an acknowledgement is no event for poll(2). */
static struct deadline next_broadcast_wait(const struct broadcast_state *state,
                                           const struct deadline *deadline)
{
	enum { ACKNOWLEDGEMENT_PAUSE = 2000000 }; /* nanoseconds */
	bool is_waiting = state->input_ended && !state->broadcast->endpoint->is_local;
	return is_waiting && deadline_left(deadline) > ACKNOWLEDGEMENT_PAUSE
	           ? deadline_in(ACKNOWLEDGEMENT_PAUSE)
	           : *deadline;
}

static enum status broadcast_step(struct broadcast_state *state,
                                  const struct deadline *begin)
{
	bool has_end = state->paused || state->input_ended;
	const struct deadline *deadline = !state->begun ? begin
	                                  : has_end     ? &state->pause_end
	                                                : &DEADLINE_NEVER;
	prepare_broadcast_polls(state);
	int count = state->count;
	/* readers that are always ready do not extend the time of the others */
	struct deadline wait = next_broadcast_wait(state, deadline);
	int ready =
	    deadline_left(deadline) == 0
	        ? 0
	        : deadline_poll(&wait, state->polls, BROADCAST_FIRST + (nfds_t)count);
	if (ready < 0 && errno != ETIMEDOUT)
		return error_errno("%s", state->broadcast->endpoint->address->text);
	if (ready <= 0 && deadline_left(deadline) > 0)
		return STATUS_OK;
	if (ready <= 0)
		return handle_broadcast_timeout(state);
	enum status status = STATUS_OK;
	for (int i = 0; i < count; i++)
		handle_reader(state, &state->readers[i],
		              state->polls[BROADCAST_FIRST + i].revents);
	forget_closed_readers(state);
	/* before the input: a reader gets the lines that are read after it came */
	if (state->polls[BROADCAST_LISTENER].revents != 0)
		status = accept_reader(state);
	forget_closed_readers(state);
	state->begun |= state->count >= state->broadcast->readers;
	if (status == STATUS_OK && state->polls[BROADCAST_INPUT].revents != 0)
		status = read_lines(state);
	return status == STATUS_OK ? put_lines(state) : status;
}

/* Each reader of another system sees the end as soon as it has everything. */
static bool is_broadcast_over(struct broadcast_state *state)
{
	bool is_over = state->input_ended;
	for (int i = 0; state->input_ended && i < state->count; i++) {
		struct broadcast_reader *reader = &state->readers[i];
		if (!reader->end_sent && !state->broadcast->endpoint->is_local &&
		    waiting_bytes(state, reader) == 0) {
			shutdown(reader->fd, SHUT_WR);
			reader->end_sent = true;
		}
		is_over = is_over && undelivered_bytes(state, reader) == 0;
	}
	return is_over;
}

enum status broadcast_run(const struct broadcast *broadcast)
{
	struct deadline begin = deadline_start(broadcast->timeout);
	struct broadcast_state *state = calloc(1, sizeof *state);
	enum status status = STATUS_OK;
	if (state == NULL ||
	    !frame_reader_begin_small(&state->input, FRAMING_LINES, BROADCAST_LINE_MAX)) {
		status = error_errno("%s", broadcast->endpoint->address->text);
		free(state);
		return status;
	}
	state->broadcast = broadcast;
	state->begun = broadcast->readers == 0;
	while (status == STATUS_OK && !is_broadcast_over(state)) {
		status = broadcast_step(state, &begin);
		status = status_first_failure(status, socket_check_signal());
	}
	status = status_first_failure(status, state->result);
	for (int i = 0; i < state->count; i++)
		close_reader(state, &state->readers[i]);
	frame_reader_free(&state->input);
	free(state);
	return status;
}
