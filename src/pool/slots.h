/*
 * Slots for received messages that survive a crash of the receiver.
 *
 * A message that was received is on no queue any more: SIGKILL before it is put elsewhere
 * loses it. So it is received into a slot in a shared memory object,
 * /dev/shm/QUEUE.in-flight, where the next process finds it. The slot has the buffer and
 * the priority that are passed to mq_receive(3), and a killed process completes the
 * system call that it is in: the kernel has removed the message from the queue and
 * written it into the slot, or has done neither.
 *
 * Only the length is returned by the call. If the call never returns, the length is found
 * by a fill byte, 0xc1, which does not occur in UTF-8 text: a message that ends in bytes
 * of this value then comes back without them.
 *
 * One process at a time uses the slots of a queue: they are locked. As long as only it
 * sends to the queue, it can be determined whether a message that was being sent when the
 * process was killed has been sent.
 */
#ifndef POOL_SLOTS_H
#define POOL_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "queue/queue.h"
#include "shm/segment.h"

enum slot_state {
	SLOT_EMPTY,
	SLOT_RECEIVING, /* during the system call that receives */
	SLOT_HELD,
	SLOT_SENDING,  /* during the system call that sends to the queue of these slots */
	SLOT_ORPHANED, /* left by an earlier process, or to be treated as if it were */
};

/* In the shared memory object. */
struct slot {
	uint32_t state;
	uint32_t priority;
	uint64_t length;
	uint64_t copies; /* SLOT_SENDING: number of equal messages, including this one */
	char bytes[];
};

struct slots {
	struct name name; /* of the shared memory object */
	struct segment segment;
	struct segment_mapping mapping;
	size_t count, size, stride;
};

/*
 * Begin with zeros. Open the slots of a queue, one more than it holds messages, and
 * create them if they do not exist. Those that are not empty are SLOT_ORPHANED or
 * SLOT_SENDING now. A failure is reported; STATUS_WOULD_BLOCK if another process uses
 * them.
 */
enum status slots_open(struct slots *slots, const struct queue *queue);

/* If all are empty, the shared memory object is removed. */
void slots_close(struct slots *slots);

/* index: 0 to count - 1 */
struct slot *slots_at(const struct slots *slots, size_t index);

/* The number of slots that are not empty. */
size_t slots_used(const struct slots *slots);

/* The first slot in this state, or NULL. */
struct slot *slots_find(const struct slots *slots, enum slot_state state);

/*
 * Receive a message without waiting: its slot, SLOT_HELD now. NULL with errno: EAGAIN if
 * the queue is empty, ENOBUFS if no slot is.
 */
struct slot *slots_receive(const struct slots *slots, const struct queue *from);

/* Send it to the queue of these slots without waiting: 0, or -1 with errno, SLOT_HELD. */
int slot_send(struct slot *slot, const struct queue *queue, uint64_t copies);

void slot_set_state(struct slot *slot, enum slot_state state);
void slot_clear(struct slot *slot);

#endif
