/* SPDX-License-Identifier: MIT */
/*
 * Messages that are sent to a queue again: at once, after a delay, or when the queue has
 * room.
 *
 * The functions that return a status have reported a message that is lost.
 */
#ifndef POOL_REQUEUE_H
#define POOL_REQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "pool/attempts.h"
#include "pool/inflight.h"
#include "queue/queue.h"

/* A message that is to be sent at a later moment; job.bytes follow it. */
struct requeue_message {
	struct requeue_message *next, *previous; /* in the order of `due`: insque(3) */
	const struct queue *to;
	struct deadline due;
	struct job job;
	bool refused; /* the queue was full */
};

/* Begin with zeros, `source` and `inflight`. */
struct requeue {
	const struct queue *source; /* the queue of the jobs */
	/* messages for the source are kept until they run again, so that they stay in
	 * flight; they do so after REQUEUE_ALL and REQUEUE_FINAL too */
	bool keeps;
	/* room for a message of the dead-letter queue, if job->dead_status is used */
	char *dead_letter;
	struct inflight *inflight; /* a message that was sent is removed from it; NULL:
	                              none */
	struct requeue_message delayed; /* head of the list, not an element */
	size_t count;                   /* of delayed messages */
	int64_t put_back; /* number of messages that the source got, or that run again at
	                     once because it is full */
	struct attempts attempts; /* of the messages put back on the source */
};

/* The job is done, or its message is on another queue: it is in flight no longer. */
enum status requeue_remove_inflight(const struct requeue *requeue, const struct job *job);

/* Send a message, or keep a copy of it for later: after the delay, or if `to` is full. */
enum status requeue_send(struct requeue *requeue, const struct queue *to, int64_t delay,
                         const struct job *job);

enum requeue_selection {
	REQUEUE_DUE, /* those that are due; if the queue is full they are due 20 ms later
	              */
	REQUEUE_ALL, /* all of them, likewise */
	REQUEUE_FINAL, /* all of them; if the queue is full for a second they are lost */
};
/* Send the delayed messages of this selection. */
enum status requeue_send_due(struct requeue *requeue, enum requeue_selection selection);

/*
 * Take back the first message that could not be sent to the source because it was full,
 * or is kept and due: *job is a copy, in the buffer that job->bytes points to. Its
 * attempts are remembered. False: no such message.
 */
bool requeue_take_refused(struct requeue *requeue, struct job *job);

/* The delayed message that is due first, or NULL. */
static inline const struct requeue_message *requeue_next(const struct requeue *requeue)
{
	return requeue->delayed.next;
}

/* When there is something to do for a delayed message: one that is kept and due only
 * waits to be taken. */
struct deadline requeue_next_due(const struct requeue *requeue);

#endif
