/* SPDX-License-Identifier: MIT */
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

#include "base/sigbus.h"
#include "pool/slot.h"
#include "queue/queue.h"
#include "shm/segment.h"

struct slots {
	struct name name; /* of the shared memory object */
	struct segment segment;
	struct segment_mapping mapping;
	size_t count, size, stride;
	uint64_t created; /* as struct slot_header has it */
	uint32_t *empty;  /* the indexes of the empty slots; the last one is used next */
	size_t empty_count;
};

/* How many messages the slots are to hold, one less than there are slots. */
struct slots_depth {
	int64_t wanted;
	/* of existing slots with messages; fewer hold too few */
	int64_t least;
};

/*
 * Begin with zeros. Open the slots of a queue, and create them if they do not exist.
 * Those that are not empty are SLOT_ORPHANED or SLOT_SENDING now. Empty ones of another
 * number or size are created anew. Others of another number are used as they are if they
 * have room for the messages of the queue as well, and otherwise refused.
 *
 * A failure is reported; STATUS_WOULD_BLOCK if another process uses them. Nothing is used
 * or changed unless the object is a private file (owner_is_private_file() of io/owner.h)
 * with valid contents (pool/slot.h).
 */
enum status slots_open(struct slots *slots, const struct queue *queue,
                       const struct slots_depth *depth);

/*
 * The part of slots_open() that reads what an earlier process left in memory of `length`
 * bytes: determine the states. False if the contents are not valid, or with errno ENOMEM:
 * nothing was changed. `empty` is allocated.
 */
bool slots_load(struct slots *slots, void *memory, size_t length, const char *queue);

/* A random number for slot_header.created. */
uint64_t slots_nonce(void);

/*
 * If all are empty, the shared memory object is removed. A failure to remove it is
 * reported.
 */
enum status slots_close(struct slots *slots);

/*
 * Around all other access to the slots but their opening and closing, and to their bytes:
 * another process may truncate the object. slots_end_access() reports that and returns
 * STATUS_FAILED; otherwise, or if a failure has been reported, it returns status.
 */
void slots_begin_access(const struct slots *slots, struct sigbus *sigbus);
enum status slots_end_access(const struct slots *slots, struct sigbus *sigbus,
                             enum status status);

/* index: 0 to count - 1 */
struct slot *slots_at(const struct slots *slots, size_t index);

size_t slots_index(const struct slots *slots, const struct slot *slot);

/* The number of slots that are not empty. */
size_t slots_used(const struct slots *slots);

/* The first slot in this state, or NULL. */
struct slot *slots_find(const struct slots *slots, enum slot_state state);

/*
 * Receive a message without waiting: its slot, SLOT_HELD now. NULL with errno: EAGAIN if
 * the queue is empty, ENOBUFS if no slot is.
 */
struct slot *slots_receive(struct slots *slots, const struct queue *from);

/* Send it to the queue of these slots without waiting: 0, or -1 with errno, SLOT_HELD. */
int slots_send(struct slots *slots, struct slot *slot, const struct queue *queue,
               uint64_t copies);

/* The slot is not empty. */
void slots_clear(struct slots *slots, struct slot *slot);

/*
 * Give the message of the slot the next number, unless it has one. No two
 * messages get one number, even if the process is killed here.
 */
void slots_number(const struct slots *slots, struct slot *slot);

/* Neither from SLOT_EMPTY nor to it. */
void slot_set_state(struct slot *slot, enum slot_state state);

#endif
