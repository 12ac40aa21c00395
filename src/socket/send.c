#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "io/report.h"
#include "process/fdpass.h"
#include "socket/send.h"

/* `part`: so many bytes of a message are sent already. */
static enum status failed(const struct sending *sending, size_t part)
{
	struct so_far so_far;
	char partly[64] = "";
	if (part > 0)
		snprintf(partly, sizeof partly, " after a part of a message (%zu bytes)",
		         part);
	const char *name = sending->endpoint->address->text;
	const char *before = feed_so_far(&so_far, &sending->feed);
	switch (errno) {
	case EAGAIN:
		return fail_as(STATUS_NOT_NOW, "%s: %sthe other end takes no more now%s",
		               name, before, partly);
	case ETIMEDOUT:
		return fail_as(STATUS_TIMED_OUT,
		               "%s: %stimed out: the other end takes no more%s", name,
		               before, partly);
	case EPIPE:
	case ECONNRESET:
	case ECONNREFUSED:
	case ENOTCONN:
		return fail_as(STATUS_FAILED, "%s: %sthe other end has closed%s", name,
		               before, partly);
	default: return fail("%s%s%s", name, *before != '\0' ? ": " : "", before);
	}
}

static ssize_t send_now(struct sending *sending, const char *bytes, size_t length)
{
	ssize_t sent =
	    pass_send(sending->endpoint->fd, bytes, length, sending->fd, MSG_DONTWAIT);
	if (sent >= 0)
		sending->fd = -1;
	return sent;
}

/* A stream may take a part of it at a time. */
enum status sending_write(struct sending *sending, const char *bytes, size_t length,
                          const struct deadline *deadline)
{
	struct pollfd ready = {.fd = sending->endpoint->fd, .events = POLLOUT};
	size_t done = 0;
	do {
		ssize_t sent = send_now(sending, bytes + done, length - done);
		if (sent >= 0)
			done += (size_t)sent;
		else if ((errno != EAGAIN && errno != EINTR) ||
		         deadline_poll(deadline, &ready, 1) < 0)
			return failed(sending, done);
	} while (done < length);
	return STATUS_DONE;
}

static const char *ending(enum framing framing, size_t *length)
{
	*length = framing != FRAMING_WHOLE;
	return framing == FRAMING_LINES ? "\n" : framing == FRAMING_NUL ? "" : ",";
}

/* A small one goes at once: who reads the stream finds it whole, most often. */
static enum status send_on_stream(struct sending *sending, const char *bytes,
                                  size_t length, const struct deadline *deadline)
{
	enum { SMALL = 4096, AROUND = 24 };
	char small[SMALL + AROUND];
	size_t size = 0, after;
	const char *end = ending(sending->framing, &after);
	enum status status = STATUS_DONE;
	if (sending->framing == FRAMING_NETSTRING)
		size = (size_t)snprintf(small, AROUND, "%zu:", length);
	if (length <= SMALL) {
		memcpy(small + size, bytes, length);
		memcpy(small + size + length, end, after);
		size += length + after;
		return size > 0 ? sending_write(sending, small, size, deadline) : status;
	}
	if (size > 0)
		status = sending_write(sending, small, size, deadline);
	if (status == STATUS_DONE)
		status = sending_write(sending, bytes, length, deadline);
	if (status == STATUS_DONE && after > 0)
		status = sending_write(sending, end, after, deadline);
	return status;
}

static enum status send_one(void *to, const struct frame *frame,
                            const struct deadline *deadline)
{
	struct sending *sending = to;
	enum status status =
	    sending->endpoint->type == SOCKET_STREAM
	        ? send_on_stream(sending, frame->bytes, frame->length, deadline)
	        : sending_write(sending, frame->bytes, frame->length, deadline);
	if (status == STATUS_DONE && sending->verbose)
		say("Sent %zu bytes", frame->length);
	return status;
}

static enum status too_long(const void *to, const struct frame *frame)
{
	const struct sending *sending = to;
	struct so_far so_far;
	return fail_as(
	    STATUS_FAILED, "%s: %smessage of %s%zu bytes is longer than the %zu that %s",
	    sending->endpoint->address->text, feed_so_far(&so_far, &sending->feed),
	    frame->cut ? "at least " : "", frame->length, sending->feed.longest,
	    sending->endpoint->type == SOCKET_STREAM ? "are taken on a stream"
	                                             : "this socket takes (SO_SNDBUF)");
}

enum status sending_begin(struct sending *sending)
{
	/* unix(7) does not tell it: the kernel keeps 32 bytes of the buffer to itself */
	enum { OVERHEAD = 32 };
	const struct endpoint *endpoint = sending->endpoint;
	int size = 0;
	socklen_t length = sizeof size;
	sending->feed.name = endpoint->address->text;
	sending->feed.longest = STREAM_MESSAGE_MAX;
	sending->feed.to = sending;
	sending->feed.send = send_one;
	sending->feed.too_long = too_long;
	if (endpoint->type == SOCKET_STREAM)
		return STATUS_DONE;
	if (getsockopt(endpoint->fd, SOL_SOCKET, SO_SNDBUF, &size, &length) < 0)
		return fail("%s", endpoint->address->text);
	sending->feed.longest = (size_t)(size - OVERHEAD);
	return STATUS_DONE;
}
