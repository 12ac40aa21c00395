/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/deadline.h"
#include "io/error.h"
#include "process/fdpass.h"
#include "socket/follow.h"
#include "socket/listen.h"

struct follow_connection {
	int fd;
	struct socket_peer peer;
	struct deadline deadline;   /* of its next message */
	struct frame_reader reader; /* of a stream */
};

enum { FOLLOW_LISTENER, FOLLOW_OUTPUT, FOLLOW_FIRST };

struct follow_state {
	const struct socket_follower *follower;
	struct follow_connection connections[SOCKET_FOLLOW_CONNECTIONS];
	struct pollfd polls[FOLLOW_FIRST + SOCKET_FOLLOW_CONNECTIONS];
	int count;
	size_t bytes; /* of all buffers */
	/* the one that may exceed the limit; NULL: none */
	const struct follow_connection *largest;
	struct socket_accept_failures failures;
	char *packet; /* of seqpackets */
	size_t packet_size;
};

static bool follows_stream(const struct follow_state *state)
{
	return state->follower->endpoint->type == SOCKET_STREAM;
}

/* -------------------------------------------------------------- connections */

static void close_followed(struct follow_state *state,
                           struct follow_connection *connection)
{
	if (follows_stream(state)) {
		state->bytes -= connection->reader.size;
		frame_reader_free(&connection->reader);
	}
	if (state->largest == connection)
		state->largest = NULL;
	socket_close_connection(state->follower->endpoint, connection->fd);
	connection->fd = -1;
}

/* The last one takes the place of each that is closed. */
static void forget_closed(struct follow_state *state)
{
	for (int i = 0; i < state->count;) {
		struct follow_connection *last = &state->connections[state->count - 1];
		if (state->connections[i].fd >= 0) {
			i++;
			continue;
		}
		if (state->largest == last)
			state->largest = &state->connections[i];
		state->connections[i] = *last;
		state->count--;
	}
}

__attribute__((format(printf, 3, 4))) static void
drop_followed(struct follow_state *state, struct follow_connection *connection,
              const char *format, ...)
{
	char reason[256], peer[SOCKET_PEER_TEXT];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(reason, sizeof reason, format, arguments);
	va_end(arguments);
	socket_format_peer(peer, &connection->peer);
	error_as(STATUS_FAILED, "%s: connection from %s dropped: %s",
	         state->follower->endpoint->address->text, peer, reason);
	close_followed(state, connection);
}

static void begin_followed(struct follow_state *state, int fd,
                           const struct socket_peer *peer)
{
	const struct socket_follower *follower = state->follower;
	struct follow_connection *connection = &state->connections[state->count++];
	*connection = (struct follow_connection){
	    .fd = fd, .peer = *peer, .deadline = deadline_start(follower->timeout)};
	bool begun = !follower->endpoint->is_local ||
	             socket_peer_credentials(fd, &connection->peer.credentials) == 0;
	if (begun && follows_stream(state)) {
		begun = frame_reader_begin_small(&connection->reader, follower->framing,
		                                 SOCKET_STREAM_MESSAGE_MAX);
		state->bytes += connection->reader.size;
	} else if (begun) {
		begun = socket_enable_passcred(fd) == 0;
	}
	if (!begun)
		drop_followed(state, connection, "%s", error_text(errno));
	else if (follower->peercred)
		socket_print_credentials(&connection->peer.credentials);
}

static enum status accept_followed(struct follow_state *state)
{
	const struct socket_endpoint *endpoint = state->follower->endpoint;
	struct socket_peer peer;
	int fd = socket_accept(endpoint, &DEADLINE_NOW, &peer);
	if (fd >= 0) {
		state->failures.count = 0;
		begin_followed(state, fd, &peer);
		return STATUS_OK;
	}
	if (errno == EAGAIN)
		return STATUS_OK;
	if (!socket_accept_should_retry(endpoint, &state->failures, state->count > 0))
		return socket_report_accept_error(endpoint, &state->failures);
	return deadline_sleep(SOCKET_ACCEPT_PAUSE) < 0
	           ? error_errno("%s", endpoint->address->text)
	           : STATUS_OK;
}

/* ----------------------------------------------------------------- messages */

static enum status deliver_followed(const struct follow_state *state,
                                    struct follow_connection *connection,
                                    const struct socket_message *message)
{
	const struct socket_follower *follower = state->follower;
	enum status status = follower->write(follower->argument, message);
	connection->deadline = deadline_start(follower->timeout);
	return status;
}

static enum status deliver_frames(struct follow_state *state,
                                  struct follow_connection *connection)
{
	enum status status = STATUS_OK;
	struct frame frame;
	while (status == STATUS_OK) {
		switch (frame_next_held(&connection->reader, &frame)) {
		case FRAME_MESSAGE:
			status = deliver_followed(
			    state, connection,
			    &(struct socket_message){.bytes = frame.bytes,
			                             .length = frame.length,
			                             .fd = -1,
			                             .sender = connection->peer});
			continue;
		case FRAME_TOO_LONG:
			drop_followed(state, connection,
			              "message of %s%zu bytes is longer than %d bytes "
			              "(the maximum on a stream)",
			              frame.truncated ? "at least " : "", frame.length,
			              SOCKET_STREAM_MESSAGE_MAX);
			return STATUS_OK;
		case FRAME_BROKEN:
			drop_followed(state, connection, "message %s", frame.bytes);
			return STATUS_OK;
		case FRAME_FAILED:
		case FRAME_END: close_followed(state, connection); return STATUS_OK;
		case FRAME_MORE: return STATUS_OK;
		}
	}
	return status;
}

/* May the buffer of the connection, which is full, grow? */
static bool may_grow(struct follow_state *state,
                     const struct follow_connection *connection)
{
	size_t more = frame_reader_larger(&connection->reader) - connection->reader.size;
	if (state->bytes + more <= SOCKET_FOLLOW_BYTES)
		return true;
	if (state->largest == NULL)
		state->largest = connection;
	return state->largest == connection;
}

/* Give memory back when no part of a message is held. */
static void shrink_followed(struct follow_state *state,
                            struct follow_connection *connection)
{
	size_t before = connection->reader.size;
	if (!frame_reader_shrink(&connection->reader))
		return;
	state->bytes -= before - connection->reader.size;
	if (state->largest == connection)
		state->largest = NULL;
}

static enum status receive_stream(struct follow_state *state,
                                  struct follow_connection *connection)
{
	struct fdpass_ancillary ancillary;
	size_t room, before = connection->reader.size;
	frame_reader_space(&connection->reader, &room);
	if (room == 0 && !frame_reader_grow(&connection->reader)) {
		drop_followed(state, connection, "%s", error_text(errno));
		return STATUS_OK;
	}
	state->bytes += connection->reader.size - before;
	char *space = frame_reader_space(&connection->reader, &room);
	ssize_t length =
	    fdpass_receive(connection->fd, space, room, &ancillary, MSG_DONTWAIT);
	if (length < 0) {
		if (!socket_would_block(errno))
			drop_followed(state, connection, "%s", error_text(errno));
		return STATUS_OK;
	}
	frame_reader_added(&connection->reader, (size_t)length);
	enum status status = deliver_frames(state, connection);
	if (connection->fd >= 0)
		shrink_followed(state, connection);
	if (ancillary.fd >= 0)
		fdpass_close(ancillary.fd);
	return status;
}

static enum status receive_packet(struct follow_state *state,
                                  struct follow_connection *connection)
{
	struct fdpass_ancillary ancillary = {.fd = -1};
	ssize_t length = socket_next_length(connection->fd);
	if (length >= 0)
		length = socket_reserve_packet(&state->packet, &state->packet_size,
		                               (size_t)length)
		             ? fdpass_receive(connection->fd, state->packet,
		                              (size_t)length, &ancillary, MSG_DONTWAIT)
		             : -1;
	if (length < 0) {
		if (!socket_would_block(errno))
			drop_followed(state, connection, "%s", error_text(errno));
		return STATUS_OK;
	}
	/* an empty message has a sender, the end of a connection has none */
	if (length == 0 && !ancillary.has_sender) {
		close_followed(state, connection);
		return STATUS_OK;
	}
	struct socket_message message = {.bytes = state->packet,
	                                 .length = (size_t)length,
	                                 .fd = -1,
	                                 .sender = connection->peer};
	if (ancillary.has_sender)
		message.sender.credentials = ancillary.sender;
	enum status status = deliver_followed(state, connection, &message);
	if (ancillary.fd >= 0)
		fdpass_close(ancillary.fd);
	return status;
}

/* --------------------------------------------------------------------- wait */

/* A full buffer that may not grow is not read now, and that is not the sender's fault. */
static bool may_read_followed(struct follow_state *state,
                              struct follow_connection *connection)
{
	size_t room;
	if (!follows_stream(state))
		return true;
	frame_reader_space(&connection->reader, &room);
	if (room > 0 || may_grow(state, connection))
		return true;
	connection->deadline = deadline_start(state->follower->timeout);
	return false;
}

/* The earliest deadline of the connections; all have the same kind. */
static struct deadline prepare_polls(struct follow_state *state)
{
	const struct socket_follower *follower = state->follower;
	struct deadline first = DEADLINE_NEVER;
	bool may_accept = state->count < SOCKET_FOLLOW_CONNECTIONS;
	state->polls[FOLLOW_LISTENER] = (struct pollfd){
	    .fd = may_accept ? follower->endpoint->fd : -1, .events = POLLIN};
	state->polls[FOLLOW_OUTPUT] = (struct pollfd){.fd = follower->reader_of_output};
	for (int i = 0; i < state->count; i++) {
		struct follow_connection *connection = &state->connections[i];
		bool may_read = may_read_followed(state, connection);
		state->polls[FOLLOW_FIRST + i] = (struct pollfd){
		    .fd = may_read ? connection->fd : -1, .events = POLLIN};
		if (i == 0 ||
		    deadline_left(&connection->deadline) < deadline_left(&first))
			first = connection->deadline;
	}
	return first;
}

static void drop_silent(struct follow_state *state)
{
	if (state->follower->timeout.kind == TIMEOUT_NONE)
		return;
	for (int i = 0; i < state->count; i++) {
		struct follow_connection *connection = &state->connections[i];
		if (connection->fd >= 0 && deadline_left(&connection->deadline) == 0)
			drop_followed(state, connection, "timed out: no message");
	}
}

static enum status follow_step(struct follow_state *state)
{
	struct deadline first = prepare_polls(state);
	int ready =
	    deadline_poll(&first, state->polls, FOLLOW_FIRST + (nfds_t)state->count);
	if (ready < 0 && errno != ETIMEDOUT)
		return error_errno("%s", state->follower->endpoint->address->text);
	enum status status = STATUS_OK;
	if (ready > 0 && state->polls[FOLLOW_OUTPUT].revents != 0)
		return STATUS_SIGPIPE;
	for (int i = 0; ready > 0 && status == STATUS_OK && i < state->count; i++)
		if (state->polls[FOLLOW_FIRST + i].revents != 0)
			status = follows_stream(state)
			             ? receive_stream(state, &state->connections[i])
			             : receive_packet(state, &state->connections[i]);
	drop_silent(state);
	forget_closed(state);
	if (status == STATUS_OK && ready > 0 &&
	    state->polls[FOLLOW_LISTENER].revents != 0)
		status = accept_followed(state);
	forget_closed(state);
	return status;
}

enum status socket_follow(const struct socket_follower *follower)
{
	struct follow_state *state = calloc(1, sizeof *state);
	if (state == NULL)
		return error_errno("%s", follower->endpoint->address->text);
	state->follower = follower;
	enum status status = STATUS_OK;
	while (status == STATUS_OK) {
		status = follow_step(state);
		status = status_first_failure(status, socket_check_signal());
	}
	for (int i = 0; i < state->count; i++)
		if (state->connections[i].fd >= 0)
			close_followed(state, &state->connections[i]);
	free(state->packet);
	free(state);
	return status;
}
