/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "pool/slot.h"

/* The kernel's limits of a queue, ipc/mqueue.c: HARD_MSGMAX, HARD_MSGSIZEMAX. */
enum { COUNT_MAX = 65536 + 1, BYTES_MAX = 16 << 20, PRIORITY_MAX = 32767 };

struct slot_header slot_header_of(const char *queue, int64_t depth, int64_t size)
{
	struct slot_header header = {.magic = "ipctool slots 2",
	                             .count = (uint64_t)depth + 1,
	                             .size = (uint64_t)size,
	                             .next = 1};
	memcpy(header.queue, queue, strlen(queue));
	return header;
}

size_t slot_stride(const struct slot_header *header)
{
	return (sizeof(struct slot) + (size_t)header->size + 7) & ~(size_t)7;
}

int64_t slot_memory_bytes(const struct slot_header *header)
{
	return (int64_t)(sizeof *header + header->count * slot_stride(header));
}

static bool header_is_valid(const struct slot_header *header, int64_t length,
                            const char *queue)
{
	/* the bounds first: beyond them the product overflows */
	if (header->count < 1 || header->count > COUNT_MAX || header->size < 1 ||
	    header->size > BYTES_MAX)
		return false;
	struct slot_header expected =
	    slot_header_of(queue, (int64_t)header->count - 1, (int64_t)header->size);
	return memcmp(header->magic, expected.magic, sizeof expected.magic) == 0 &&
	       memcmp(header->queue, expected.queue, sizeof expected.queue) == 0 &&
	       slot_memory_bytes(header) == length;
}

/* A `next` of 0 leaves no valid sequence. */
static bool slot_is_valid(const struct slot *slot, const struct slot_header *header)
{
	bool has_priority = slot->priority <= PRIORITY_MAX;
	if (slot->length > header->size || slot->sequence >= header->next)
		return false;
	switch (slot->state) {
	case SLOT_EMPTY: return true;
	case SLOT_RECEIVING: return has_priority || slot->priority == SLOT_NO_PRIORITY;
	case SLOT_HELD:
	case SLOT_ORPHANED: return has_priority;
	/* 0 copies would mean that the message was sent */
	case SLOT_SENDING: return has_priority && slot->copies > 0;
	default: return false;
	}
}

bool slot_memory_is_valid(const void *memory, int64_t length, const char *queue,
                          struct slot_header *header)
{
	if (length < (int64_t)sizeof *header)
		return false;
	memcpy(header, memory, sizeof *header);
	if (!header_is_valid(header, length, queue))
		return false;
	const char *at = (const char *)memory + sizeof *header;
	for (uint64_t i = 0; i < header->count; i++, at += slot_stride(header))
		if (!slot_is_valid((const struct slot *)(const void *)at, header))
			return false;
	return true;
}
