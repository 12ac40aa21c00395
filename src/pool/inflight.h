/*
 * The messages whose jobs are not done, kept on a second queue until they are, exactly
 * as they are: what mqrecv --exec --in-flight does.
 *
 *	QUEUE -> a hand -> QUEUE2	taken: the command may begin
 *	QUEUE2 -> a hand -> nowhere	done, or sent elsewhere
 *
 * A queue gives only what is at its front. So what is done is looked for by taking out
 * what stands before it, and that is put back. At each moment a message is on a queue or
 * in a hand, see pool/slots.h, and where a process is killed the next one with this
 *QUEUE2 does first what it finds there.
 *
 * Messages that are equal are each other's equals: which of them is taken out makes no
 * difference.
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
	uint64_t *hashes; /* of all that are in flight */
	size_t count;     /* of those */
	size_t orphaned;  /* that an earlier one left */
};

/*
 * Begin with zeros and queue.fd -1; inflight_end() is called in any case. A failure is
 * reported: also where the queue is one of these two, holds fewer messages than there are
 * workers, or shorter ones than `from` has.
 */
enum status inflight_begin(struct inflight *inflight, const char *text,
                           const struct queue *from, const struct name *dead_letter,
                           int64_t workers);
void inflight_end(struct inflight *inflight);

/* Is there one that an earlier process left? */
bool inflight_has_orphan(const struct inflight *inflight);

/* No more may be taken: the queue would not hold them. */
bool inflight_is_full(const struct inflight *inflight);

/*
 * Take one that is left, else one from the queue, and note it as being in flight.
 * STATUS_WOULD_BLOCK where there is none now, without a message; a failure is reported.
 */
enum status inflight_receive(struct inflight *inflight, const struct queue *from,
                             struct job *job);

/* It is done, or on another queue. A failure is reported. */
enum status inflight_remove(struct inflight *inflight, const struct job *job);

#endif
