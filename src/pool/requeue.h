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
struct parcel {
	struct parcel *next, *before; /* due later, sooner: insque(3) */
	const struct queue *to;
	struct deadline due;
	struct job job;
	bool refused; /* there was no room for it */
};

/* Begin with zeros, `home` and `flight`. */
struct post {
	const struct queue *home; /* where the jobs come from, and are tried again */
	struct in_flight *flight; /* which they leave when they are sent; NULL: none */
	struct parcel parcels;    /* the head of the list, not one of them */
	struct tries tries;       /* of what has gone home */
};

/* Put it on a queue, or aside, as a copy, where that is for later. */
enum status post_send(struct post *post, const struct queue *to, int64_t delay,
                      const struct job *job);

enum post_time {
	POST_DUE,          /* what is due; what finds no room is due a little later */
	POST_AT_ONCE,      /* everything, likewise */
	POST_NOW_OR_NEVER, /* what finds no room within a second is lost */
};
enum status post_send_due(struct post *post, enum post_time time);

/*
 * The first that was to go home and found no room is no longer to go: a copy of it, in
 * what holds its bytes. Its tries are remembered. False: there is none.
 */
bool post_take_back(struct post *post, struct job *job);

/* The next one to be sent; NULL: nothing is aside. */
static inline const struct parcel *post_next(const struct post *post)
{
	return post->parcels.next;
}

#endif
