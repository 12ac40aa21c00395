/*
 * Messages in hand that outlive who has them.
 *
 * A message that has been received is on no queue any more: where SIGKILL comes before it
 * is put elsewhere, it is gone. So it is received into memory that is shared under a
 * name, in which whoever comes next finds it: /dev/shm/QUEUE.in-flight. The buffer and
 * the priority that mq_receive(3) is given lie there, and a process that is being killed
 * ends a system call that it is in before it dies: the kernel has taken the message from
 * its queue and written it there, or has done neither.
 *
 * Only the length is told by the call's return. Where that never happens it is found by
 * a byte that the hand was full of before, which is in no UTF-8 text: a message that ends
 * in bytes of this value (0xc1) comes back without them then.
 *
 * One process at a time has the hands: they are locked. Those of a queue are the only
 * ones which give to it, while others leave it alone; so it can be told of a message that
 * was being given whether it has been.
 */
#ifndef POOL_SLOTS_H
#define POOL_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "queue/queue.h"
#include "shm/segment.h"

enum slot_state {
	SLOT_EMPTY,
	SLOT_RECEIVING, /* in the midst of a call that receives */
	SLOT_HELD,
	SLOT_SENDING,  /* in the midst of a call that sends to the queue of these hands */
	SLOT_ORPHANED, /* by an earlier process, or to be dealt with as if it were */
};

/* Each is in the shared memory. */
struct slot {
	uint32_t state;
	uint32_t priority;
	uint64_t length;
	uint64_t copies; /* while giving: how many equal ones there are, this one too */
	char bytes[];
};

struct slots {
	struct name name; /* of the memory */
	struct segment segment;
	struct segment_mapping mapping;
	size_t count, size, stride;
};

/*
 * Begin with zeros. The hands of a queue, one more than it holds messages: they are made
 * where there are none. What is not empty in them is LEFT or GIVING now. A failure is
 * reported, STATUS_WOULD_BLOCK where another process has them.
 */
enum status slots_open(struct slots *slots, const struct queue *queue);

/* Where all are empty their memory is removed. */
void slots_close(struct slots *slots);

/* From 0 to count - 1. */
struct slot *slots_at(const struct slots *slots, size_t index);

/* How many are not empty. */
size_t slots_used(const struct slots *slots);

/* The first in this state; NULL: none. */
struct slot *slots_find(const struct slots *slots, enum slot_state state);

/* Receive a message that is there now. NULL with errno: EAGAIN where there is none,
 * ENOBUFS where no hand is empty. */
struct slot *slots_receive(const struct slots *slots, const struct queue *from);

/* Send it to the queue of these hands now: 0, or -1 with errno and it is HOLDING. */
int slot_send(struct slot *slot, const struct queue *queue, uint64_t copies);

void slot_set_state(struct slot *slot, enum slot_state state);
void slot_clear(struct slot *slot);

#endif
