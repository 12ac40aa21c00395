#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/output.h"
#include "io/report.h"
#include "process/fdpass.h"
#include "socket/relay.h"

enum { BLOCK = 65536 };

/* What has been read at one end and not yet been written at the other. */
struct way {
	char *bytes;
	size_t size, begin, end;
	bool ended; /* no more is read */
};

struct relaying {
	struct relay *relay;
	struct output output;
	struct way in, out; /* to the other end, from it */
	bool hung_up;       /* the other end has closed */
	bool told_end;
	int error; /* why the other end did not get all, or we from it */
};

static bool is_empty(const struct way *way)
{
	return way->begin == way->end;
}

static bool is_over(const struct way *way)
{
	return way->ended && is_empty(way);
}

static void close_way(struct way *way)
{
	way->ended = true;
	way->begin = way->end = 0;
}

static void fill_way(struct way *way, size_t length)
{
	way->begin = 0;
	way->end = length;
}

/* ------------------------------------------------------------ to the other end */

static enum status read_input(struct relaying *on)
{
	ssize_t length = read(STDIN_FILENO, on->in.bytes, on->in.size);
	if (length < 0)
		return errno == EINTR || errno == EAGAIN ? STATUS_DONE
		                                         : fail("standard input");
	fill_way(&on->in, (size_t)length);
	if (length == 0)
		on->in.ended = on->relay->input_ended = true;
	return STATUS_DONE;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void send_input(struct relaying *on)
{
	ssize_t sent = send(on->relay->fd, on->in.bytes + on->in.begin,
	                    on->in.end - on->in.begin, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0)
		on->in.begin += (size_t)sent;
	else if (!would_block()) {
		on->error = errno;
		close_way(&on->in);
	}
}

static void tell_end(struct relaying *on)
{
	if (on->told_end || on->relay->type == SOCKET_DGRAM)
		return;
	shutdown(on->relay->fd, SHUT_WR);
	on->told_end = true;
}

/* --------------------------------------------------------- from the other end */

/* A message must be received whole. */
static bool make_room(struct relaying *on)
{
	if (on->relay->type == SOCKET_STREAM)
		return true;
	ssize_t length = socket_next_length(on->relay->fd);
	/* its error is told only once */
	if (length <= (ssize_t)on->out.size)
		return length >= 0;
	char *more = realloc(on->out.bytes, (size_t)length);
	if (more == NULL)
		return false;
	on->out.bytes = more;
	on->out.size = (size_t)length;
	return true;
}

static void receive(struct relaying *on)
{
	struct passed passed = {.fd = -1};
	ssize_t length = -1;
	if (make_room(on))
		length = pass_receive(on->relay->fd, on->out.bytes, on->out.size, &passed,
		                      MSG_DONTWAIT);
	if (passed.fd >= 0)
		close(passed.fd);
	if (length > 0)
		fill_way(&on->out, (size_t)length);
	else if (length == 0)
		/* an empty message has a sender */
		on->out.ended = on->relay->type == SOCKET_STREAM || !passed.has_sender;
	else if (!would_block()) {
		/* not all that we sent was read before they closed */
		on->error = errno;
		on->out.ended = true;
	}
}

static enum status write_output(struct relaying *on)
{
	ssize_t written = output_now(&on->output, on->out.bytes + on->out.begin,
	                             on->out.end - on->out.begin);
	if (written >= 0)
		on->out.begin += (size_t)written;
	else if (errno == EPIPE)
		return STATUS_READER_GONE;
	else if (!would_block()) {
		enum status status = fail("standard output");
		return status > STATUS_SIGNAL ? status : STATUS_FAILED;
	}
	return STATUS_DONE;
}

/* ---------------------------------------------------------------- both at once */

enum { INPUT, PEER, OUTPUT, ENDS };

static void choose(const struct relaying *on, struct pollfd ends[ENDS])
{
	bool to_read = !on->in.ended && is_empty(&on->in);
	short peer = (short)((is_empty(&on->in) ? 0 : POLLOUT) |
	                     (!on->out.ended && is_empty(&on->out) ? POLLIN : 0));
	bool to_write = !is_empty(&on->out);
	ends[INPUT] =
	    (struct pollfd){.fd = to_read ? STDIN_FILENO : -1, .events = POLLIN};
	/* who hung up is told again and again */
	ends[PEER] = (struct pollfd){.fd = peer != 0 || !on->hung_up ? on->relay->fd : -1,
	                             .events = peer};
	ends[OUTPUT] = (struct pollfd){.fd = to_write ? STDOUT_FILENO : on->output.reader,
	                               .events = to_write ? POLLOUT : 0};
}

static enum status step(struct relaying *on)
{
	static const struct deadline for_ever;
	struct pollfd ends[ENDS];
	choose(on, ends);
	if (deadline_poll(&for_ever, ends, ENDS) < 0)
		return fail("%s", on->relay->name);
	enum status status = STATUS_DONE;
	if (ends[OUTPUT].revents != 0)
		status = is_empty(&on->out) ? STATUS_READER_GONE : write_output(on);
	if (status == STATUS_DONE && ends[INPUT].revents != 0)
		status = read_input(on);
	if (!is_empty(&on->in))
		send_input(on);
	if (ends[PEER].revents != 0 && is_empty(&on->out) && !on->out.ended)
		receive(on);
	if (ends[PEER].revents & (POLLHUP | POLLERR)) {
		/* nobody there takes any more */
		on->hung_up = true;
		on->in.ended = true;
	}
	return status;
}

/* What datagrams have come by now, when standard input has ended. */
static void end_datagrams(struct relaying *on)
{
	if (on->relay->type == SOCKET_DGRAM && is_over(&on->in) && is_empty(&on->out) &&
	    socket_next_length(on->relay->fd) < 0)
		on->out.ended = true;
}

static enum status run(struct relaying *on)
{
	enum status status = output_begin(&on->output);
	while (status == STATUS_DONE && !(is_over(&on->in) && is_over(&on->out))) {
		if (is_over(&on->in))
			tell_end(on);
		end_datagrams(on);
		if (!is_over(&on->in) || !is_over(&on->out))
			status = step(on);
	}
	if (status != STATUS_DONE || on->error == 0)
		return status;
	errno = on->error;
	on->relay->peer_failed = true;
	return fail_as(STATUS_FAILED, "%s: %s: not all was read there", on->relay->name,
	               error_text(on->error));
}

enum status relay_run(struct relay *relay)
{
	struct relaying on = {.relay = relay};
	enum status status;
	on.in.ended = relay->input_ended;
	on.in.size = on.out.size = BLOCK;
	on.in.bytes = malloc(BLOCK);
	on.out.bytes = malloc(BLOCK);
	relay->peer_failed = false;
	if (on.in.bytes == NULL || on.out.bytes == NULL ||
	    (relay->type != SOCKET_STREAM && socket_tell_senders(relay->fd) < 0))
		status = fail("%s", relay->name);
	else
		status = run(&on);
	free(on.in.bytes);
	free(on.out.bytes);
	return status;
}
