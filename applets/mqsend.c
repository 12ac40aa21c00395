/*
 * mqsend - send messages to a message queue
 *
 * All MESSAGE operands are checked before the first one is sent. Messages of standard
 * input are sent as they are read. See mq_send(3), msgsnd(2).
 */
#include <errno.h>

#include "applet.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/report.h"
#include "queue/queue.h"
#include "stream/sender.h"

struct mqsend {
	struct timeout timeout;
	int64_t priority, period;
	enum value_when progress;
	enum framing framing;
	bool with_priority, verbose;
};

enum { GROUP_PRIORITY = 2, GROUP_FRAMING };

enum { NOT_GIVEN = -1 };

static const struct mqsend defaults = {.priority = NOT_GIVEN};

static const struct option_row options[] = {
    WAIT_OPTIONS(mqsend, timeout),
    NUMBER('p', "priority", mqsend, priority, GROUP_PRIORITY, "PRIO", 0, INT64_MAX,
           "send with this priority, 0 (the default) to 32767; System V: the type"),
    FLAG('P', "priorities", mqsend, with_priority, GROUP_PRIORITY,
         "read PRIO and a tab before each message"),
    CHOICE('l', "lines", framing, mqsend, framing, GROUP_FRAMING, FRAMING_LINES,
           "each line of standard input is a message"),
    CHOICE('0', "null", framing, mqsend, framing, GROUP_FRAMING, FRAMING_NUL,
           "each NUL-ended string of standard input is a message"),
    CHOICE('N', "netstrings", framing, mqsend, framing, GROUP_FRAMING, FRAMING_NETSTRING,
           "each netstring of standard input is a message"),
    RATE(mqsend, period),
    VERBOSE(mqsend, verbose),
    PROGRESS(mqsend, progress),
    END_OF_OPTIONS,
};

/* The target of a struct sender. */
struct mqsend_sender {
	struct sender sender;
	struct queue queue;
	bool verbose;
};

static int mqsend_send_waiting(const struct queue *queue, const struct frame *frame,
                               const struct deadline *deadline)
{
	struct termsig termsig;
	termsig_begin(&termsig);
	int result =
	    queue_send(queue, frame->bytes, frame->length, frame->priority, deadline);
	int error = errno;
	termsig_end(&termsig, STATUS_OK);
	errno = error;
	return result;
}

/* termsig_begin() costs more than sending: it is called only for a message that waits. */
static int mqsend_send(const struct queue *queue, const struct frame *frame,
                       const struct deadline *deadline)
{
	bool guarded = termsig_is_active();
	int result = queue_send(queue, frame->bytes, frame->length, frame->priority,
	                        guarded ? deadline : &DEADLINE_NOW);
	if (result == 0 || guarded || errno != EAGAIN ||
	    deadline->timeout.kind == TIMEOUT_ZERO)
		return result;
	return mqsend_send_waiting(queue, frame, deadline);
}

static enum status mqsend_too_long(const void *to, const struct frame *frame)
{
	const struct mqsend_sender *sending = to;
	struct error_prefix prefix;
	const char *limit = sending->queue.size_limit;
	return error_as(STATUS_FAILED, "%s: %smessage of %s%zu bytes exceeds %s (%lld)",
	                sending->sender.name,
	                sender_sent_prefix(&prefix, &sending->sender),
	                frame->truncated ? "at least " : "", frame->length,
	                limit != NULL ? limit : "the message size of the queue",
	                (long long)sending->queue.size);
}

/* EMSGSIZE, and the message size of the queue was not read before. */
static enum status mqsend_longer_than_known(struct mqsend_sender *sending,
                                            const struct frame *frame)
{
	enum status status = queue_get_attributes(&sending->queue);
	return status == STATUS_OK ? mqsend_too_long(sending, frame) : status;
}

static enum status mqsend_one(void *to, const struct frame *frame,
                              const struct deadline *deadline)
{
	struct mqsend_sender *sending = to;
	struct error_prefix prefix;
	int result = mqsend_send(&sending->queue, frame, deadline);
	if (result < 0 && errno == EMSGSIZE && sending->queue.size == 0)
		return mqsend_longer_than_known(sending, frame);
	if (result < 0)
		return queue_error(&sending->queue, QUEUE_SENDING,
		                   sender_sent_prefix(&prefix, &sending->sender));
	if (sending->verbose)
		report_info("Sent %zu bytes; priority = %lld", frame->length,
		            (long long)frame->priority);
	return STATUS_OK;
}

/* The priority of all messages, without -P. */
static enum status mqsend_check_priority(int64_t given,
                                         const struct frame_priorities *can)
{
	if (given > can->max)
		return error_usage("option '-p': '%lld' is more than %lld",
		                   (long long)given, (long long)can->max);
	if (given < can->min)
		return error_usage("option '-p': '%lld' is less than %lld",
		                   (long long)given, (long long)can->min);
	return STATUS_OK;
}

static enum status mqsend_all(struct mqsend_sender *sending, enum framing framing,
                              char **messages)
{
	enum status status = STATUS_OK;
	/* none of several messages is sent if one is too long */
	if (messages[0] == NULL || messages[1] != NULL)
		status = queue_get_attributes(&sending->queue);
	if (status != STATUS_OK)
		return status;
	sending->sender.longest = (size_t)sending->queue.size;
	return messages[0] != NULL ? sender_send_operands(&sending->sender, messages)
	                           : sender_send_input(&sending->sender, framing);
}

static enum status mqsend_run(const void *opts, int argc, char **argv)
{
	const struct mqsend *given = opts;
	struct name name;
	if (argc > 1 && given->framing != FRAMING_WHOLE)
		return error_usage("'%s': -l, -0 and -N exclude MESSAGE operands",
		                   argv[1]);
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status != STATUS_OK)
		return status;
	const struct frame_priorities *priorities = queue_priorities(&name);
	int64_t priority =
	    given->priority != NOT_GIVEN ? given->priority : priorities->default_priority;
	struct mqsend_sender sending = {
	    .sender = {.name = name.text,
	               .timeout = given->timeout,
	               .priorities = given->with_priority ? priorities : NULL,
	               .priority = priority,
	               .period = given->period,
	               .when = given->progress,
	               .target = &sending,
	               .send = mqsend_one,
	               .report_too_long = mqsend_too_long},
	    .verbose = given->verbose,
	};
	status = mqsend_check_priority(priority, priorities);
	if (status == STATUS_OK)
		status = queue_open(&sending.queue, &name, QUEUE_SEND);
	if (status != STATUS_OK)
		return status;
	status = mqsend_all(&sending, given->framing, argv + 1);
	queue_close(&sending.queue);
	return status;
}

APPLET(mqsend, .summary = "send messages to a message queue",
       .self = {.operands = "QUEUE [MESSAGE...]",
                .operand_kinds = {OPERAND_QUEUE, OPERAND_TEXT | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(mqsend),
                .run = mqsend_run,
                .handles_sigpipe = true});
