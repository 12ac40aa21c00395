/* SPDX-License-Identifier: MIT */
/*
 * The in-flight queue: a second queue that keeps each message, unchanged, until its job
 * is done. mqrecv --exec --in-flight.
 *
 *     QUEUE -> slot -> QUEUE2   received: the command may begin
 *     QUEUE2 -> slot            done, or sent to another queue: the slot is cleared
 *
 * Only the first message of a queue can be received. To find the message of a job that is
 * done, the messages before it are received as well and put back. At each moment a
 * message is on a queue or in a slot, see pool/slots.h; if the process is killed, the
 * next one with this QUEUE2 recovers these orphaned messages first.
 *
 * Which one of several equal messages is removed makes no difference.
 *
 * With `held` messages stay in their slots instead, since workers that stay have more of
 * them than the queue of an ordinary user holds:
 *
 *     QUEUE -> slot             received: a worker may get it
 *     slot cleared              done, or sent to another queue
 *
 * The queue is only recovered from at the beginning. At the end what is not done is sent
 * to it, as many messages as it holds; the others stay in the slots. Both kinds of pool
 * find what the other has left. Each message has a number, which it keeps as long as it
 * is in its slot.
 */
#ifndef POOL_INFLIGHT_H
#define POOL_INFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool/job.h"
#include "pool/slots.h"

enum { INFLIGHT_HELD_MAX = 4096 };

struct inflight_orphan {
	uint32_t priority, slot;
	uint64_t sequence;
};

struct inflight {
	/* set before inflight_begin() */
	int64_t held;  /* messages that may be in flight, in slots, at most
	                  INFLIGHT_HELD_MAX; 0: they are on the queue */
	bool numbered; /* `held`, and their numbers are used: at the end they stay in the
	                  slots */

	struct name name;
	struct queue queue;
	struct slots slots;
	uint64_t *hashes; /* of all messages in flight, unless they are held */
	size_t count;     /* messages in flight */
	size_t capacity;  /* messages that may be in flight: less than `held` if slots of
	                     an  earlier process are used that are fewer */
	/* the recovered messages, with the highest priority last, and the oldest one of
	   these; `waiting` of them */
	struct inflight_orphan *orphans;
	size_t orphaned;      /* messages that were recovered from an earlier process */
	size_t waiting;       /* those of them that have not been received again */
	struct sigbus *guard; /* between inflight_begin_removal() and its end; NULL */
};

/*
 * Begin with zeros, queue.fd -1 and what is said above; inflight_end() is called in any
 * case. `text` is the name. A failure is reported, also if the queue is one of the other
 * two, holds fewer messages than there are workers unless they are held, or shorter
 * messages than `from`. STATUS_WOULD_BLOCK if another process uses it.
 */
enum status inflight_begin(struct inflight *inflight, const char *text,
                           const struct queue *from, const struct name *dead_letter,
                           int64_t workers);
/* A failure to remove the memory is reported. */
enum status inflight_end(struct inflight *inflight);

/* Is there an orphaned message, left by an earlier process, that can be received? */
bool inflight_has_orphan(const struct inflight *inflight);

/* No more messages may be received: the queue, or the slots, would not hold them. */
bool inflight_is_full(const struct inflight *inflight);

/*
 * Receive an orphaned message, otherwise one of `from`; it is in flight from now on.
 * STATUS_WOULD_BLOCK, not reported, if none is there; a failure is reported.
 */
enum status inflight_receive(struct inflight *inflight, const struct queue *from,
                             struct job *job);

/*
 * The job is done, or its message is on another queue. A held one is that of job->slot. A
 * failure is reported.
 */
enum status inflight_remove(struct inflight *inflight, const struct job *job);

/*
 * Between these inflight_remove() of a held message makes no system call: for many jobs
 * that are done at once. That the memory was truncated is reported at the end. *guard is
 * the caller's, until then.
 */
void inflight_begin_removal(struct inflight *inflight, struct sigbus *guard);
enum status inflight_end_removal(struct inflight *inflight);

#endif
