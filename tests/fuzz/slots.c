/* SPDX-License-Identifier: MIT */
/*
 * pool/slots.h: what lies in the memory of an in-flight queue. Bytes of another process
 * are accepted only if the numbers in them, computed with 128 bits here, fit the memory;
 * then each message is within its slot. What is refused is not changed.
 *
 * Runs: 1000000 of at most 400 bytes
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pool/slots.h"

__extension__ typedef unsigned __int128 wide;

enum { FILL = 0xc1, NEXT = 4 };

/* The last ones have products that are the usual one in 64 bits. */
static uint64_t interesting_number(struct fuzz_input *input, uint64_t usual)
{
	switch (fuzz_below(input, 10)) {
	case 0: return fuzz_word(input);
	case 1: return usual + 1;
	case 2: return usual - 1;
	case 3: return UINT64_C(1) << fuzz_below(input, 64);
	case 4: return fuzz_byte(input);
	case 5: return usual + (UINT64_C(1) << (63 - fuzz_below(input, 8)));
	default: return usual;
	}
}

/* The slots one after the other, each 32 bytes and its message, a multiple of 8. */
static struct slot *reference_slot(char *memory, wide size, wide index)
{
	wide stride = (32 + size + 7) / 8 * 8;
	return (struct slot *)(void *)(memory + sizeof(struct slot_header) +
	                               (size_t)(index * stride));
}

static bool reference_is_valid(char *memory, size_t length, const char *queue)
{
	struct slot_header *header = (struct slot_header *)(void *)memory;
	char name[sizeof header->queue] = {0};
	if (length < sizeof *header)
		return false;
	strcpy(name, queue);
	wide count = header->count, size = header->size;
	if (memcmp(header->magic, "ipctool slots 2", 16) != 0 ||
	    memcmp(header->queue, name, sizeof name) != 0 || count == 0 || size == 0 ||
	    header->next == 0 ||
	    sizeof *header + count * ((32 + size + 7) / 8 * 8) != length)
		return false;
	for (wide i = 0; i < count; i++) {
		const struct slot *slot = reference_slot(memory, size, i);
		bool no_message =
		    slot->state == SLOT_EMPTY ||
		    (slot->state == SLOT_RECEIVING && slot->priority == 65535);
		if (slot->state > SLOT_ORPHANED || slot->length > size ||
		    slot->sequence >= header->next ||
		    (slot->priority > 32767 && !no_message) ||
		    (slot->state == SLOT_SENDING && slot->copies == 0))
			return false;
	}
	return true;
}

static size_t without_fill(const char *bytes, size_t length)
{
	while (length > 0 && (unsigned char)bytes[length - 1] == FILL)
		length--;
	return length;
}

static void check_filled(const char *bytes, size_t length)
{
	FUZZ_CHECK(without_fill(bytes, length) == 0, "byte %zu of %zu is not filled",
	           without_fill(bytes, length), length);
}

/* The slot as it was left, and after the start of the next process. */
static void check_recovered(const struct slot *left, const struct slot *slot, size_t size)
{
	uint32_t state = left->state == SLOT_SENDING ? SLOT_SENDING : SLOT_ORPHANED;
	uint64_t length = left->length;
	if (left->state == SLOT_EMPTY ||
	    (left->state == SLOT_RECEIVING && left->priority == 65535)) {
		FUZZ_CHECK(slot->state == SLOT_EMPTY, "%u", slot->state);
		check_filled(slot->bytes, size);
		return;
	}
	if (left->state == SLOT_RECEIVING)
		length = without_fill(left->bytes, size);
	FUZZ_CHECK(slot->state == state, "%u, not %u", slot->state, state);
	FUZZ_CHECK(slot->length == length, "%llu, not %llu",
	           (unsigned long long)slot->length, (unsigned long long)length);
	FUZZ_CHECK(slot->priority == left->priority && slot->copies == left->copies &&
	               slot->sequence == left->sequence,
	           "priority %u, copies %llu", slot->priority,
	           (unsigned long long)slot->copies);
	FUZZ_CHECK(memcmp(slot->bytes, left->bytes, size) == 0, "other bytes");
}

static uint64_t slots_next(const char *memory)
{
	return ((const struct slot_header *)(const void *)memory)->next;
}

/* What a pool reads and writes: each message is taken once, the first one first. */
static void use_slots(struct slots *slots, char *memory, char *left)
{
	size_t used = 0;
	const struct slot *first = NULL;
	for (size_t i = 0; i < slots->count; i++) {
		struct slot *slot = slots_at(slots, i);
		FUZZ_CHECK(slot == reference_slot(memory, slots->size, i), "slot %zu", i);
		check_recovered(reference_slot(left, slots->size, i), slot, slots->size);
		used += slot->state != SLOT_EMPTY;
		if (first == NULL && slot->state == SLOT_ORPHANED)
			first = slot;
	}
	FUZZ_CHECK(slots_used(slots) == used, "%zu used, not %zu", slots_used(slots),
	           used);
	FUZZ_CHECK(slots_find(slots, SLOT_ORPHANED) == first, "not the first");
	FUZZ_CHECK(slots->empty_count == slots->count - used, "%zu empty",
	           slots->empty_count);
	for (size_t i = 0; i < slots->empty_count; i++)
		FUZZ_CHECK(slots_at(slots, slots->empty[i])->state == SLOT_EMPTY &&
		               (i == 0 || slots->empty[i] < slots->empty[i - 1]),
		           "%u is empty", slots->empty[i]);
	for (size_t i = 0; i < slots->count; i++) {
		struct slot *slot = slots_at(slots, i);
		size_t length = (size_t)slot->length;
		if (slot->state == SLOT_EMPTY)
			continue;
		uint64_t number = slot->sequence, next = slots_next(memory);
		slots_number(slots, slot);
		FUZZ_CHECK(slot->sequence == (number > 0 ? number : next) &&
		               slots_next(memory) == next + (number == 0),
		           "number %llu", (unsigned long long)slot->sequence);
		slots_clear(slots, slot);
		FUZZ_CHECK(slots->empty[slots->empty_count - 1] == i, "%zu is empty", i);
		FUZZ_CHECK(slots_used(slots) == --used, "slot %zu", i);
		check_filled(slot->bytes, length);
	}
	free(slots->empty);
}

static void any_slot(struct fuzz_input *input, struct slot *slot, size_t size)
{
	*slot = (struct slot){
	    .state = (uint32_t)interesting_number(input, fuzz_below(input, 6)),
	    .priority = (uint32_t)interesting_number(
	        input, fuzz_below(input, 4) == 0 ? 65535 : 32767),
	    .length = interesting_number(input, size),
	    .copies = interesting_number(input, 1),
	    .sequence = interesting_number(input, fuzz_below(input, NEXT))};
	memset(slot->bytes, (int)fuzz_byte(input), size);
	size_t filled = fuzz_below(input, (unsigned)size + 1);
	memset(slot->bytes + size - filled, FILL, filled);
}

/* Other numbers, some of them with the same product. */
static void any_header(struct fuzz_input *input, struct slot_header *header, size_t bytes)
{
	if (fuzz_below(input, 4) == 0)
		header->count = interesting_number(input, header->count);
	if (fuzz_below(input, 4) == 0)
		header->size = interesting_number(input, header->size);
	if (fuzz_below(input, 8) == 0)
		header->next = interesting_number(input, NEXT);
	if (fuzz_below(input, 16) == 0) {
		header->size = fuzz_below(input, 41);
		header->count = bytes / ((32 + header->size + 7) / 8 * 8);
	}
}

void fuzz_target(struct fuzz_input *input)
{
	static const char *const names[] = {"/now", "/no", "/now1", "/mow"};
	unsigned other = fuzz_below(input, 32);
	const char *name = names[other < 4 ? other : 0];
	int64_t depth = fuzz_below(input, 4), size = 1 + fuzz_below(input, 40);
	struct slot_header header = slot_header_of("/now", depth, size);
	header.next = NEXT;
	size_t length =
	    sizeof header + ((size_t)depth + 1) * ((32 + (size_t)size + 7) / 8 * 8);
	FUZZ_CHECK((size_t)slot_memory_bytes(&header) == length, "not %zu", length);
	size_t whole = length;
	/* shorter, or a header alone */
	switch (fuzz_below(input, 16)) {
	case 0: length -= fuzz_byte(input) % length; break;
	case 1: length = sizeof header;
	}
	char *memory = fuzz_memory(whole);
	memcpy(memory, &header, sizeof header);
	for (int64_t i = 0; i <= depth; i++)
		any_slot(input, reference_slot(memory, (wide)size, (wide)i),
		         (size_t)size);
	any_header(input, &header, whole - sizeof header);
	memcpy(memory, &header, sizeof header);
	/* any bytes over it */
	for (unsigned changes = fuzz_below(input, 4); changes > 0; changes--)
		memory[fuzz_word(input) % whole] = (char)fuzz_byte(input);
	/* the sanitizer sees a byte that is read or written after it */
	char *used = memcpy(fuzz_memory(length), memory, length);
	struct slots slots = {0};
	bool valid = reference_is_valid(used, length, name);
	FUZZ_CHECK(slots_load(&slots, used, length, name) == valid, "not %d", valid);
	if (valid)
		use_slots(&slots, used, memory);
	else
		FUZZ_CHECK(memcmp(used, memory, length) == 0 && slots.count == 0,
		           "changed");
}
