/*
 * socksend - send messages to a local socket
 *
 * As mqsend sends them to a queue. Datagrams and seqpacket sockets keep the boundaries;
 * on a stream each message is a line, or what the framing says. See send(2), unix(7).
 */
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "applet.h"
#include "io/input.h"
#include "io/report.h"
#include "socket/send.h"
#include "socket/socket.h"
#include "stream/sender.h"

struct socksend {
	struct patience patience;
	enum framing framing;
	enum socket_type type;
	bool wait, raw, peercred, verbose;
	int64_t fd, period;
};

enum { GROUP_FRAMING = 2, GROUP_TYPE };

static const struct socksend defaults = {.fd = -1};

static const struct option_row options[] = {
    PATIENCE(socksend, patience),
    FLAG('w', "wait", socksend, wait, 0, "wait until somebody listens"),
    CHOICE('l', "lines", framing, socksend, framing, GROUP_FRAMING, FRAMING_LINES,
           "each line of standard input is a message"),
    CHOICE('0', "null", framing, socksend, framing, GROUP_FRAMING, FRAMING_NUL,
           "each NUL-ended string is a message; on a stream a NUL ends it"),
    CHOICE('N', "netstrings", framing, socksend, framing, GROUP_FRAMING,
           FRAMING_NETSTRING,
           "each netstring is a message; on a stream it is sent as one"),
    FLAG('r', "raw", socksend, raw, GROUP_FRAMING,
         "on a stream nothing is sent after a message"),
    SOCKET_TYPES(socksend, type, GROUP_TYPE, "to ", ", no other"),
    NUMBER(0, "fd", socksend, fd, 0, "FD", 0, INT_MAX,
           "pass descriptor FD with the first message"),
    FLAG(0, "peercred", socksend, peercred, 0,
         "say on standard error who listens: pid, uid, gid"),
    RATE(socksend, period),
    VERBOSE(socksend, verbose),
    END_OF_OPTIONS,
};

/* On a stream the whole input needs no end but that of the connection, and no buffer. */
static enum status send_stream(struct sending *sending, const struct socksend *given)
{
	char bytes[65536];
	ssize_t length;
	while ((length = input_read(bytes, sizeof bytes)) > 0) {
		struct deadline deadline = deadline_after(given->patience);
		enum status status =
		    sending_write(sending, bytes, (size_t)length, &deadline);
		if (status != STATUS_DONE)
			return status;
	}
	return length < 0 ? fail("%s: standard input", sending->endpoint->address->text)
	                  : STATUS_DONE;
}

/* On a stream, where nothing is said, a message ends as a line does. */
static enum framing ending_of(const struct socksend *given)
{
	bool is_said = given->raw || given->framing != FRAMING_WHOLE;
	return is_said ? given->framing : FRAMING_LINES;
}

static enum status send_input(struct sending *sending, const struct socksend *given)
{
	if (given->framing == FRAMING_WHOLE && sending->endpoint->type == SOCKET_STREAM)
		return send_stream(sending, given);
	return feed_input(&sending->feed, given->framing);
}

/* -------------------------------------------------------------------- run */

static enum status send_all(const struct socksend *given, const struct endpoint *endpoint,
                            char **messages)
{
	struct sending sending = {
	    .endpoint = endpoint,
	    .framing = ending_of(given),
	    .fd = (int)given->fd,
	    .verbose = given->verbose,
	    .feed = {.patience = given->patience, .period = given->period}};
	enum status status = STATUS_DONE;
	if (given->peercred)
		status = socket_say_peer(endpoint->fd, endpoint->type,
		                         endpoint->address->text);
	if (status == STATUS_DONE)
		status = sending_begin(&sending);
	if (status != STATUS_DONE)
		return status;
	if (*messages != NULL)
		status = feed_operands(&sending.feed, messages);
	else if (given->fd < 0)
		status = send_input(&sending, given);
	if (status == STATUS_DONE && sending.fd >= 0) {
		/* a descriptor needs a byte to travel with */
		struct deadline deadline = deadline_after(given->patience);
		status = sending_write(&sending, "", 1, &deadline);
	}
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct socksend *given = opts;
	struct address address;
	struct endpoint endpoint;
	struct deadline deadline = deadline_after(given->patience);
	(void)argc;
	enum status status = address_parse(&address, argv[0]);
	if (status == STATUS_DONE && given->fd >= 0 && fcntl((int)given->fd, F_GETFD) < 0)
		status =
		    fail_as(STATUS_FAILED, "descriptor %d is not open", (int)given->fd);
	if (status == STATUS_DONE)
		status = socket_connect(&endpoint, &address, given->type, given->wait,
		                        &deadline);
	if (status != STATUS_DONE)
		return status;
	status = send_all(given, &endpoint, argv + 1);
	socket_close(&endpoint);
	return status;
}

APPLET(socksend, .summary = "send messages to a local socket",
       .self = {.operands = "ADDRESS [MESSAGE...]",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(socksend),
                .run = run});
