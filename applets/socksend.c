/* SPDX-License-Identifier: MIT */
/*
 * socksend - send messages to a socket
 *
 * As mqsend sends them to a queue. Datagram and seqpacket sockets keep the boundaries of
 * messages; on a stream each message is sent as a line, or as the framing says. See
 * send(2), unix(7).
 */
#include <fcntl.h>

#include "applet.h"
#include "base/deadline.h"
#include "io/error.h"
#include "io/input.h"
#include "socket/connect.h"
#include "socket/sender.h"
#include "stream/sender.h"

struct socksend {
	struct timeout timeout;
	enum framing framing;
	enum socket_type type;
	bool wait, raw, peercred, verbose, acknowledge;
	struct string_list fds;
	int64_t period;
};

enum { GROUP_FRAMING = 2, GROUP_TYPE };

static const struct option_row options[] = {
    WAIT_OPTIONS(socksend, timeout),
    FLAG('w', "wait", socksend, wait, 0, "wait until a process listens"),
    CHOICE('l', "lines", framing, socksend, framing, GROUP_FRAMING, FRAMING_LINES,
           "each line of standard input is a message"),
    CHOICE('0', "null", framing, socksend, framing, GROUP_FRAMING, FRAMING_NUL,
           "each NUL-terminated string is a message; on a stream a NUL ends it"),
    CHOICE('N', "netstrings", framing, socksend, framing, GROUP_FRAMING,
           FRAMING_NETSTRING,
           "each netstring is a message; on a stream it is sent as one"),
    FLAG('r', "raw", socksend, raw, GROUP_FRAMING,
         "on a stream, send nothing after a message"),
    SOCKET_TYPES(socksend, type, GROUP_TYPE, "to ", " only"),
    STRINGS(0, "fd", socksend, fds, 0, "FD",
            "pass descriptor FD with the first message; may be repeated",
            .value = OPERAND_FD, EXCLUDES("ack")),
    FLAG(0, "ack", socksend, acknowledge, 0,
         "print 0 for each message of standard input that was sent",
         REQUIRES("lines|null|netstrings")),
    SOCKET_PEERCRED(socksend, peercred, "the peer"),
    RATE(socksend, period, "send at most N messages a second"),
    VERBOSE(socksend, verbose),
    END_OF_OPTIONS,
};

/* On a stream the whole input ends with the connection: it needs no buffer. */
static enum status socksend_copy_input(struct socket_sender *socket_sender,
                                       const struct socksend *given)
{
	char bytes[65536];
	ssize_t length;
	while ((length = input_read(bytes, sizeof bytes)) > 0) {
		struct deadline deadline = deadline_start(given->timeout);
		enum status status =
		    socket_sender_write(socket_sender, bytes, (size_t)length, &deadline);
		if (status != STATUS_OK)
			return status;
	}
	return length < 0 ? error_errno("%s: standard input",
	                                socket_sender->endpoint->address->text)
	                  : STATUS_OK;
}

/* Without an option for the framing, a message on a stream ends with a newline. */
static enum framing socksend_framing(const struct socksend *given)
{
	bool is_given = given->raw || given->framing != FRAMING_WHOLE;
	return is_given ? given->framing : FRAMING_LINES;
}

static enum status socksend_send_input(struct socket_sender *socket_sender,
                                       const struct socksend *given)
{
	if (given->framing == FRAMING_WHOLE &&
	    socket_sender->endpoint->type == SOCKET_STREAM)
		return socksend_copy_input(socket_sender, given);
	return sender_send_input(&socket_sender->sender, given->framing);
}

/* -------------------------------------------------------------------- run */

static enum status socksend_send_all(const struct socksend *given,
                                     const struct socket_endpoint *endpoint,
                                     struct fdpass_set *fds, char **messages)
{
	struct socket_sender socket_sender = {
	    .endpoint = endpoint,
	    .framing = socksend_framing(given),
	    .fds = fds,
	    .verbose = given->verbose,
	    .sender = {.timeout = given->timeout,
	               .period = given->period,
	               .acknowledge = given->acknowledge}};
	enum status status = STATUS_OK;
	if (given->peercred)
		status = socket_print_peer(endpoint->fd, endpoint->type,
		                           endpoint->address->text);
	if (status == STATUS_OK)
		status = socket_sender_begin(&socket_sender);
	if (status != STATUS_OK)
		return status;
	if (*messages != NULL)
		status = sender_send_operands(&socket_sender.sender, messages);
	else if (fds->count == 0)
		status = socksend_send_input(&socket_sender, given);
	if (status == STATUS_OK && fds->count > 0) {
		/* unix(7): on a stream a descriptor must be sent with at least one byte
		 */
		struct deadline deadline = deadline_start(given->timeout);
		status = socket_sender_write(&socket_sender, "", 1, &deadline);
	}
	return status == STATUS_OK ? socket_sender_end(&socket_sender) : status;
}

static enum status socksend_parse_fds(const struct socksend *given,
                                      struct fdpass_set *fds)
{
	fds->count = 0;
	for (int i = 0; i < given->fds.count; i++) {
		int fd;
		const char *reason = value_descriptor(given->fds.at[i], &fd);
		if (reason != NULL)
			return error_usage("option '--fd': '%s' is %s", given->fds.at[i],
			                   reason);
		if (fcntl(fd, F_GETFD) < 0)
			return error_as(STATUS_FAILED, "descriptor %d: not open", fd);
		fds->fds[fds->count++] = fd;
	}
	return STATUS_OK;
}

static enum status socksend_run(const void *opts, int argc, char **argv)
{
	const struct socksend *given = opts;
	struct socket_address address;
	struct socket_endpoint endpoint;
	struct fdpass_set fds;
	enum socket_type type = given->type;
	struct socket_connect_options connect_options = {.wait = given->wait};
	struct deadline deadline = deadline_start(given->timeout);
	if (given->acknowledge && argc > 1)
		return error_usage("'%s': --ack excludes MESSAGE operands", argv[1]);
	enum status status = socket_address_parse(&address, argv[0]);
	if (status == STATUS_OK)
		status = socksend_parse_fds(given, &fds);
	if (status == STATUS_OK)
		status = socket_address_check_options(&address, &type, given->peercred,
		                                      fds.count > 0 ? "--fd" : NULL);
	connect_options.type = type;
	if (status == STATUS_OK)
		status = socket_connect(&endpoint, &address, &connect_options, &deadline);
	if (status != STATUS_OK)
		return status;
	status = socksend_send_all(given, &endpoint, &fds, argv + 1);
	socket_close(&endpoint);
	return status;
}

APPLET(socksend, .summary = "send messages to a socket", .group = APPLETS_SOCKETS,
       .example = "socksend -w ./box one 'two words'",
       .self = {.operands = "ADDRESS [MESSAGE...]",
                .operand_kinds = {OPERAND_ADDRESS, OPERAND_TEXT | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(socksend),
                .run = socksend_run});
