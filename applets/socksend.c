/*
 * socksend - send messages to a local socket
 *
 * As mqsend sends them to a queue. Datagrams and seqpacket sockets keep the boundaries;
 * on a stream each message is a line, or what the framing says. See send(2), unix(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "frame.h"
#include "input.h"
#include "interrupt.h"
#include "report.h"
#include "socket.h"
#include "socket_send.h"

struct socksend {
	struct patience patience;
	enum framing framing;
	enum socket_type type;
	bool wait, raw, peercred, verbose;
	int64_t fd;
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
    VERBOSE(socksend, verbose),
    END_OF_OPTIONS,
};

static enum status send_one(struct sending *sending, const struct socksend *given,
                            const struct frame *frame, const struct deadline *deadline)
{
	enum status status = sending_send(sending, frame->bytes, frame->length, deadline);
	if (status == STATUS_DONE && given->verbose)
		say("Sent %zu bytes", frame->length);
	return status;
}

/* ------------------------------------------------------------- MESSAGE... */

static enum status send_operands(struct sending *sending, const struct socksend *given,
                                 char **messages)
{
	enum status status = STATUS_DONE;
	struct deadline deadline = deadline_after(given->patience);
	for (char **p = messages; *p != NULL && status == STATUS_DONE; p++)
		status = sending_check(sending, strlen(*p), false);
	for (char **p = messages; *p != NULL && status == STATUS_DONE; p++) {
		struct frame frame = {.bytes = *p, .length = strlen(*p)};
		status = send_one(sending, given, &frame, &deadline);
	}
	return status;
}

/* --------------------------------------------------------- standard input */

/* The input ended or cannot be used. */
static enum status end_of_input(const struct sending *sending, enum frame_result result,
                                const struct frame *frame)
{
	struct progress so_far;
	const char *before = sending_progress(&so_far, sending);
	switch (result) {
	case FRAME_MESSAGE:
	case FRAME_MORE:
	case FRAME_END: return STATUS_DONE;
	case FRAME_TOO_LONG: return sending_check(sending, frame->length, frame->cut);
	case FRAME_BROKEN:
		return fail_as(STATUS_FAILED, "%s: %sstandard input: message %llu %s",
		               sending->endpoint->address->text, before,
		               (unsigned long long)sending->sent + 1, frame->bytes);
	case FRAME_FAILED: break;
	}
	return fail("%s: %sstandard input", sending->endpoint->address->text, before);
}

static enum status send_messages(struct sending *sending, const struct socksend *given)
{
	struct frame_reader reader;
	struct frame frame;
	enum frame_result result = FRAME_END;
	enum status status = STATUS_DONE;
	if (!frame_reader_begin(&reader, given->framing, false, sending->longest))
		return fail("%s: a buffer for messages of %zu bytes",
		            sending->endpoint->address->text, sending->longest);
	while (status == STATUS_DONE && interrupt_pending() == 0 &&
	       (result = frame_next(&reader, &frame)) == FRAME_MESSAGE) {
		/* the pace of the input is not the other end's: each waits anew */
		struct deadline deadline = deadline_after(given->patience);
		status = send_one(sending, given, &frame, &deadline);
	}
	frame_reader_end(&reader, status == STATUS_DONE && result == FRAME_MESSAGE);
	return status != STATUS_DONE ? status : end_of_input(sending, result, &frame);
}

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
	struct interrupt interrupt;
	bool is_stream = sending->endpoint->type == SOCKET_STREAM;
	if (given->framing == FRAMING_WHOLE && is_stream)
		return send_stream(sending, given);
	/* what was read ahead is in hand: it is given back before a signal ends us */
	interrupt_begin(&interrupt);
	return interrupt_end(&interrupt, send_messages(sending, given));
}

/* -------------------------------------------------------------------- run */

static enum status send_all(const struct socksend *given, const struct endpoint *endpoint,
                            char **messages)
{
	struct sending sending;
	enum status status = STATUS_DONE;
	if (given->peercred)
		status = socket_say_peer(endpoint->fd, endpoint->type,
		                         endpoint->address->text);
	if (status == STATUS_DONE)
		status =
		    sending_begin(&sending, endpoint, ending_of(given), (int)given->fd);
	if (status != STATUS_DONE)
		return status;
	if (*messages != NULL)
		status = send_operands(&sending, given, messages);
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
