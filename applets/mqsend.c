/* SPDX-License-Identifier: MIT */
/*
 * mqsend - send messages to a message queue
 *
 * All MESSAGE operands are checked before the first one is sent. Messages of standard
 * input are sent as they are read. See mq_send(3), msgsnd(2).
 */
#include "applet.h"
#include "io/error.h"
#include "queue/queue.h"
#include "queue/send.h"

enum { GROUP_PRIORITY = 2, GROUP_FRAMING };

static const struct queue_send_options defaults = {.priority =
                                                       QUEUE_SEND_DEFAULT_PRIORITY};

static const struct option_row options[] = {
    WAIT_OPTIONS(queue_send_options, timeout),
    NUMBER('p', "priority", queue_send_options, priority, GROUP_PRIORITY, "PRIO", 0,
           INT64_MAX,
           "send with this priority, 0 (the default) to 32767; System V: the type"),
    FLAG('P', "priorities", queue_send_options, with_priority, GROUP_PRIORITY,
         "read PRIO and a tab before each message"),
    CHOICE('l', "lines", framing, queue_send_options, framing, GROUP_FRAMING,
           FRAMING_LINES, "each line of standard input is a message"),
    CHOICE('0', "null", framing, queue_send_options, framing, GROUP_FRAMING, FRAMING_NUL,
           "each NUL-terminated string of standard input is a message"),
    CHOICE('N', "netstrings", framing, queue_send_options, framing, GROUP_FRAMING,
           FRAMING_NETSTRING, "each netstring of standard input is a message"),
    STRINGS(0, "to", queue_send_options, to, 0, "QUEUE",
            "send each message to QUEUE too; may be given several times",
            .value = OPERAND_QUEUE),
    FLAG(0, "ack", queue_send_options, acknowledge, 0,
         "print 0 for each message of standard input that is on the queue",
         REQUIRES("lines|null|netstrings")),
    RATE(queue_send_options, period, "send at most N messages a second"),
    VERBOSE(queue_send_options, verbose),
    PROGRESS(queue_send_options, progress),
    END_OF_OPTIONS,
};

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

/* All names are checked before a queue is opened. */
static enum status mqsend_parse(const struct queue_send_options *given, const char *first,
                                struct name *names)
{
	enum status status = name_parse(&names[0], NAME_QUEUE, first);
	for (int i = 0; i < given->to.count && status == STATUS_OK; i++)
		status = name_parse(&names[1 + i], NAME_QUEUE, given->to.at[i]);
	for (int i = 0; i <= given->to.count && status == STATUS_OK; i++) {
		const struct frame_priorities *can = queue_priorities(&names[i]);
		if (given->priority != QUEUE_SEND_DEFAULT_PRIORITY)
			status = mqsend_check_priority(given->priority, can);
		if (given->with_priority && can != queue_priorities(&names[0]))
			status = error_usage("-P requires queues of one kind, POSIX or "
			                     "System V");
	}
	return status;
}

static enum status mqsend_run(const void *opts, int argc, char **argv)
{
	const struct queue_send_options *given = opts;
	struct name names[QUEUE_SEND_QUEUES_MAX];
	struct queue queues[QUEUE_SEND_QUEUES_MAX];
	int count = 0;
	if (argc > 1 && given->framing != FRAMING_WHOLE)
		return error_usage("'%s': -l, -0 and -N exclude MESSAGE operands",
		                   argv[1]);
	enum status status = mqsend_parse(given, argv[0], names);
	while (status == STATUS_OK && count <= given->to.count) {
		status = queue_open(&queues[count], &names[count], QUEUE_SEND);
		count += status == STATUS_OK;
	}
	if (status == STATUS_OK)
		status = queue_send_messages(queues, count, given, argv + 1);
	while (count > 0)
		queue_close(&queues[--count]);
	return status;
}

APPLET(mqsend, .summary = "send messages to a message queue", .group = APPLETS_QUEUES,
       .example = "mqsend -p 10 /jobs Ten",
       .self = {.operands = "QUEUE [MESSAGE...]",
                .operand_kinds = {OPERAND_QUEUE, OPERAND_TEXT | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(queue_send_options),
                .run = mqsend_run,
                .handles_sigpipe = true});
