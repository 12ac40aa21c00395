/*
 * Messages to a queue, from operands or from standard input: mqsend. See stream/sender.h.
 */
#ifndef QUEUE_SEND_H
#define QUEUE_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/timeout.h"
#include "base/value.h"
#include "queue/queue.h"
#include "stream/framing.h"

struct queue_send_options {
	struct timeout timeout; /* for all operands; with period, and for standard input,
	                           for each message */
	int64_t priority;       /* of all messages, without with_priority */
	int64_t period;         /* nanoseconds from one message to the next; 0: none */
	enum framing framing;   /* of standard input */
	enum value_when progress; /* show the progress */
	bool with_priority;       /* read the priority before each message */
	bool verbose;             /* report each message */
};

/*
 * Send the messages, up to NULL, to a queue that is open for QUEUE_SEND, after all of
 * them were checked; if there is no message, those of standard input as they are read.
 * STATUS_WOULD_BLOCK or STATUS_TIMED_OUT if the queue is full, 128 + N after a
 * termination signal; a failure is reported, with the number of messages that were sent
 * before.
 */
enum status queue_send_messages(struct queue *queue,
                                const struct queue_send_options *options,
                                char **messages);

#endif
