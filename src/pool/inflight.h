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
 */
#ifndef POOL_INFLIGHT_H
#define POOL_INFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool/job.h"
#include "pool/slots.h"

struct inflight {
	struct name name;
	struct queue queue;
	struct slots slots;
	uint64_t *hashes; /* of all messages in flight */
	size_t count;     /* of hashes */
	size_t orphaned;  /* messages that were recovered from an earlier process */
	size_t waiting;   /* those of them that have not been received again */
};

/*
 * Begin with zeros and queue.fd -1; inflight_end() is called in any case. `text` is the
 * name. A failure is reported, also if the queue is one of the other two, holds fewer
 * messages than there are workers, or shorter messages than `from`. STATUS_WOULD_BLOCK
 * if another process uses it.
 */
enum status inflight_begin(struct inflight *inflight, const char *text,
                           const struct queue *from, const struct name *dead_letter,
                           int64_t workers);
/* A failure to remove the memory is reported. */
enum status inflight_end(struct inflight *inflight);

/* Is there an orphaned message, left by an earlier process? */
bool inflight_has_orphan(const struct inflight *inflight);

/* No more messages may be received: the queue would not hold them. */
bool inflight_is_full(const struct inflight *inflight);

/*
 * Receive an orphaned message, otherwise one of `from`; it is in flight from now on.
 * STATUS_WOULD_BLOCK, not reported, if none is there; a failure is reported.
 */
enum status inflight_receive(struct inflight *inflight, const struct queue *from,
                             struct job *job);

/* The job is done, or its message is on another queue. A failure is reported. */
enum status inflight_remove(struct inflight *inflight, const struct job *job);

#endif
