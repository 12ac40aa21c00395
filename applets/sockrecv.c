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
#include "io/output.h"
#include "io/record.h"
#include "io/report.h"
#include "socket/fd_receiver.h"
#include "socket/socket.h"
#include "socket/source.h"
#include "stream/frame.h"

struct sockrecv {
	struct patience patience;
	struct mode mode;
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
    PATIENCE(sockrecv, patience),
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

struct receiving {
	const struct sockrecv *given;
	struct source source;
	struct arrival message; /* in hand */
	struct frame_writer writer;
	struct output output;
	size_t room; /* of the writer */
	int64_t received;
};

/* {"socket":"/run/s","pid":123,"uid":0,"gid":0,"size":… */
static void head_of_json(struct record *record, const void *of)
{
	const struct receiving *in = of;
	record_text(record, in->source.endpoint->address->text);
	record_number(record, in->message.sender.pid);
	record_unsigned(record, in->message.sender.uid);
	record_unsigned(record, in->message.sender.gid);
}

/* Put the message where frame_write() writes it from; make room for it before. */
static enum status move_to_writer(struct receiving *in)
{
	static const struct column columns[] = {{"socket", 0}, {"pid", 0},  {"uid", 0},
	                                        {"gid", 0},    {"size", 0}, {NULL, 0}};
	enum { LEAST = 4096 };
	size_t length = in->message.length;
	if (in->writer.buffer == NULL || length > in->room) {
		if (in->writer.buffer != NULL)
			frame_writer_end(&in->writer);
		in->room = length > LEAST ? length : LEAST;
		if (!frame_writer_begin(&in->writer, in->given->framing, false, NULL,
		                        in->room))
			return fail("%s: a message of %zu bytes is lost",
			            in->source.endpoint->address->text, length);
		in->writer.columns = columns;
		in->writer.head = head_of_json;
		in->writer.head_of = in;
	}
	memcpy(in->writer.message, in->message.bytes, length);
	return STATUS_DONE;
}

/* A socket takes nothing back. */
static enum status not_written(const struct receiving *in, size_t written)
{
	bool interrupted = errno == EINTR && interrupt_pending() != 0;
	enum status status = interrupted      ? STATUS_SIGNAL
	                     : errno == EPIPE ? STATUS_READER_GONE
	                                      : STATUS_FAILED;
	char partly[64] = "";
	if (written > 0)
		snprintf(partly, sizeof partly, " after a part of it (%zu bytes)",
		         written);
	return fail_as(status, "standard output: %s%s; the message of %zu bytes is lost",
	               interrupted ? "interrupted" : error_text(errno), partly,
	               in->message.length);
}

static enum status pass_on(struct receiving *in)
{
	size_t written;
	enum status status = move_to_writer(in);
	/* one that nobody asked for */
	if (in->message.fd >= 0)
		close(in->message.fd);
	if (status != STATUS_DONE)
		return status;
	if (frame_write(&in->writer, &in->output, in->message.length, 0, &written) < 0)
		return not_written(in, written);
	in->received++;
	if (in->given->verbose)
		say("Received %zu bytes from pid %d uid %u", in->message.length,
		    (int)in->message.sender.pid, (unsigned)in->message.sender.uid);
	return STATUS_DONE;
}

static enum status no_more(const struct receiving *in)
{
	const struct sockrecv *given = in->given;
	if (given->follow || (given->all && in->received > 0))
		return STATUS_DONE;
	if (!given->all && in->received >= given->count)
		return STATUS_DONE;
	return fail_as(STATUS_NOT_NOW, "%s: the connection ended after %lld message%s",
	               in->source.endpoint->address->text, (long long)in->received,
	               in->received == 1 ? "" : "s");
}

static enum status receive_all(struct receiving *in)
{
	const struct sockrecv *given = in->given;
	bool endless = given->all || given->follow;
	struct deadline deadline = deadline_after(given->patience);
	enum status status = STATUS_DONE;
	while (status == STATUS_DONE && (endless || in->received < given->count)) {
		char before[48] = "";
		bool ended;
		if (in->received > 0)
			snprintf(before, sizeof before, "%lld message%s received, then: ",
			         (long long)in->received, in->received > 1 ? "s" : "");
		if (endless)
			deadline = deadline_after(given->patience);
		status =
		    source_next(&in->source, &in->message, &ended, &deadline, before);
		if (status == STATUS_DONE && ended)
			return no_more(in);
		if (status == STATUS_DONE)
			status = pass_on(in);
	}
	return status;
}

static enum status receive(const struct sockrecv *given, struct endpoint *endpoint)
{
	struct receiving in = {.given = given};
	enum status status = output_begin(&in.output);
	in.source.framing =
	    given->framing == FRAMING_JSON ? FRAMING_LINES : given->framing;
	in.source.peercred = given->peercred;
	in.source.one_connection = given->all;
	in.source.reader_of_output = in.output.reader;
	if (status != STATUS_DONE) {
		socket_close(endpoint);
		return status;
	}
	status = source_begin(&in.source, endpoint, given->connect);
	if (status == STATUS_DONE)
		status = receive_all(&in);
	source_end(&in.source);
	if (in.writer.buffer != NULL)
		frame_writer_end(&in.writer);
	return status;
}

/* --------------------------------------------------------------- a descriptor */

/* The message without what ends it on a stream, where it is a line. */
static void fill_taken(struct taken *taken, const struct endpoint *endpoint,
                       const struct arrival *message)
{
	taken->fd = message->fd;
	taken->sender = message->sender;
	snprintf(taken->message, sizeof taken->message, "%.*s", (int)message->length,
	         message->bytes);
	if (endpoint->type == SOCKET_STREAM)
		taken->message[strcspn(taken->message, "\n")] = '\0';
}

static enum status take(struct taken *taken, const struct sockrecv *given,
                        struct endpoint *endpoint)
{
	struct source source = {.for_descriptor = true,
	                        .one_connection = true,
	                        .reader_of_output = -1,
	                        .peercred = given->peercred};
	struct arrival message = {.fd = -1};
	struct deadline deadline = deadline_after(given->patience);
	bool ended = false;
	enum status status = source_begin(&source, endpoint, given->connect);
	if (status == STATUS_DONE)
		status = source_next(&source, &message, &ended, &deadline, "");
	if (status == STATUS_DONE && message.fd < 0)
		status = fail_as(STATUS_FAILED, "%s: no descriptor came",
		                 endpoint->address->text);
	if (status == STATUS_DONE)
		fill_taken(taken, endpoint, &message);
	source_end(&source);
	return status;
}

/* ----------------------------------------------------------------------- run */

/* Nothing will be sent: who waits for the end of that before it answers need not. */
static enum status connect_to(struct endpoint *endpoint, const struct address *address,
                              const struct sockrecv *given)
{
	struct deadline deadline = deadline_after(given->patience);
	enum status status =
	    socket_connect(endpoint, address, given->type, given->wait, &deadline);
	if (status != STATUS_DONE)
		return status;
	if (endpoint->type != SOCKET_DGRAM) {
		shutdown(endpoint->fd, SHUT_WR);
		return STATUS_DONE;
	}
	socket_close(endpoint);
	return fail_as(STATUS_FAILED,
	               "%s: is a datagram socket: what it sends does not come here",
	               address->text);
}

static enum status open_endpoint(struct endpoint *endpoint, const struct address *address,
                                 const struct sockrecv *given)
{
	struct socket_place place = {.mode = given->mode.bits,
	                             .replace_stale = given->replace_stale};
	if (given->connect)
		return connect_to(endpoint, address, given);
	return socket_listen(endpoint, address, given->type, &place);
}

/* Until all is received and the socket is gone; `taken` for --fd alone. */
static enum status receive_at(const struct address *address, const struct sockrecv *given,
                              struct taken *taken)
{
	struct endpoint endpoint;
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	enum status status = open_endpoint(&endpoint, address, given);
	if (status == STATUS_DONE)
		status =
		    given->fd ? take(taken, given, &endpoint) : receive(given, &endpoint);
	return interrupt_end(&interrupt, status);
}

static enum status check_options(const struct sockrecv *given,
                                 const struct address *address)
{
	bool no_file = given->connect || address->is_abstract;
	if (given->all && given->type == SOCKET_DGRAM)
		return usage_error("-a is for a connection, and datagrams have none");
	if (given->mode.given && no_file)
		return usage_error("-m is for the file of a socket that is made here");
	if (given->replace_stale && given->connect)
		return usage_error("--replace-stale is for a socket that is made here");
	if (given->connect && given->type == SOCKET_DGRAM)
		return usage_error("-C is for a connection, and datagrams have none");
	if (given->wait && !given->connect)
		return usage_error("-w is for -C");
	return STATUS_DONE;
}

/* Stays NULL where there is none. */
static enum status find_command(char ***command, const struct sockrecv *given, int argc,
                                char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--") != 0)
		return usage_error("unexpected '%s': a command stands behind --",
		                   argv[1]);
	if (argc == 2)
		return usage_error("missing COMMAND");
	if (argc > 1 && !given->fd)
		return usage_error("a COMMAND is for --fd");
	if (argc > 1)
		*command = argv + 2;
	else if (given->fd && !front_is_builtin())
		return usage_error("--fd needs a COMMAND: no program can open a "
		                   "descriptor in the shell");
	return STATUS_DONE;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct sockrecv *given = opts;
	struct address address;
	struct taken taken;
	char **command = NULL;
	enum status status = address_parse(&address, argv[0]);
	if (status == STATUS_DONE)
		status = check_options(given, &address);
	if (status == STATUS_DONE)
		status = find_command(&command, given, argc, argv);
	if (status != STATUS_DONE)
		return status;
	status = receive_at(&address, given, &taken);
	if (!given->fd)
		return status;
	if (status != STATUS_DONE)
		return command != NULL ? status_before_command(status) : status;
	return command != NULL ? taken_run(&taken, command) : taken_keep(&taken);
}

APPLET(sockrecv, .summary = "receive messages that come to a local socket",
       .self = {.operands = "ADDRESS [-- COMMAND [ARG...]]",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(sockrecv),
                .run = run});
