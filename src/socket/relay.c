/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/error.h"
#include "io/output.h"
#include "process/fdpass.h"
#include "socket/listen.h"
#include "socket/relay.h"

enum { BLOCK = 65536 };

/* The bytes that were read from one end and are not written to the other yet. */
struct relay_direction {
	char *bytes;
	size_t size, begin, end;
	bool ended; /* nothing more is read */
};

struct relay_state {
	struct relay *relay;
	struct output output;
	struct relay_direction in, out; /* to the peer, from it */
	bool hung_up;                   /* POLLHUP or POLLERR: the peer has closed */
	bool end_sent;                  /* by shutdown(2) */
	bool sent;                      /* anything */
	bool received;                  /* anything */
	bool unanswered;                /* something was sent since */
	struct deadline end, answer_end;
	int error; /* errno of the connection; 0: none */
};

static bool relay_direction_is_empty(const struct relay_direction *direction)
{
	return direction->begin == direction->end;
}

static bool relay_direction_is_over(const struct relay_direction *direction)
{
	return direction->ended && relay_direction_is_empty(direction);
}

static void relay_direction_close(struct relay_direction *direction)
{
	direction->ended = true;
	direction->begin = direction->end = 0;
}

static void relay_direction_fill(struct relay_direction *direction, size_t length)
{
	direction->begin = 0;
	direction->end = length;
}

/* -------------------------------------------------------------- time limits */

static bool awaits_answer(const struct relay_state *state)
{
	return (state->unanswered || !relay_direction_is_empty(&state->in) ||
	        state->in.ended) &&
	       relay_direction_is_empty(&state->out);
}

static void relay_start_answer(struct relay_state *state)
{
	if (state->relay->answer.kind != TIMEOUT_NONE)
		state->answer_end = deadline_start(state->relay->answer);
}

static struct deadline relay_deadline(const struct relay_state *state)
{
	return awaits_answer(state) &&
	               deadline_left(&state->answer_end) < deadline_left(&state->end)
	           ? state->answer_end
	           : state->end;
}

static enum status report_relay_timeout(const struct relay_state *state)
{
	state->relay->peer_failed = true;
	return error_as(STATUS_TIMED_OUT, "%s: timed out: %s", state->relay->name,
	                deadline_left(&state->end) == 0
	                    ? "the connection (the limit of --limit)"
	                    : "no answer");
}

/* ------------------------------------------------------------ to the peer */

static enum status relay_read_input(struct relay_state *state)
{
	ssize_t length = read(STDIN_FILENO, state->in.bytes, state->in.size);
	if (length < 0)
		return errno == EINTR || errno == EAGAIN ? STATUS_OK
		                                         : error_errno("standard input");
	relay_direction_fill(&state->in, (size_t)length);
	relay_start_answer(state);
	if (length == 0)
		state->in.ended = state->relay->input_ended = true;
	return STATUS_OK;
}

static void relay_send_input(struct relay_state *state)
{
	ssize_t sent = send(state->relay->fd, state->in.bytes + state->in.begin,
	                    state->in.end - state->in.begin, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0) {
		state->in.begin += (size_t)sent;
		state->sent = state->unanswered = true;
		relay_start_answer(state);
	} else if (!socket_would_block(errno)) {
		state->error = errno;
		relay_direction_close(&state->in);
	}
}

static void relay_send_end(struct relay_state *state)
{
	if (state->end_sent || state->relay->keep_open ||
	    state->relay->type == SOCKET_DGRAM)
		return;
	shutdown(state->relay->fd, SHUT_WR);
	state->end_sent = true;
}

/* --------------------------------------------------------- from the peer */

/* A buffer for the whole next message; recv(2) discards the rest of a longer one. */
static bool relay_reserve_message(struct relay_state *state)
{
	if (state->relay->type == SOCKET_STREAM)
		return true;
	ssize_t length = socket_next_length(state->relay->fd);
	/* a pending error of the socket is reported only once */
	if (length <= (ssize_t)state->out.size)
		return length >= 0;
	char *more = realloc(state->out.bytes, (size_t)length);
	if (more == NULL)
		return false;
	state->out.bytes = more;
	state->out.size = (size_t)length;
	return true;
}

static void relay_receive(struct relay_state *state)
{
	struct fdpass_ancillary ancillary = {.fd = -1};
	ssize_t length = -1;
	if (relay_reserve_message(state))
		length = fdpass_receive(state->relay->fd, state->out.bytes,
		                        state->out.size, &ancillary, MSG_DONTWAIT);
	if (ancillary.fd >= 0)
		fdpass_close(ancillary.fd);
	if (length >= 0) {
		state->received |= length > 0 || ancillary.has_sender ||
		                   state->relay->type == SOCKET_DGRAM;
		state->unanswered = false;
	}
	if (length > 0)
		relay_direction_fill(&state->out, (size_t)length);
	else if (length == 0)
		/* an empty message has a sender */
		state->out.ended =
		    state->relay->type == SOCKET_STREAM ||
		    (state->relay->type == SOCKET_SEQPACKET && !ancillary.has_sender);
	else if (!socket_would_block(errno)) {
		/* ECONNRESET: the peer closed before it read everything */
		state->error = errno;
		state->out.ended = true;
	}
}

static enum status relay_write_output(struct relay_state *state)
{
	ssize_t written =
	    output_write_nonblock(&state->output, state->out.bytes + state->out.begin,
	                          state->out.end - state->out.begin);
	relay_start_answer(state);
	if (written >= 0)
		state->out.begin += (size_t)written;
	else if (errno == EPIPE)
		return STATUS_SIGPIPE;
	else if (!socket_would_block(errno))
		return status_signal_or_failed(error_errno("standard output"));
	return STATUS_OK;
}

/* ---------------------------------------------------------------- both at once */

enum { RELAY_INPUT, RELAY_PEER, RELAY_OUTPUT, RELAY_FDS };

static void relay_choose_events(const struct relay_state *state,
                                struct pollfd ends[RELAY_FDS])
{
	bool to_read = !state->in.ended && relay_direction_is_empty(&state->in);
	short peer =
	    (short)((relay_direction_is_empty(&state->in) ? 0 : POLLOUT) |
	            (!state->out.ended && relay_direction_is_empty(&state->out) ? POLLIN
	                                                                        : 0));
	bool to_write = !relay_direction_is_empty(&state->out);
	ends[RELAY_INPUT] =
	    (struct pollfd){.fd = to_read ? STDIN_FILENO : -1, .events = POLLIN};
	/* poll(2) reports POLLHUP each time */
	ends[RELAY_PEER] = (struct pollfd){
	    .fd = peer != 0 || !state->hung_up ? state->relay->fd : -1, .events = peer};
	ends[RELAY_OUTPUT] =
	    (struct pollfd){.fd = to_write ? STDOUT_FILENO : state->output.reader,
	                    .events = to_write ? POLLOUT : 0};
}

static enum status relay_step(struct relay_state *state)
{
	struct pollfd ends[RELAY_FDS];
	relay_choose_events(state, ends);
	struct deadline deadline = relay_deadline(state);
	/* a peer that always has something to say does not outlast it */
	if (deadline_left(&state->end) == 0)
		return report_relay_timeout(state);
	if (deadline_poll(&deadline, ends, RELAY_FDS) < 0)
		return errno == ETIMEDOUT ? report_relay_timeout(state)
		                          : error_errno("%s", state->relay->name);
	enum status status = STATUS_OK;
	if (ends[RELAY_OUTPUT].revents != 0)
		status = relay_direction_is_empty(&state->out)
		             ? STATUS_SIGPIPE
		             : relay_write_output(state);
	if (status == STATUS_OK && ends[RELAY_INPUT].revents != 0)
		status = relay_read_input(state);
	if (!relay_direction_is_empty(&state->in))
		relay_send_input(state);
	if (ends[RELAY_PEER].revents != 0 && relay_direction_is_empty(&state->out) &&
	    !state->out.ended)
		relay_receive(state);
	if (ends[RELAY_PEER].revents & (POLLHUP | POLLERR)) {
		/* the peer receives nothing more */
		state->hung_up = true;
		state->in.ended = true;
	}
	return status;
}

/* After the end of standard input only the datagrams already received are written. */
static void relay_end_datagrams(struct relay_state *state)
{
	if (state->relay->type == SOCKET_DGRAM && !state->relay->keep_open &&
	    relay_direction_is_over(&state->in) &&
	    relay_direction_is_empty(&state->out) &&
	    (state->received || state->relay->answer.kind == TIMEOUT_NONE) &&
	    socket_next_length(state->relay->fd) < 0)
		state->out.ended = true;
}

static enum status relay_until_over(struct relay_state *state)
{
	enum status status = output_begin(&state->output);
	while (status == STATUS_OK && !(relay_direction_is_over(&state->in) &&
	                                relay_direction_is_over(&state->out))) {
		if (relay_direction_is_over(&state->in))
			relay_send_end(state);
		relay_end_datagrams(state);
		if (!relay_direction_is_over(&state->in) ||
		    !relay_direction_is_over(&state->out))
			status = status_first_failure(relay_step(state),
			                              socket_check_signal());
	}
	if (status != STATUS_OK || state->error == 0)
		return status;
	errno = state->error;
	state->relay->peer_failed = true;
	/* unix(7): closed with unread data, or with the connection not yet accepted */
	return error_as(
	    STATUS_FAILED, "%s: the peer closed before %s (%s)", state->relay->name,
	    state->sent || state->relay->accepted ? "all data was read"
	                                          : "it accepted the connection",
	    error_text(state->error));
}

enum status relay_run(struct relay *relay)
{
	struct relay_state state = {.relay = relay,
	                            .end = deadline_start(relay->limit),
	                            .answer_end = deadline_start(relay->answer)};
	enum status status = STATUS_OK;
	relay->peer_failed = false;
	if (relay->peercred)
		status = socket_print_peer(relay->fd, relay->type, relay->name);
	if (status != STATUS_OK)
		return status;
	state.in.ended = relay->input_ended;
	state.in.size = state.out.size = BLOCK;
	state.in.bytes = malloc(BLOCK);
	state.out.bytes = malloc(BLOCK);
	if (state.in.bytes == NULL || state.out.bytes == NULL ||
	    (relay->type != SOCKET_STREAM && socket_enable_passcred(relay->fd) < 0))
		status = error_errno("%s", relay->name);
	else
		status = relay_until_over(&state);
	free(state.in.bytes);
	free(state.out.bytes);
	return status;
}

/* -------------------------------------------------- one connection after the other */

static bool is_last_connection(const struct relay_server *server, int64_t served)
{
	return server->count != 0 && served >= server->count;
}

static int accept_relay_connection(const struct relay_server *server,
                                   struct socket_accept_failures *failures)
{
	struct deadline deadline = deadline_start(server->timeout);
	for (;;) {
		int fd = socket_accept(server->endpoint, &deadline, NULL);
		if (fd >= 0 ||
		    !socket_accept_should_retry(server->endpoint, failures, false) ||
		    deadline_sleep(SOCKET_ACCEPT_PAUSE) < 0)
			return fd;
	}
}

/* EINTR: a signal that ends the process. */
static enum status report_no_connection(const struct relay_server *server,
                                        const struct socket_accept_failures *failures)
{
	return errno == ETIMEDOUT || errno == EINTR
	           ? socket_report_wait_error(server->endpoint)
	           : socket_report_accept_error(server->endpoint, failures);
}

enum status relay_serve(const struct relay_server *server)
{
	struct socket_endpoint *endpoint = server->endpoint;
	struct relay relay = {.type = endpoint->type,
	                      .name = endpoint->address->text,
	                      .accepted = true,
	                      .peercred = server->peercred,
	                      .limit = server->limit};
	enum status status = STATUS_OK, closed = STATUS_OK;
	int64_t served = 0;
	do {
		struct socket_accept_failures failures = {0};
		relay.fd = accept_relay_connection(server, &failures);
		if (relay.fd < 0)
			return status_first_failure(
			    status, report_no_connection(server, &failures));
		/* further connections are refused, not left waiting */
		if (is_last_connection(server, ++served))
			closed = socket_close(endpoint);
		enum status one = relay_run(&relay);
		socket_close_connection(endpoint, relay.fd);
		status = status_first_failure(status, one);
		if (one != STATUS_OK && !relay.peer_failed)
			return status;
	} while (!is_last_connection(server, served));
	return status_first_failure(status, closed);
}
