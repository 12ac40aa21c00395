/* SPDX-License-Identifier: MIT */
/*
 * Messages of a queue written to standard output, one after the other: mqrecv without
 * --exec. See stream/frame.h for how they are written.
 *
 * A message that cannot be written is put back on the queue. If that fails too, the error
 * message reports what is lost. A termination signal ends the receiving without a message
 * held (base/termsig.h).
 */
#ifndef QUEUE_RECEIVE_H
#define QUEUE_RECEIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/timeout.h"
#include "base/value.h"
#include "queue/queue.h"
#include "stream/framing.h"

struct queue_receive_options {
	struct timeout timeout; /* for all messages; with follow for each message, with
	                           all for the first */
	int64_t count;          /* messages to receive, without all and follow */
	bool all;               /* until the queue is empty */
	bool follow;            /* without limit */
	enum framing framing;
	bool with_priority; /* write the priority before each message */
	const char *into; /* --into: messages go to shell_variable_add(), without framing
	                     and priority; NULL: to standard output */
	bool verbose;     /* report each message */
	enum value_when progress; /* show the progress */
};

/*
 * Receive from a queue that is open for QUEUE_RECEIVE, by its choice. STATUS_WOULD_BLOCK
 * or STATUS_TIMED_OUT if fewer messages came than requested, STATUS_SIGPIPE if the reader
 * of standard output closed it, 128 + N after a termination signal; a failure is
 * reported.
 */
enum status queue_receive_messages(struct queue *queue,
                                   const struct queue_receive_options *options);

#endif
