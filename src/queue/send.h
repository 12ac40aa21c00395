/* SPDX-License-Identifier: MIT */
/*
 * Messages to a queue, from operands or from standard input: mqsend. See stream/sender.h.
 */
#ifndef QUEUE_SEND_H
#define QUEUE_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/string_list.h"
#include "base/timeout.h"
#include "base/value.h"
#include "queue/queue.h"
#include "stream/framing.h"

struct queue_send_options {
	struct timeout timeout; /* for all operands; with period, and for standard input,
	                           for each message */
	int64_t priority;       /* of all messages, without with_priority; or the next */
	int64_t period;         /* nanoseconds from one message to the next; 0: none */
	enum framing framing;   /* of standard input */
	enum value_when progress; /* show the progress */
	bool with_priority;       /* read the priority before each message */
	bool acknowledge; /* answer each message of standard input: stream/answers.h */
	bool verbose;     /* report each message */
	struct string_list to; /* more queues, for the caller */
};

/* The default of each queue. */
enum { QUEUE_SEND_DEFAULT_PRIORITY = -1 };

/* The operand and those of --to. */
enum { QUEUE_SEND_QUEUES_MAX = 1 + STRING_LIST_MAX };

/*
 * Send the messages, up to NULL, to each of the queues, which are open for QUEUE_SEND,
 * after all of them were checked; if there is no message, those of standard input as they
 * are read. With several queues, a message is offered to all of them before any wait for
 * room, a failure of each that does not get it is reported, and no further message is
 * sent. STATUS_WOULD_BLOCK or STATUS_TIMED_OUT if a queue is full, 128 + N after a
 * termination signal; a failure is reported, with the number of messages that were sent
 * before.
 */
enum status queue_send_messages(struct queue *queues, int count,
                                const struct queue_send_options *options,
                                char **messages);

#endif
