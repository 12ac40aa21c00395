/* SPDX-License-Identifier: MIT */
/*
 * The contents of the shared memory object of the slots, /dev/shm/QUEUE.in-flight: a
 * header, then `count` slots, each with room for `size` bytes.
 *
 * A program of another user, or a crash, may have written anything there, and a message
 * in a slot is run as a command's argument by this user. So nothing in it is used before
 * slot_memory_is_valid() has compared all of it with what the functions of pool/slots.h
 * can have written.
 */
#ifndef POOL_SLOT_H
#define POOL_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object/name.h"

enum slot_state {
	SLOT_EMPTY,
	SLOT_RECEIVING, /* during the system call that receives */
	SLOT_HELD,
	SLOT_SENDING,  /* during the system call that sends to the queue of these slots */
	SLOT_ORPHANED, /* left by an earlier process, or to be treated as if it were */
};

enum { SLOT_NO_PRIORITY = UINT16_MAX }; /* no message has it */

struct slot {
	uint32_t state;
	uint32_t priority;
	uint64_t length;
	uint64_t copies; /* SLOT_SENDING: number of equal messages, including this one */
	uint64_t sequence; /* its number of slot_header.next; 0: none yet */
	char bytes[];
};

struct slot_header {
	char magic[16];
	uint64_t count, size;
	uint64_t
	    created;   /* a random number: other slots of this queue have another one */
	uint64_t next; /* the number of the next message, at least 1 */
	char queue[sizeof((struct name *)NULL)->text]; /* its name, then zeros */
};

/*
 * The header of `depth` new slots and one more, with `created` 0; the limits of the
 * kernel hold for depth and size.
 */
struct slot_header slot_header_of(const char *queue, int64_t depth, int64_t size);

/* Bytes from one slot to the next; of the whole object. */
size_t slot_stride(const struct slot_header *header);
int64_t slot_memory_bytes(const struct slot_header *header);

/*
 * Are these `length` bytes the slots of this queue: the header, each state, length,
 * priority, number and number of copies? If so, *header is a copy of the header.
 */
bool slot_memory_is_valid(const void *memory, int64_t length, const char *queue,
                          struct slot_header *header);

#endif
