#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/report.h"
#include "process/fdpass.h"
#include "socket/source.h"

/* Between two of its messages' parts: what was asked for has not come yet. */
enum result { CAME, CONNECTION_ENDED, FAILED, REPORTED };

static enum status failed(const struct source *source, const char *before)
{
	const char *name = source->endpoint->address->text;
	switch (errno) {
	case EPIPE: return STATUS_READER_GONE;
	case EAGAIN: return fail_as(STATUS_NOT_NOW, "%s: %snothing came", name, before);
	case ETIMEDOUT:
		return fail_as(STATUS_TIMED_OUT, "%s: %stimed out: nothing came", name,
		               before);
	default: return fail("%s%s%s", name, *before != '\0' ? ": " : "", before);
	}
}

/* -------------------------------------------------------------- connections */

static bool is_framed(const struct source *source)
{
	return source->endpoint->type == SOCKET_STREAM && !source->for_descriptor;
}

static enum status begin_connection(struct source *source, int fd)
{
	const char *name = source->endpoint->address->text;
	enum socket_type type = source->endpoint->type;
	source->connection = fd;
	if (type != SOCKET_STREAM && socket_tell_senders(fd) < 0)
		return fail("%s", name);
	if (type != SOCKET_DGRAM && socket_peer(fd, &source->peer) < 0)
		return fail("%s", name);
	if (source->peercred && type != SOCKET_DGRAM)
		socket_say_credentials(&source->peer);
	if (!is_framed(source))
		return STATUS_DONE;
	if (!frame_reader_begin(&source->reader, source->framing, false,
	                        STREAM_MESSAGE_MAX))
		return fail("%s: a buffer for messages", name);
	source->reader.fd = fd;
	return STATUS_DONE;
}

static void end_connection(struct source *source)
{
	if (source->connection < 0)
		return;
	if (source->reader.buffer != NULL)
		frame_reader_end(&source->reader, true);
	if (source->connection != source->endpoint->fd)
		close(source->connection);
	source->connection = -1;
}

enum status source_begin(struct source *source, struct endpoint *endpoint,
                         bool is_connected)
{
	source->endpoint = endpoint;
	source->connection = -1;
	source->reader = (struct frame_reader){.buffer = NULL};
	source->buffer = NULL;
	source->size = 0;
	if (!is_connected && endpoint->type != SOCKET_DGRAM)
		return STATUS_DONE;
	source->one_connection = source->one_connection || is_connected;
	return begin_connection(source, endpoint->fd);
}

void source_end(struct source *source)
{
	end_connection(source);
	free(source->buffer);
	socket_close(source->endpoint);
}

static enum status next_connection(struct source *source, const struct deadline *deadline,
                                   const char *before)
{
	static const struct deadline now = {.patience = {.kind = NOT_AT_ALL}};
	int fd = -1;
	while (fd < 0) {
		if (deadline_ready(deadline, source->endpoint->fd, POLLIN,
		                   source->reader_of_output) < 0)
			return failed(source, before);
		fd = socket_accept(source->endpoint, &now);
		if (fd < 0 && errno != EAGAIN)
			return failed(source, before);
	}
	return begin_connection(source, fd);
}

/* ----------------------------------------------------------------- messages */

static enum result next_of_stream(struct source *source, struct arrival *arrival,
                                  const struct deadline *deadline, const char *before)
{
	const char *name = source->endpoint->address->text;
	struct frame_reader *reader = &source->reader;
	struct frame frame;
	bool has_more = reader->begin + reader->taken < reader->end || reader->ended;
	if (!has_more && deadline_ready(deadline, source->connection, POLLIN,
	                                source->reader_of_output) < 0)
		return FAILED;
	reader->deadline = deadline;
	switch (frame_next(reader, &frame)) {
	case FRAME_MESSAGE:
		*arrival = (struct arrival){.bytes = frame.bytes,
		                            .length = frame.length,
		                            .fd = -1,
		                            .sender = source->peer};
		return CAME;
	case FRAME_TOO_LONG:
		fail_as(STATUS_FAILED,
		        "%s: %sa message of %s%zu bytes is longer than the %d that are "
		        "taken on a stream",
		        name, before, frame.cut ? "at least " : "", frame.length,
		        STREAM_MESSAGE_MAX);
		return REPORTED;
	case FRAME_BROKEN:
		fail_as(STATUS_FAILED, "%s: %swhat came %s", name, before, frame.bytes);
		return REPORTED;
	case FRAME_END: return CONNECTION_ENDED;
	case FRAME_MORE:
	case FRAME_FAILED: break;
	}
	return FAILED;
}

static bool make_room(struct source *source, size_t length)
{
	/* not 0: malloc(3) may return NULL for that */
	if (source->buffer != NULL && length <= source->size)
		return true;
	free(source->buffer);
	source->size = length + 1;
	source->buffer = malloc(source->size);
	return source->buffer != NULL;
}

static ssize_t next_length(const struct source *source)
{
	enum { SOME = 4096 };
	return source->endpoint->type == SOCKET_STREAM
	           ? SOME
	           : socket_next_length(source->connection);
}

static enum result next_of_messages(struct source *source, struct arrival *arrival,
                                    const struct deadline *deadline)
{
	struct passed passed;
	ssize_t length;
	do {
		if (deadline_ready(deadline, source->connection, POLLIN,
		                   source->reader_of_output) < 0)
			return FAILED;
		length = next_length(source);
		if (length >= 0 && !make_room(source, (size_t)length))
			return FAILED;
		if (length >= 0)
			length = pass_receive(source->connection, source->buffer,
			                      (size_t)length, &passed, MSG_DONTWAIT);
	} while (length < 0 && (errno == EAGAIN || errno == EINTR));
	if (length < 0)
		return FAILED;
	/* an empty message has a sender, the end has none */
	if (length == 0 && !passed.has_sender)
		return CONNECTION_ENDED;
	*arrival = (struct arrival){.bytes = source->buffer,
	                            .length = (size_t)length,
	                            .fd = passed.fd,
	                            .sender = source->endpoint->type == SOCKET_STREAM
	                                          ? source->peer
	                                          : passed.sender};
	if (source->peercred && source->endpoint->type == SOCKET_DGRAM)
		socket_say_credentials(&passed.sender);
	return CAME;
}

enum status source_next(struct source *source, struct arrival *arrival, bool *ended,
                        const struct deadline *deadline, const char *before)
{
	*ended = false;
	for (;;) {
		enum status status = STATUS_DONE;
		if (source->connection < 0)
			status = next_connection(source, deadline, before);
		if (status != STATUS_DONE)
			return status;
		switch (is_framed(source)
		            ? next_of_stream(source, arrival, deadline, before)
		            : next_of_messages(source, arrival, deadline)) {
		case CAME: return STATUS_DONE;
		case REPORTED: return STATUS_FAILED;
		case FAILED: return failed(source, before);
		case CONNECTION_ENDED: break;
		}
		end_connection(source);
		if (source->one_connection) {
			*ended = true;
			return STATUS_DONE;
		}
	}
}
