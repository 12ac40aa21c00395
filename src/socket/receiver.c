/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/deadline.h"
#include "io/error.h"
#include "process/fdpass.h"
#include "socket/listen.h"
#include "socket/receiver.h"
#include "socket/resolve.h"

/* RECEIVE_FAILED: with errno; RECEIVE_REPORTED: reported already. */
enum receive_result { RECEIVED_MESSAGE, RECEIVED_END, RECEIVE_FAILED, RECEIVE_REPORTED };

static enum status report_receive_error(const struct socket_receiver *receiver,
                                        const char *before)
{
	const char *name = receiver->endpoint->address->text;
	switch (errno) {
	case EPIPE: return STATUS_SIGPIPE;
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK, "%s: %sno message", name, before);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT, "%s: %stimed out: no message", name,
		                before);
	default: return socket_error(name, before);
	}
}

/* -------------------------------------------------------------- connections */

static bool is_framed_stream(const struct socket_receiver *receiver)
{
	return receiver->endpoint->type == SOCKET_STREAM && !receiver->receives_fd;
}

/* receiver->peer is known. */
static enum status begin_connection(struct socket_receiver *receiver, int fd)
{
	const char *name = receiver->endpoint->address->text;
	enum socket_type type = receiver->endpoint->type;
	receiver->connection = fd;
	if (type != SOCKET_STREAM && socket_enable_passcred(fd) < 0)
		return error_errno("%s", name);
	if (receiver->peercred && type != SOCKET_DGRAM)
		socket_print_credentials(&receiver->peer.credentials);
	if (!is_framed_stream(receiver))
		return STATUS_OK;
	if (!frame_reader_begin(&receiver->reader, receiver->framing, false,
	                        SOCKET_STREAM_MESSAGE_MAX))
		return error_errno("%s: a buffer for messages", name);
	return STATUS_OK;
}

static void end_connection(struct socket_receiver *receiver)
{
	if (receiver->connection < 0)
		return;
	if (receiver->reader.buffer != NULL)
		frame_reader_free(&receiver->reader);
	if (receiver->connection != receiver->endpoint->fd)
		socket_close_connection(receiver->endpoint, receiver->connection);
	receiver->connection = -1;
}

enum status socket_receiver_begin(struct socket_receiver *receiver,
                                  struct socket_endpoint *endpoint, bool is_connected)
{
	receiver->endpoint = endpoint;
	receiver->connection = -1;
	receiver->reader = (struct frame_reader){.buffer = NULL};
	receiver->buffer = NULL;
	receiver->size = 0;
	if (!is_connected && endpoint->type != SOCKET_DGRAM)
		return STATUS_OK;
	receiver->one_connection = receiver->one_connection || is_connected;
	if (endpoint->type != SOCKET_DGRAM &&
	    socket_peer(endpoint, endpoint->fd, &receiver->peer) < 0)
		return error_errno("%s", endpoint->address->text);
	return begin_connection(receiver, endpoint->fd);
}

enum status socket_receiver_end(struct socket_receiver *receiver)
{
	end_connection(receiver);
	free(receiver->buffer);
	return socket_close(receiver->endpoint);
}

static enum status accept_next_connection(struct socket_receiver *receiver,
                                          const struct deadline *deadline,
                                          const char *before)
{
	int fd = -1;
	while (fd < 0) {
		if (deadline_poll_fd(deadline, receiver->endpoint->fd, POLLIN,
		                     receiver->reader_of_output) < 0)
			return report_receive_error(receiver, before);
		fd = socket_accept(receiver->endpoint, &DEADLINE_NOW, &receiver->peer);
		if (fd < 0 && errno != EAGAIN && !socket_accept_is_transient(errno))
			return report_receive_error(receiver, before);
	}
	receiver->connection = fd;
	if (receiver->endpoint->is_local &&
	    socket_peer_credentials(fd, &receiver->peer.credentials) < 0)
		return error_errno("%s", receiver->endpoint->address->text);
	return begin_connection(receiver, fd);
}

/* ----------------------------------------------------------------- messages */

/*
 * By recvmsg(2): read(2) would itself close a descriptor that was not asked for, and
 * wait. False with errno.
 */
static bool receive_stream_bytes(struct socket_receiver *receiver,
                                 const struct deadline *deadline)
{
	struct fdpass_ancillary ancillary = {.fd = -1};
	size_t room;
	char *space = frame_reader_space(&receiver->reader, &room);
	ssize_t length;
	do {
		if (deadline_poll_fd(deadline, receiver->connection, POLLIN,
		                     receiver->reader_of_output) < 0)
			return false;
		length = fdpass_receive(receiver->connection, space, room, &ancillary,
		                        MSG_DONTWAIT);
	} while (length < 0 && socket_would_block(errno));
	if (ancillary.fd >= 0)
		fdpass_close(ancillary.fd);
	if (length < 0)
		return false;
	frame_reader_added(&receiver->reader, (size_t)length);
	return true;
}

static enum receive_result next_stream_message(struct socket_receiver *receiver,
                                               struct socket_message *message,
                                               const struct deadline *deadline,
                                               const char *before)
{
	const char *name = receiver->endpoint->address->text;
	struct frame_reader *reader = &receiver->reader;
	struct frame frame;
	enum frame_result result;
	while ((result = frame_next_held(reader, &frame)) == FRAME_MORE)
		if (!receive_stream_bytes(receiver, deadline))
			return RECEIVE_FAILED;
	switch (result) {
	case FRAME_MESSAGE:
		*message = (struct socket_message){.bytes = frame.bytes,
		                                   .length = frame.length,
		                                   .fd = -1,
		                                   .sender = receiver->peer};
		return RECEIVED_MESSAGE;
	case FRAME_TOO_LONG:
		error_as(STATUS_FAILED,
		         "%s: %smessage of %s%zu bytes is longer than %d bytes (the "
		         "maximum on a stream)",
		         name, before, frame.truncated ? "at least " : "", frame.length,
		         SOCKET_STREAM_MESSAGE_MAX);
		return RECEIVE_REPORTED;
	case FRAME_BROKEN:
		error_as(STATUS_FAILED, "%s: %smessage %s", name, before, frame.bytes);
		return RECEIVE_REPORTED;
	case FRAME_END: return RECEIVED_END;
	case FRAME_MORE:
	case FRAME_FAILED: break;
	}
	return RECEIVE_FAILED;
}

static ssize_t next_packet_size(const struct socket_receiver *receiver)
{
	enum { STREAM_BLOCK = 4096 };
	return receiver->endpoint->type == SOCKET_STREAM
	           ? STREAM_BLOCK
	           : socket_next_length(receiver->connection);
}

/* The datagram of a socket that is not local, and who sent it. */
static ssize_t receive_from(const struct socket_receiver *receiver, size_t length,
                            struct sockaddr_storage *from,
                            struct fdpass_ancillary *ancillary)
{
	socklen_t size = sizeof *from;
	*ancillary = (struct fdpass_ancillary){.fd = -1};
	return recvfrom(receiver->connection, receiver->buffer, length, MSG_DONTWAIT,
	                (struct sockaddr *)from, &size);
}

static enum receive_result next_packet(struct socket_receiver *receiver,
                                       struct socket_message *message,
                                       const struct deadline *deadline)
{
	struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
	struct fdpass_ancillary ancillary;
	ssize_t length;
	do {
		if (deadline_poll_fd(deadline, receiver->connection, POLLIN,
		                     receiver->reader_of_output) < 0)
			return RECEIVE_FAILED;
		length = next_packet_size(receiver);
		if (length >= 0 &&
		    !socket_reserve_packet(&receiver->buffer, &receiver->size,
		                           (size_t)length))
			return RECEIVE_FAILED;
		if (length >= 0 && !receiver->endpoint->is_local &&
		    receiver->endpoint->type == SOCKET_DGRAM)
			length =
			    receive_from(receiver, (size_t)length, &from, &ancillary);
		else if (length >= 0)
			length = fdpass_receive_set(
			    receiver->connection, receiver->buffer, (size_t)length,
			    &ancillary, receiver->fds, MSG_DONTWAIT);
	} while (length < 0 && socket_would_block(errno));
	if (length < 0)
		return RECEIVE_FAILED;
	/* an empty message has a sender, the end of a connection has none */
	if (length == 0 && !ancillary.has_sender &&
	    receiver->endpoint->type != SOCKET_DGRAM)
		return RECEIVED_END;
	*message = (struct socket_message){.bytes = receiver->buffer,
	                                   .length = (size_t)length,
	                                   .fd = ancillary.fd,
	                                   .closed_fds = ancillary.closed,
	                                   .fds_cut = ancillary.is_cut,
	                                   .sender = receiver->peer};
	if (receiver->endpoint->is_local && receiver->endpoint->type != SOCKET_STREAM)
		message->sender.credentials = ancillary.sender;
	if (receiver->endpoint->type == SOCKET_DGRAM)
		socket_resolve_format(message->sender.address, &from);
	if (receiver->peercred && receiver->endpoint->type == SOCKET_DGRAM)
		socket_print_credentials(&ancillary.sender);
	return RECEIVED_MESSAGE;
}

/*
 * A peer over a network can end a connection so that receiving fails: this is not a
 * reason not to serve others.
 */
static bool may_drop_connection(const struct socket_receiver *receiver)
{
	char peer[SOCKET_PEER_TEXT];
	if (errno != ECONNRESET || receiver->one_connection ||
	    receiver->endpoint->type == SOCKET_DGRAM)
		return false;
	socket_format_peer(peer, &receiver->peer);
	error_as(STATUS_FAILED, "%s: connection from %s dropped: %s",
	         receiver->endpoint->address->text, peer, error_text(ECONNRESET));
	return true;
}

enum status socket_receiver_next(struct socket_receiver *receiver,
                                 struct socket_message *message, bool *ended,
                                 const struct deadline *deadline, const char *before)
{
	*ended = false;
	for (;;) {
		enum status status = STATUS_OK;
		if (receiver->connection < 0)
			status = accept_next_connection(receiver, deadline, before);
		if (status != STATUS_OK)
			return status;
		switch (is_framed_stream(receiver)
		            ? next_stream_message(receiver, message, deadline, before)
		            : next_packet(receiver, message, deadline)) {
		case RECEIVED_MESSAGE: return STATUS_OK;
		case RECEIVE_REPORTED: return STATUS_FAILED;
		case RECEIVE_FAILED:
			if (may_drop_connection(receiver))
				break;
			return report_receive_error(receiver, before);
		case RECEIVED_END: break;
		}
		end_connection(receiver);
		if (receiver->one_connection) {
			*ended = true;
			return STATUS_OK;
		}
	}
}
