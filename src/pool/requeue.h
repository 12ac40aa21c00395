/*
 * What goes back on a queue: now, after a while, or when there is room.
 *
 * The functions that return a status have reported what is lost.
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

/* What is to be put on a queue at a moment. */
struct requeue_message {
	struct requeue_message *next, *previous; /* due later, sooner: insque(3) */
	const struct queue *to;
	struct deadline due;
	struct job job;
	bool refused; /* there was no room for it */
};

/* Begin with zeros, `home` and `flight`. */
struct requeue {
	const struct queue *source; /* where the jobs come from, and are tried again */
	struct inflight *inflight;  /* which they leave when they are sent; NULL: none */
	struct requeue_message delayed; /* the head of the list, not one of them */
	struct attempts attempts;       /* of what has gone home */
};

/* Put it on a queue, or aside, as a copy, where that is for later. */
enum status requeue_send(struct requeue *requeue, const struct queue *to, int64_t delay,
                         const struct job *job);

enum requeue_selection {
	REQUEUE_DUE,   /* what is due; what finds no room is due a little later */
	REQUEUE_ALL,   /* everything, likewise */
	REQUEUE_FINAL, /* what finds no room within a second is lost */
};
enum status requeue_send_due(struct requeue *requeue, enum requeue_selection selection);

/*
 * The first that was to go home and found no room is no longer to go: a copy of it, in
 * what holds its bytes. Its tries are remembered. False: there is none.
 */
bool requeue_take_refused(struct requeue *requeue, struct job *job);

/* The next one to be sent; NULL: nothing is aside. */
static inline const struct requeue_message *requeue_next(const struct requeue *requeue)
{
	return requeue->delayed.next;
}

#endif
