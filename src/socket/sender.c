/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "io/error.h"
#include "io/limit.h"
#include "io/report.h"
#include "process/fdpass.h"
#include "socket/internet.h"
#include "socket/sender.h"

static enum status report_datagram_too_long(const char *name, const char *before)
{
	return error_as(STATUS_FAILED, "%s: %sthe message is too long for a datagram",
	                name, before);
}

/* part: how many bytes of the message were sent before. */
static enum status report_send_error(const struct socket_sender *socket_sender,
                                     size_t part)
{
	struct error_prefix prefix;
	char partly[64] = "";
	if (part > 0)
		snprintf(partly, sizeof partly, " after %zu bytes of the message", part);
	const char *name = socket_sender->endpoint->address->text;
	const char *before = sender_sent_prefix(&prefix, &socket_sender->sender);
	if (errno == EPERM && socket_sender->fds->count > 0)
		return error_as(STATUS_FAILED,
		                "%s: %sthe receiver accepts no descriptors", name,
		                before);
	/* an answer to an earlier datagram */
	if (errno == ECONNREFUSED &&
	    socket_sender->endpoint->address->family == SOCKET_UDP)
		return error_as(STATUS_FAILED, "%s: %sconnection refused: no listener",
		                name, before);
	switch (errno) {
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK,
		                "%s: %sthe peer's receive queue is full%s", name, before,
		                partly);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: %stimed out: the peer's receive queue is full%s",
		                name, before, partly);
	case EPIPE:
	case ECONNRESET:
	case ECONNREFUSED:
	case ENOTCONN:
		return error_as(STATUS_FAILED, "%s: %sthe peer closed the socket%s", name,
		                before, partly);
	case EMSGSIZE: return report_datagram_too_long(name, before);
	default: return socket_error(name, before);
	}
}

static ssize_t send_without_waiting(struct socket_sender *socket_sender,
                                    const char *bytes, size_t length)
{
	ssize_t sent = fdpass_send_set(socket_sender->endpoint->fd, bytes, length,
	                               socket_sender->fds, MSG_DONTWAIT);
	if (sent >= 0)
		socket_sender->fds->count = 0;
	return sent;
}

/* send(2) on a stream may send only a part. */
enum status socket_sender_write(struct socket_sender *socket_sender, const char *bytes,
                                size_t length, const struct deadline *deadline)
{
	struct pollfd ready = {.fd = socket_sender->endpoint->fd, .events = POLLOUT};
	size_t done = 0;
	do {
		ssize_t sent =
		    send_without_waiting(socket_sender, bytes + done, length - done);
		if (sent >= 0) {
			done += (size_t)sent;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return report_send_error(socket_sender, done);
		enum status status = sender_before_wait(&socket_sender->sender);
		if (status != STATUS_OK)
			return status;
		if (deadline_poll(deadline, &ready, 1) < 0)
			return report_send_error(socket_sender, done);
	} while (done < length);
	return STATUS_OK;
}

static const char *message_terminator(enum framing framing, size_t *length)
{
	*length = framing != FRAMING_WHOLE;
	return framing == FRAMING_LINES ? "\n" : framing == FRAMING_NUL ? "" : ",";
}

/* A small message is sent by one call: a reader then mostly receives it whole. */
static enum status send_stream_message(struct socket_sender *socket_sender,
                                       const char *bytes, size_t length,
                                       const struct deadline *deadline)
{
	enum { SMALL = 4096, FRAMING_BYTES = 24 };
	char small[SMALL + FRAMING_BYTES];
	size_t size = 0, after;
	const char *end = message_terminator(socket_sender->framing, &after);
	enum status status = STATUS_OK;
	if (socket_sender->framing == FRAMING_NETSTRING)
		size = (size_t)snprintf(small, FRAMING_BYTES, "%zu:", length);
	if (length <= SMALL) {
		memcpy(small + size, bytes, length);
		memcpy(small + size + length, end, after);
		size += length + after;
		return size > 0
		           ? socket_sender_write(socket_sender, small, size, deadline)
		           : status;
	}
	if (size > 0)
		status = socket_sender_write(socket_sender, small, size, deadline);
	if (status == STATUS_OK)
		status = socket_sender_write(socket_sender, bytes, length, deadline);
	if (status == STATUS_OK && after > 0)
		status = socket_sender_write(socket_sender, end, after, deadline);
	return status;
}

static enum status send_socket_message(void *to, const struct frame *frame,
                                       const struct deadline *deadline)
{
	struct socket_sender *socket_sender = to;
	enum status status = socket_sender->endpoint->type == SOCKET_STREAM
	                         ? send_stream_message(socket_sender, frame->bytes,
	                                               frame->length, deadline)
	                         : socket_sender_write(socket_sender, frame->bytes,
	                                               frame->length, deadline);
	if (status == STATUS_OK && socket_sender->verbose)
		report_info("Sent %zu bytes", frame->length);
	return status;
}

/* Not in unix(7): the kernel reserves 32 bytes of the buffer. */
enum { BUFFER_OVERHEAD = 32 };

static enum status report_long_socket_message(const void *to, const struct frame *frame)
{
	const struct socket_sender *socket_sender = to;
	struct error_prefix prefix;
	struct limit_advice advice = {""};
	/* a new socket has this buffer: socket(7) */
	if (socket_sender->endpoint->type != SOCKET_STREAM && !frame->truncated)
		limit_sysctl(&advice, "net.core.wmem_default", "%zu",
		             frame->length + BUFFER_OVERHEAD);
	return error_as(
	    STATUS_FAILED, "%s: %smessage of %s%zu bytes is longer than %zu bytes (%s)%s",
	    socket_sender->endpoint->address->text,
	    sender_sent_prefix(&prefix, &socket_sender->sender),
	    frame->truncated ? "at least " : "", frame->length,
	    socket_sender->sender.longest,
	    socket_sender->endpoint->type == SOCKET_STREAM ? "the maximum on a stream"
	                                                   : "SO_SNDBUF",
	    advice.text);
}

enum status socket_sender_begin(struct socket_sender *socket_sender)
{
	const struct socket_endpoint *endpoint = socket_sender->endpoint;
	int size = 0;
	socklen_t length = sizeof size;
	socket_sender->sender.name = endpoint->address->text;
	socket_sender->sender.longest = SOCKET_STREAM_MESSAGE_MAX;
	socket_sender->sender.target = socket_sender;
	socket_sender->sender.send = send_socket_message;
	socket_sender->sender.report_too_long = report_long_socket_message;
	if (endpoint->type == SOCKET_STREAM)
		return STATUS_OK;
	if (getsockopt(endpoint->fd, SOL_SOCKET, SO_SNDBUF, &size, &length) < 0)
		return error_errno("%s", endpoint->address->text);
	socket_sender->sender.longest = (size_t)(size - BUFFER_OVERHEAD);
	return STATUS_OK;
}

enum status socket_sender_end(const struct socket_sender *socket_sender)
{
	const struct socket_endpoint *endpoint = socket_sender->endpoint;
	struct deadline deadline = deadline_start(socket_sender->sender.timeout);
	if (endpoint->is_local || endpoint->type != SOCKET_STREAM ||
	    socket_internet_finish(endpoint->fd, &deadline) == 0)
		return STATUS_OK;
	return report_send_error(socket_sender, 0);
}
