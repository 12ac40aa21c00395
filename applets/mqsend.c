/*
 * mqsend - send messages to a message queue
 *
 * MESSAGE operands are all checked before the first is sent. From standard
 * input messages are sent as they come in. See mq_send(3), msgsnd(2).
 */
#include <errno.h>

#include "applet.h"
#include "base/termsig.h"
#include "io/report.h"
#include "queue/queue.h"
#include "stream/sender.h"

struct mqsend {
	struct patience patience;
	int64_t priority, period;
	enum when progress;
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
    RATE(mqsend, period),
    VERBOSE(mqsend, verbose),
    PROGRESS(mqsend, progress),
    END_OF_OPTIONS,
};

/* Where it goes. */
struct sending {
	struct feed feed;
	struct queue queue;
	bool verbose;
};

static int send_waiting(const struct queue *queue, const struct frame *frame,
                        const struct deadline *deadline)
{
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	int result =
	    queue_send(queue, frame->bytes, frame->length, frame->priority, deadline);
	int error = errno;
	interrupt_end(&interrupt, STATUS_DONE);
	errno = error;
	return result;
}

/* interrupt_begin() costs more than to send: of operands only one that waits needs it. */
static int send_now_or_waiting(const struct queue *queue, const struct frame *frame,
                               const struct deadline *deadline)
{
	static const struct deadline now = {.patience = {.kind = NOT_AT_ALL}};
	bool guarded = interrupt_active();
	int result = queue_send(queue, frame->bytes, frame->length, frame->priority,
	                        guarded ? deadline : &now);
	if (result == 0 || guarded || errno != EAGAIN ||
	    deadline->patience.kind == NOT_AT_ALL)
		return result;
	return send_waiting(queue, frame, deadline);
}

static enum status too_long(const void *to, const struct frame *frame)
{
	const struct sending *sending = to;
	struct so_far so_far;
	const char *limit = sending->queue.size_limit;
	return fail_as(
	    STATUS_FAILED,
	    limit != NULL ? "%s: %smessage of %s%zu bytes is longer than %s (%lld)"
	                  : "%s: %smessage of %s%zu bytes is longer than %s %lld",
	    sending->feed.name, feed_so_far(&so_far, &sending->feed),
	    frame->cut ? "at least " : "", frame->length,
	    limit != NULL ? limit : "this queue's", (long long)sending->queue.size);
}

/* It was not asked before how long a message may be. */
static enum status longer_than_known(struct sending *sending, const struct frame *frame)
{
	enum status status = queue_measure(&sending->queue);
	return status == STATUS_DONE ? too_long(sending, frame) : status;
}

static enum status send_one(void *to, const struct frame *frame,
                            const struct deadline *deadline)
{
	struct sending *sending = to;
	struct so_far so_far;
	int result = send_now_or_waiting(&sending->queue, frame, deadline);
	if (result < 0 && errno == EMSGSIZE && sending->queue.size == 0)
		return longer_than_known(sending, frame);
	if (result < 0)
		return queue_failed(&sending->queue, QUEUE_SENDING,
		                    feed_so_far(&so_far, &sending->feed));
	if (sending->verbose)
		say("Sent %zu bytes; priority = %lld", frame->length,
		    (long long)frame->priority);
	return STATUS_DONE;
}

/* The priority of each message, where -P does not say it. */
static enum status check_priority(int64_t given, const struct priorities *can)
{
	if (given > can->most)
		return usage_error("option '-p': '%lld' is more than %lld",
		                   (long long)given, (long long)can->most);
	if (given < can->least)
		return usage_error("option '-p': '%lld' is less than %lld",
		                   (long long)given, (long long)can->least);
	return STATUS_DONE;
}

static enum status send_all(struct sending *sending, enum framing framing,
                            char **messages)
{
	enum status status = STATUS_DONE;
	/* of several none is sent where one is too long */
	if (messages[0] == NULL || messages[1] != NULL)
		status = queue_measure(&sending->queue);
	if (status != STATUS_DONE)
		return status;
	sending->feed.longest = (size_t)sending->queue.size;
	return messages[0] != NULL ? feed_operands(&sending->feed, messages)
	                           : feed_input(&sending->feed, framing);
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct mqsend *given = opts;
	struct name name;
	if (argc > 1 && given->framing != FRAMING_WHOLE)
		return usage_error(
		    "'%s' is a message; -l, -0 and -N are for standard input", argv[1]);
	enum status status = name_parse(&name, NAME_QUEUE, argv[0]);
	if (status != STATUS_DONE)
		return status;
	const struct priorities *priorities = queue_priorities(&name);
	int64_t priority =
	    given->priority != NOT_GIVEN ? given->priority : priorities->otherwise;
	struct sending sending = {
	    .feed = {.name = name.text,
	             .patience = given->patience,
	             .priorities = given->with_priority ? priorities : NULL,
	             .priority = priority,
	             .period = given->period,
	             .when = given->progress,
	             .to = &sending,
	             .send = send_one,
	             .too_long = too_long},
	    .verbose = given->verbose,
	};
	status = check_priority(priority, priorities);
	if (status == STATUS_DONE)
		status = queue_open(&sending.queue, &name, QUEUE_SEND);
	if (status != STATUS_DONE)
		return status;
	status = send_all(&sending, given->framing, argv + 1);
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
