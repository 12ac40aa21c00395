/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"
#include "io/report.h"
#include "io/shell_variable.h"
#include "process/fdpass.h"
#include "socket/follow.h"
#include "socket/listen.h"
#include "socket/output.h"
#include "socket/receiver.h"

struct socket_output_state {
	const struct socket_output *options;
	struct socket_receiver receiver;
	struct socket_message message; /* the one to be written */
	struct frame_writer writer;
	struct output output;
	size_t writer_size; /* the longest message that the writer has room for */
	int64_t received;   /* and written */
};

/* --------------------------------------------------------------------- write */

/* {"socket":"/run/s","pid":123,"uid":0,"gid":0,"size":… */
static void write_json_head(struct record *record, const void *of)
{
	const struct socket_output_state *state = of;
	record_text(record, state->receiver.endpoint->address->text);
	if (!state->receiver.endpoint->is_local) {
		record_text(record, state->message.sender.address);
		return;
	}
	const struct ucred *sender = &state->message.sender.credentials;
	record_number(record, sender->pid);
	record_unsigned(record, sender->uid);
	record_unsigned(record, sender->gid);
}

static enum status reserve_writer(struct socket_output_state *state, size_t length)
{
	static const struct record_column columns[] = {
	    {"socket", 0}, {"pid", 0}, {"uid", 0}, {"gid", 0}, {"size", 0}, {NULL, 0}};
	static const struct record_column remote_columns[] = {
	    {"socket", 0}, {"peer", 0}, {"size", 0}, {NULL, 0}};
	enum { SIZE_MIN = 4096 };
	if (state->writer.buffer != NULL && length <= state->writer_size)
		return STATUS_OK;
	if (state->writer.buffer != NULL)
		frame_writer_end(&state->writer);
	state->writer_size = length > SIZE_MIN ? length : SIZE_MIN;
	if (!frame_writer_begin(&state->writer, state->options->framing, false, NULL,
	                        state->writer_size))
		return error_errno("%s: a message of %zu bytes is lost",
		                   state->receiver.endpoint->address->text, length);
	state->writer.columns =
	    state->receiver.endpoint->is_local ? columns : remote_columns;
	state->writer.write_head = write_json_head;
	state->writer.head_argument = state;
	return STATUS_OK;
}

/* Unlike a queue, a socket offers no way to put a message back. */
static enum status report_lost_message(const struct socket_output_state *state,
                                       size_t written)
{
	struct output_failure failure = output_failure();
	char partly[64] = "";
	if (written > 0)
		snprintf(partly, sizeof partly, " after a part of it (%zu bytes)",
		         written);
	return error_as(failure.status, "%s: %s%s; the message of %zu bytes is lost",
	                failure.name, failure.reason, partly, state->message.length);
}

static enum status write_framed_message(struct socket_output_state *state)
{
	const struct socket_message *message = &state->message;
	size_t written;
	enum status status = reserve_writer(state, message->length);
	if (status != STATUS_OK)
		return status;
	memcpy(state->writer.message, message->bytes, message->length);
	return frame_write(&state->writer, &state->output, message->length, 0, &written) <
	               0
	           ? report_lost_message(state, written)
	           : STATUS_OK;
}

static enum status add_to_variable(struct socket_output_state *state)
{
	return shell_variable_add(shell_variable_current(), state->message.bytes,
	                          state->message.length, 0) < 0
	           ? report_lost_message(state, 0)
	           : STATUS_OK;
}

static enum status write_message(struct socket_output_state *state)
{
	const struct socket_message *message = &state->message;
	enum status status = state->options->into != NULL ? add_to_variable(state)
	                                                  : write_framed_message(state);
	if (status != STATUS_OK)
		return status;
	state->received++;
	if (state->options->verbose) {
		char peer[SOCKET_PEER_TEXT];
		socket_format_peer(peer, &message->sender);
		report_info("Received %zu bytes from %s", message->length, peer);
	}
	return STATUS_OK;
}

/* ------------------------------------------------------------------- receive */

/* The status at the end of the only connection. */
static enum status check_connection_end(const struct socket_output_state *state)
{
	const struct socket_output *options = state->options;
	if (options->follow || (options->all && state->received > 0))
		return STATUS_OK;
	if (!options->all && state->received >= options->count)
		return STATUS_OK;
	return error_as(STATUS_WOULD_BLOCK,
	                "%s: the connection ended after %lld message%s",
	                state->receiver.endpoint->address->text,
	                (long long)state->received, state->received == 1 ? "" : "s");
}

/* A descriptor that was not asked for is closed, after what might fail or wait. */
static enum status write_received_message(struct socket_output_state *state)
{
	enum status status = write_message(state);
	if (state->message.fd >= 0)
		fdpass_close(state->message.fd);
	return status;
}

static enum status receive_messages(struct socket_output_state *state)
{
	const struct socket_output *options = state->options;
	bool endless = options->all || options->follow;
	struct deadline deadline = deadline_start(options->timeout);
	enum status status = STATUS_OK;
	while (status == STATUS_OK && (endless || state->received < options->count)) {
		struct error_prefix prefix;
		bool ended;
		if (endless)
			deadline = deadline_start(options->timeout);
		status = socket_receiver_next(
		    &state->receiver, &state->message, &ended, &deadline,
		    error_after(&prefix, (uint64_t)state->received, "received"));
		if (status == STATUS_OK && ended)
			return check_connection_end(state);
		if (status == STATUS_OK)
			status = write_received_message(state);
		if (status == STATUS_OK && endless)
			status = socket_check_signal();
	}
	return status;
}

static enum status write_followed_message(void *argument,
                                          const struct socket_message *message)
{
	struct socket_output_state *state = argument;
	state->message = *message;
	return write_message(state);
}

/* Several connections at once: see socket/follow.h. */
static enum status follow_messages(struct socket_output_state *state,
                                   struct socket_endpoint *endpoint)
{
	const struct socket_output *options = state->options;
	struct socket_follower follower = {.endpoint = endpoint,
	                                   .framing = state->receiver.framing,
	                                   .timeout = options->timeout,
	                                   .peercred = options->peercred,
	                                   .reader_of_output = state->output.reader,
	                                   .write = write_followed_message,
	                                   .argument = state};
	enum status status = socket_follow(&follower);
	return status_first_failure(status, socket_close(endpoint));
}

static enum status receive_in_turn(struct socket_output_state *state,
                                   struct socket_endpoint *endpoint, bool is_connected)
{
	const struct socket_output *options = state->options;
	state->receiver.peercred = options->peercred;
	state->receiver.one_connection = options->all;
	state->receiver.reader_of_output = state->output.reader;
	enum status status =
	    socket_receiver_begin(&state->receiver, endpoint, is_connected);
	if (status == STATUS_OK)
		status = receive_messages(state);
	return status_first_failure(status, socket_receiver_end(&state->receiver));
}

enum status socket_output_messages(const struct socket_output *options,
                                   struct socket_endpoint *endpoint, bool is_connected)
{
	struct socket_output_state state = {.options = options};
	enum status status = output_begin(&state.output);
	if (status != STATUS_OK) {
		socket_close(endpoint);
		return status;
	}
	state.receiver.framing =
	    options->framing == FRAMING_JSON ? FRAMING_LINES : options->framing;
	state.receiver.endpoint = endpoint;
	bool several = options->follow && !is_connected &&
	               endpoint->type != SOCKET_DGRAM &&
	               options->timeout.kind != TIMEOUT_ZERO;
	status = several ? follow_messages(&state, endpoint)
	                 : receive_in_turn(&state, endpoint, is_connected);
	if (state.writer.buffer != NULL)
		frame_writer_end(&state.writer);
	return status;
}

/* ----------------------------------------------------------------- datagrams */

/* *received is false if another process that shares the socket was faster. */
static enum status output_datagram(const struct socket_output *options,
                                   const struct socket_endpoint *endpoint, bool *received)
{
	struct fdpass_ancillary ancillary = {.fd = -1};
	ssize_t length = socket_next_length(endpoint->fd);
	enum status status = STATUS_OK;
	*received = false;
	if (length < 0)
		return socket_would_block(errno)
		           ? STATUS_OK
		           : error_errno("%s", endpoint->address->text);
	char *bytes = malloc((size_t)length + 1);
	/* as an error of malloc(3), EAGAIN is that of locked memory */
	if (bytes == NULL)
		return error_errno_as(STATUS_FAILED, "%s", endpoint->address->text);
	length =
	    fdpass_receive(endpoint->fd, bytes, (size_t)length, &ancillary, MSG_DONTWAIT);
	*received = length >= 0;
	if (length < 0 && !socket_would_block(errno))
		status = error_errno("%s", endpoint->address->text);
	if (options->peercred && ancillary.has_sender)
		socket_print_credentials(&ancillary.sender);
	if (length > 0)
		status = output_write(bytes, (size_t)length);
	if (ancillary.fd >= 0)
		fdpass_close(ancillary.fd);
	free(bytes);
	return status;
}

enum status socket_output_datagrams(const struct socket_output *options,
                                    const struct socket_endpoint *endpoint)
{
	struct output output;
	enum status status = output_begin(&output);
	struct deadline deadline = deadline_start(options->timeout);
	int64_t count = 0;
	while (status == STATUS_OK && (options->count == 0 || count < options->count)) {
		bool received;
		if (deadline_poll_fd(&deadline, endpoint->fd, POLLIN, output.reader) < 0)
			return errno == EPIPE ? STATUS_SIGPIPE
			                      : socket_report_wait_error(endpoint);
		status = output_datagram(options, endpoint, &received);
		if (!received)
			continue;
		count++;
		deadline = deadline_start(options->timeout);
		status = status_first_failure(status, socket_check_signal());
	}
	return status;
}
