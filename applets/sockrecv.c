/*
 * sockrecv - receive messages that come to a local socket
 *
 * As mqrecv receives them from a queue, but whoever receives makes the socket. See
 * recv(2), unix(7).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "base/frontend.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"
#include "io/report.h"
#include "socket/received_fd.h"
#include "socket/receiver.h"
#include "socket/socket.h"
#include "stream/frame.h"

struct sockrecv {
	struct timeout timeout;
	struct value_mode mode;
	int64_t count;
	bool all, follow, fd;
	enum framing framing;
	enum socket_type type;
	bool connect, wait, replace_stale, peercred, verbose;
};

enum { GROUP_COUNT = 2, GROUP_FRAMING, GROUP_TYPE };

static const struct sockrecv defaults = {
    .mode = {.bits = 0600}, .count = 1, .framing = FRAMING_LINES};

static const struct option_row options[] = {
    WAIT_OPTIONS(sockrecv, timeout),
    NUMBER('c', "count", sockrecv, count, GROUP_COUNT, "N", 1, INT64_MAX,
           "receive N messages (default 1)"),
    FLAG('a', "all", sockrecv, all, GROUP_COUNT, "receive all of one connection"),
    FLAG('F', "follow", sockrecv, follow, GROUP_COUNT, "receive for ever"),
    FLAG(0, "fd", sockrecv, fd, GROUP_COUNT,
         "receive a descriptor, for COMMAND or for the shell"),
    FRAMING(sockrecv, framing, GROUP_FRAMING),
    MODE(sockrecv, mode, "permission bits of the file, exactly these (default 0600)"),
    SOCKET_TYPES(sockrecv, type, GROUP_TYPE, "at ", ""),
    FLAG(0, "replace-stale", sockrecv, replace_stale, 0,
         "replace a socket file that no socket belongs to any more"),
    FLAG('C', "connect", sockrecv, connect, 0, "connect to who listens at ADDRESS"),
    FLAG('w', "wait", sockrecv, wait, 0, "with -C: wait until somebody listens"),
    FLAG(0, "peercred", sockrecv, peercred, 0,
         "say on standard error who sends: pid, uid, gid"),
    VERBOSE(sockrecv, verbose),
    END_OF_OPTIONS,
};

/* ------------------------------------------------------------------ messages */

struct sockrecv_state {
	const struct sockrecv *given;
	struct socket_receiver receiver;
	struct socket_message message; /* in hand */
	struct frame_writer writer;
	struct output output;
	size_t room; /* of the writer */
	int64_t received;
};

/* {"socket":"/run/s","pid":123,"uid":0,"gid":0,"size":… */
static void sockrecv_json_head(struct record *record, const void *of)
{
	const struct sockrecv_state *state = of;
	record_text(record, state->receiver.endpoint->address->text);
	record_number(record, state->message.sender.pid);
	record_unsigned(record, state->message.sender.uid);
	record_unsigned(record, state->message.sender.gid);
}

/* Put the message where frame_write() writes it from; make room for it before. */
static enum status sockrecv_move_to_writer(struct sockrecv_state *state)
{
	static const struct record_column columns[] = {
	    {"socket", 0}, {"pid", 0}, {"uid", 0}, {"gid", 0}, {"size", 0}, {NULL, 0}};
	enum { LEAST = 4096 };
	size_t length = state->message.length;
	if (state->writer.buffer == NULL || length > state->room) {
		if (state->writer.buffer != NULL)
			frame_writer_end(&state->writer);
		state->room = length > LEAST ? length : LEAST;
		if (!frame_writer_begin(&state->writer, state->given->framing, false,
		                        NULL, state->room))
			return error_errno("%s: a message of %zu bytes is lost",
			                   state->receiver.endpoint->address->text,
			                   length);
		state->writer.columns = columns;
		state->writer.write_head = sockrecv_json_head;
		state->writer.head_argument = state;
	}
	memcpy(state->writer.message, state->message.bytes, length);
	return STATUS_OK;
}

/* A socket takes nothing back. */
static enum status sockrecv_report_output_error(const struct sockrecv_state *state,
                                                size_t written)
{
	bool interrupted = errno == EINTR && termsig_pending() != 0;
	enum status status = interrupted      ? STATUS_SIGNAL
	                     : errno == EPIPE ? STATUS_SIGPIPE
	                                      : STATUS_FAILED;
	char partly[64] = "";
	if (written > 0)
		snprintf(partly, sizeof partly, " after a part of it (%zu bytes)",
		         written);
	return error_as(status, "standard output: %s%s; the message of %zu bytes is lost",
	                interrupted ? "interrupted" : error_text(errno), partly,
	                state->message.length);
}

static enum status sockrecv_write_message(struct sockrecv_state *state)
{
	size_t written;
	enum status status = sockrecv_move_to_writer(state);
	/* one that nobody asked for */
	if (state->message.fd >= 0)
		close(state->message.fd);
	if (status != STATUS_OK)
		return status;
	if (frame_write(&state->writer, &state->output, state->message.length, 0,
	                &written) < 0)
		return sockrecv_report_output_error(state, written);
	state->received++;
	if (state->given->verbose)
		report_info("Received %zu bytes from pid %d uid %u",
		            state->message.length, (int)state->message.sender.pid,
		            (unsigned)state->message.sender.uid);
	return STATUS_OK;
}

static enum status sockrecv_check_end(const struct sockrecv_state *state)
{
	const struct sockrecv *given = state->given;
	if (given->follow || (given->all && state->received > 0))
		return STATUS_OK;
	if (!given->all && state->received >= given->count)
		return STATUS_OK;
	return error_as(STATUS_WOULD_BLOCK,
	                "%s: the connection ended after %lld message%s",
	                state->receiver.endpoint->address->text,
	                (long long)state->received, state->received == 1 ? "" : "s");
}

static enum status sockrecv_receive_all(struct sockrecv_state *state)
{
	const struct sockrecv *given = state->given;
	bool endless = given->all || given->follow;
	struct deadline deadline = deadline_start(given->timeout);
	enum status status = STATUS_OK;
	while (status == STATUS_OK && (endless || state->received < given->count)) {
		char before[48] = "";
		bool ended;
		if (state->received > 0)
			snprintf(before, sizeof before, "%lld message%s received, then: ",
			         (long long)state->received,
			         state->received > 1 ? "s" : "");
		if (endless)
			deadline = deadline_start(given->timeout);
		status = socket_receiver_next(&state->receiver, &state->message, &ended,
		                              &deadline, before);
		if (status == STATUS_OK && ended)
			return sockrecv_check_end(state);
		if (status == STATUS_OK)
			status = sockrecv_write_message(state);
	}
	return status;
}

static enum status sockrecv_receive(const struct sockrecv *given,
                                    struct socket_endpoint *endpoint)
{
	struct sockrecv_state state = {.given = given};
	enum status status = output_begin(&state.output);
	state.receiver.framing =
	    given->framing == FRAMING_JSON ? FRAMING_LINES : given->framing;
	state.receiver.peercred = given->peercred;
	state.receiver.one_connection = given->all;
	state.receiver.reader_of_output = state.output.reader;
	if (status != STATUS_OK) {
		socket_close(endpoint);
		return status;
	}
	status = socket_receiver_begin(&state.receiver, endpoint, given->connect);
	if (status == STATUS_OK)
		status = sockrecv_receive_all(&state);
	socket_receiver_end(&state.receiver);
	if (state.writer.buffer != NULL)
		frame_writer_end(&state.writer);
	return status;
}

/* --------------------------------------------------------------- a descriptor */

/* The message without what ends it on a stream, where it is a line. */
static void sockrecv_fill_received_fd(struct received_fd *received,
                                      const struct socket_endpoint *endpoint,
                                      const struct socket_message *message)
{
	received->fd = message->fd;
	received->sender = message->sender;
	snprintf(received->message, sizeof received->message, "%.*s",
	         (int)message->length, message->bytes);
	if (endpoint->type == SOCKET_STREAM)
		received->message[strcspn(received->message, "\n")] = '\0';
}

static enum status sockrecv_receive_fd(struct received_fd *received,
                                       const struct sockrecv *given,
                                       struct socket_endpoint *endpoint)
{
	struct socket_receiver receiver = {.receives_fd = true,
	                                   .one_connection = true,
	                                   .reader_of_output = -1,
	                                   .peercred = given->peercred};
	struct socket_message message = {.fd = -1};
	struct deadline deadline = deadline_start(given->timeout);
	bool ended = false;
	enum status status = socket_receiver_begin(&receiver, endpoint, given->connect);
	if (status == STATUS_OK)
		status = socket_receiver_next(&receiver, &message, &ended, &deadline, "");
	if (status == STATUS_OK && message.fd < 0)
		status = error_as(STATUS_FAILED, "%s: no descriptor came",
		                  endpoint->address->text);
	if (status == STATUS_OK)
		sockrecv_fill_received_fd(received, endpoint, &message);
	socket_receiver_end(&receiver);
	return status;
}

/* ----------------------------------------------------------------------- run */

/* Nothing will be sent: who waits for the end of that before it answers need not. */
static enum status sockrecv_connect(struct socket_endpoint *endpoint,
                                    const struct socket_address *address,
                                    const struct sockrecv *given)
{
	struct deadline deadline = deadline_start(given->timeout);
	enum status status =
	    socket_connect(endpoint, address, given->type, given->wait, &deadline);
	if (status != STATUS_OK)
		return status;
	if (endpoint->type != SOCKET_DGRAM) {
		shutdown(endpoint->fd, SHUT_WR);
		return STATUS_OK;
	}
	socket_close(endpoint);
	return error_as(STATUS_FAILED,
	                "%s: is a datagram socket: what it sends does not come here",
	                address->text);
}

static enum status sockrecv_open_endpoint(struct socket_endpoint *endpoint,
                                          const struct socket_address *address,
                                          const struct sockrecv *given)
{
	struct socket_bind_options bind_options = {.mode = given->mode.bits,
	                                           .replace_stale = given->replace_stale};
	if (given->connect)
		return sockrecv_connect(endpoint, address, given);
	return socket_listen(endpoint, address, given->type, &bind_options);
}

/* Until all is received and the socket is gone; `taken` for --fd alone. */
static enum status sockrecv_receive_at(const struct socket_address *address,
                                       const struct sockrecv *given,
                                       struct received_fd *received)
{
	struct socket_endpoint endpoint;
	struct termsig termsig;
	termsig_begin(&termsig);
	enum status status = sockrecv_open_endpoint(&endpoint, address, given);
	if (status == STATUS_OK)
		status = given->fd ? sockrecv_receive_fd(received, given, &endpoint)
		                   : sockrecv_receive(given, &endpoint);
	return termsig_end(&termsig, status);
}

static enum status sockrecv_check_options(const struct sockrecv *given,
                                          const struct socket_address *address)
{
	bool no_file = given->connect || address->is_abstract;
	if (given->all && given->type == SOCKET_DGRAM)
		return error_usage("-a is for a connection, and datagrams have none");
	if (given->mode.given && no_file)
		return error_usage("-m is for the file of a socket that is made here");
	if (given->replace_stale && given->connect)
		return error_usage("--replace-stale is for a socket that is made here");
	if (given->connect && given->type == SOCKET_DGRAM)
		return error_usage("-C is for a connection, and datagrams have none");
	if (given->wait && !given->connect)
		return error_usage("-w is for -C");
	return STATUS_OK;
}

/* Stays NULL where there is none. */
static enum status sockrecv_find_command(char ***command, const struct sockrecv *given,
                                         int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--") != 0)
		return error_usage("unexpected '%s': a command stands behind --",
		                   argv[1]);
	if (argc == 2)
		return error_usage("missing COMMAND");
	if (argc > 1 && !given->fd)
		return error_usage("a COMMAND is for --fd");
	if (argc > 1)
		*command = argv + 2;
	else if (given->fd && !frontend_is_builtin())
		return error_usage("--fd needs a COMMAND: no program can open a "
		                   "descriptor in the shell");
	return STATUS_OK;
}

static enum status sockrecv_run(const void *opts, int argc, char **argv)
{
	const struct sockrecv *given = opts;
	struct socket_address address;
	struct received_fd received;
	char **command = NULL;
	enum status status = socket_address_parse(&address, argv[0]);
	if (status == STATUS_OK)
		status = sockrecv_check_options(given, &address);
	if (status == STATUS_OK)
		status = sockrecv_find_command(&command, given, argc, argv);
	if (status != STATUS_OK)
		return status;
	status = sockrecv_receive_at(&address, given, &received);
	if (!given->fd)
		return status;
	if (status != STATUS_OK)
		return command != NULL ? status_before_command(status) : status;
	return command != NULL ? received_fd_run_command(&received, command)
	                       : received_fd_keep_open(&received);
}

APPLET(sockrecv, .summary = "receive messages that come to a local socket",
       .self = {.operands = "ADDRESS [-- COMMAND [ARG...]]",
                .operand_kinds = {OPERAND_ADDRESS, OPERAND_DASHDASH, OPERAND_COMMAND},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(sockrecv),
                .run = sockrecv_run});
