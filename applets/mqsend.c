/*
 * mqsend - send messages to a message queue
 *
 * MESSAGE operands are all checked before the first is sent. From standard
 * input messages are sent as they come in. See mq_send(3), msgsnd(2).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "applet.h"
#include "frame.h"
#include "interrupt.h"
#include "mq.h"
#include "report.h"

struct mqsend {
	struct patience patience;
	int64_t priority;
	enum framing framing;
	bool with_priority, verbose;
};

enum { GROUP_PRIORITY = 2, GROUP_FRAMING };

enum { NOT_GIVEN = -1 };

static const struct mqsend defaults = {.priority = NOT_GIVEN};

static const struct option_row options[] = {
    PATIENCE(mqsend, patience),
    NUMBER('p', "priority", mqsend, priority, GROUP_PRIORITY, "PRIO", 0, INT64_MAX,
           "send with this priority, 0 (the default) to 32767; System V: the type"),
    FLAG('P', "priorities", mqsend, with_priority, GROUP_PRIORITY,
         "read PRIO and a tab in front of each message"),
    CHOICE('l', "lines", framing, mqsend, framing, GROUP_FRAMING, FRAMING_LINES,
           "each line of standard input is a message"),
    CHOICE('0', "null", framing, mqsend, framing, GROUP_FRAMING, FRAMING_NUL,
           "each NUL-ended string of standard input is a message"),
    CHOICE('N', "netstrings", framing, mqsend, framing, GROUP_FRAMING, FRAMING_NETSTRING,
           "each netstring of standard input is a message"),
    VERBOSE(mqsend, verbose),
    END_OF_OPTIONS,
};

/* What is being sent, and how far it has come. */
struct sending {
	const struct mqsend *given;
	const struct priorities *priorities; /* of this family of queues */
	struct queue queue;
	uint64_t sent;
};

/* "3 messages sent, then: ", to stand before what went wrong. */
struct progress {
	char text[48];
};

static const char *progress(struct progress *progress, const struct sending *sending)
{
	progress->text[0] = '\0';
	if (sending->sent > 0)
		snprintf(progress->text, sizeof progress->text,
		         "%llu message%s sent, then: ", (unsigned long long)sending->sent,
		         sending->sent > 1 ? "s" : "");
	return progress->text;
}

static int send_waiting(const struct sending *sending, const struct frame *frame,
                        const struct deadline *deadline)
{
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	int result = queue_send(&sending->queue, frame->bytes, frame->length,
	                        frame->priority, deadline);
	int error = errno;
	interrupt_end(&interrupt, STATUS_DONE);
	errno = error;
	return result;
}

/* interrupt_begin() costs more than to send: of operands only one that waits needs it. */
static int send_now_or_waiting(const struct sending *sending, const struct frame *frame,
                               const struct deadline *deadline)
{
	static const struct deadline now = {.patience = {.kind = NOT_AT_ALL}};
	if (interrupt_active())
		return queue_send(&sending->queue, frame->bytes, frame->length,
		                  frame->priority, deadline);
	int result = queue_send(&sending->queue, frame->bytes, frame->length,
	                        frame->priority, &now);
	if (result == 0 || errno != EAGAIN || deadline->patience.kind == NOT_AT_ALL)
		return result;
	return send_waiting(sending, frame, deadline);
}

static enum status too_long(const struct sending *sending, const struct frame *frame)
{
	struct progress so_far;
	const char *limit = sending->queue.size_limit;
	return fail_as(
	    STATUS_FAILED,
	    limit != NULL ? "%s: %smessage of %s%zu bytes is longer than %s (%lld)"
	                  : "%s: %smessage of %s%zu bytes is longer than %s %lld",
	    sending->queue.name->text, progress(&so_far, sending),
	    frame->cut ? "at least " : "", frame->length,
	    limit != NULL ? limit : "this queue's", (long long)sending->queue.size);
}

/* It was not asked before how long a message may be. */
static enum status longer_than_known(struct sending *sending, const struct frame *frame)
{
	enum status status = queue_measure(&sending->queue);
	return status == STATUS_DONE ? too_long(sending, frame) : status;
}

static enum status send_one(struct sending *sending, const struct frame *frame,
                            const struct deadline *deadline)
{
	struct progress so_far;
	int result = send_now_or_waiting(sending, frame, deadline);
	if (result < 0 && errno == EMSGSIZE && sending->queue.size == 0)
		return longer_than_known(sending, frame);
	if (result < 0)
		return queue_failed(&sending->queue, QUEUE_SENDING,
		                    progress(&so_far, sending));
	sending->sent++;
	if (sending->given->verbose)
		say("Sent %zu bytes; priority = %lld", frame->length,
		    (long long)frame->priority);
	return STATUS_DONE;
}

/* ------------------------------------------------------------- MESSAGE... */

/* Of each message, where -P does not say it. */
static int64_t priority(const struct sending *sending)
{
	int64_t given = sending->given->priority;
	return given != NOT_GIVEN ? given : sending->priorities->otherwise;
}

/* Take an operand apart; what is wrong with it is said before anything is sent. */
static enum status read_operand(const struct sending *sending, struct frame *frame,
                                const char *text)
{
	size_t length = strlen(text);
	*frame = (struct frame){
	    .bytes = text, .length = length, .priority = priority(sending)};
	const char *wrong = NULL;
	if (sending->given->with_priority)
		wrong = frame_split_priority(frame, sending->priorities, text, length);
	if (wrong != NULL)
		return usage_error("message '%.64s' %s", text, wrong);
	/* where it is not known the kernel says so */
	if (sending->queue.size > 0 && frame->length > (size_t)sending->queue.size)
		return too_long(sending, frame);
	return STATUS_DONE;
}

static enum status send_operands(struct sending *sending, char **messages)
{
	struct frame frame;
	/* of several none is sent where one is too long */
	enum status status =
	    messages[1] != NULL ? queue_measure(&sending->queue) : STATUS_DONE;
	struct deadline deadline = deadline_after(sending->given->patience);
	for (char **p = messages; *p != NULL && status == STATUS_DONE; p++)
		status = read_operand(sending, &frame, *p);
	for (char **p = messages; *p != NULL && status == STATUS_DONE; p++) {
		if (interrupt_pending() != 0)
			break;
		read_operand(sending, &frame, *p);
		status = send_one(sending, &frame, &deadline);
	}
	return status;
}

/* --------------------------------------------------------- standard input */

/* The input ended or cannot be used: which, and how far we came. */
static enum status end_of_input(const struct sending *sending, enum frame_result result,
                                const struct frame *frame)
{
	struct progress so_far;
	const char *before = progress(&so_far, sending);
	switch (result) {
	case FRAME_MESSAGE:
	case FRAME_MORE:
	case FRAME_END: return STATUS_DONE;
	case FRAME_TOO_LONG: return too_long(sending, frame);
	case FRAME_BROKEN:
		return fail_as(STATUS_FAILED, "%s: %sstandard input: message %llu %s",
		               sending->queue.name->text, before,
		               (unsigned long long)sending->sent + 1, frame->bytes);
	case FRAME_FAILED: break;
	}
	return fail("%s: %sstandard input", sending->queue.name->text, before);
}

static enum status send_stream(struct sending *sending)
{
	const struct mqsend *given = sending->given;
	struct frame_reader reader;
	struct frame frame;
	enum frame_result result = FRAME_END;
	enum status status = queue_measure(&sending->queue);
	if (status != STATUS_DONE)
		return status;
	if (!frame_reader_begin(&reader, given->framing,
	                        given->with_priority ? sending->priorities : NULL,
	                        (size_t)sending->queue.size))
		return fail("%s: a buffer for messages of %lld bytes",
		            sending->queue.name->text, (long long)sending->queue.size);
	while (status == STATUS_DONE && interrupt_pending() == 0 &&
	       (result = frame_next(&reader, &frame)) == FRAME_MESSAGE) {
		/* the pace of the input is not the queue's: each waits anew */
		struct deadline deadline = deadline_after(given->patience);
		if (!given->with_priority)
			frame.priority = priority(sending);
		status = send_one(sending, &frame, &deadline);
	}
	frame_reader_end(&reader, status == STATUS_DONE && result == FRAME_MESSAGE);
	return status != STATUS_DONE ? status : end_of_input(sending, result, &frame);
}

/* What was read ahead is in hand: a signal must not end us before it is given back. */
static enum status send_input(struct sending *sending)
{
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	return interrupt_end(&interrupt, send_stream(sending));
}

static enum status check_priority(const struct sending *sending)
{
	const struct priorities *can = sending->priorities;
	int64_t given = priority(sending);
	if (given > can->most)
		return usage_error("option '-p': '%lld' is more than %lld",
		                   (long long)given, (long long)can->most);
	if (given < can->least)
		return usage_error("option '-p': '%lld' is less than %lld",
		                   (long long)given, (long long)can->least);
	return STATUS_DONE;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct mqsend *given = opts;
	struct sending sending = {.given = given};
	struct name name;
	if (argc > 1 && given->framing != FRAMING_WHOLE)
		return usage_error(
		    "'%s' is a message; -l, -0 and -N are for standard input", argv[1]);
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status != STATUS_DONE)
		return status;
	sending.priorities = queue_priorities(&name);
	status = check_priority(&sending);
	if (status == STATUS_DONE)
		status = queue_open(&sending.queue, &name, QUEUE_SEND);
	if (status != STATUS_DONE)
		return status;
	status = argc > 1 ? send_operands(&sending, argv + 1) : send_input(&sending);
	queue_close(&sending.queue);
	return status;
}

APPLET(mqsend, .summary = "send messages to a message queue",
       .self = {.operands = "QUEUE [MESSAGE...]",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(mqsend),
                .run = run,
                .guards_itself = true});
