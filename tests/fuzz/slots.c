/*
 * pool/slots.h: what lies in the memory of an in-flight queue. Bytes of another process
 * are accepted only if the numbers in them, computed with 128 bits here, fit the memory;
 * then each message is within its slot. What is refused is not changed.
 *
 * Runs: 250000 of at most 400 bytes
 */
#include <string.h>

#include "fuzz.h"
#include "pool/slots.h"

__extension__ typedef unsigned __int128 wide;

static uint64_t interesting_number(struct fuzz_input *input, uint64_t usual)
{
	switch (fuzz_below(input, 8)) {
	case 0: return fuzz_word(input);
	case 1: return usual + 1;
	case 2: return usual - 1;
	case 3: return UINT64_C(1) << fuzz_below(input, 64);
	case 4: return fuzz_byte(input);
	default: return usual;
	}
}

/* The slots one after the other, each 24 bytes and its message, a multiple of 8. */
static struct slot *reference_slot(char *memory, wide size, wide index)
{
	wide stride = (24 + size + 7) / 8 * 8;
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
	if (memcmp(header->magic, "ipctool hands 1", 16) != 0 ||
	    memcmp(header->queue, name, sizeof name) != 0 || count == 0 || size == 0 ||
	    sizeof *header + count * ((24 + size + 7) / 8 * 8) != length)
		return false;
	for (wide i = 0; i < count; i++) {
		const struct slot *slot = reference_slot(memory, size, i);
		bool no_message =
		    slot->state == SLOT_EMPTY ||
		    (slot->state == SLOT_RECEIVING && slot->priority == 65535);
		if (slot->state > SLOT_ORPHANED || slot->length > size ||
		    (slot->priority > 32767 && !no_message) ||
		    (slot->state == SLOT_SENDING && slot->copies == 0))
			return false;
	}
	return true;
}

/* Every byte that a pool reads and writes. */
static void use_slots(const struct slots *slots)
{
	size_t used = 0;
	for (size_t i = 0; i < slots->count; i++) {
		struct slot *slot = slots_at(slots, i);
		FUZZ_CHECK(slot->state == SLOT_EMPTY || slot->state == SLOT_SENDING ||
		               slot->state == SLOT_ORPHANED,
		           "slot %zu: state %u", i, slot->state);
		if (slot->state == SLOT_EMPTY)
			continue;
		used++;
		FUZZ_CHECK(slot->length <= slots->size, "slot %zu: length %llu", i,
		           (unsigned long long)slot->length);
		char *copy = fuzz_memory(slots->size);
		memcpy(copy, slot->bytes, slot->length);
	}
	FUZZ_CHECK(slots_used(slots) == used, "%zu used, not %zu", slots_used(slots),
	           used);
	for (size_t i = 0; i < slots->count; i++)
		if (slots_at(slots, i)->state != SLOT_EMPTY)
			slot_clear(slots_at(slots, i));
	FUZZ_CHECK(slots_used(slots) == 0, "%zu used after all were cleared",
	           slots_used(slots));
}

void fuzz_target(struct fuzz_input *input)
{
	int64_t depth = fuzz_below(input, 4), size = 1 + fuzz_below(input, 40);
	struct slot_header header = slot_header_of("/now", depth, size);
	size_t length = (size_t)slot_memory_bytes(&header);
	size_t cut = fuzz_below(input, 16) == 0 ? fuzz_byte(input) : 0;
	length = cut < length ? length - cut : 0;
	char *memory = fuzz_memory(length > 0 ? length : 1);
	for (int64_t i = 0; i <= depth; i++) {
		struct slot slot = {
		    .state = (uint32_t)interesting_number(input, fuzz_below(input, 6)),
		    .priority = (uint32_t)interesting_number(
		        input, fuzz_below(input, 4) == 0 ? 65535 : 32767),
		    .length = interesting_number(input, (uint64_t)size),
		    .copies = interesting_number(input, 1)};
		char *at = (char *)reference_slot(memory, (wide)size, (wide)i);
		if (at + sizeof slot <= memory + length)
			memcpy(at, &slot, sizeof slot);
	}
	if (fuzz_below(input, 4) == 0)
		header.count = interesting_number(input, header.count);
	if (fuzz_below(input, 4) == 0)
		header.size = interesting_number(input, header.size);
	memcpy(memory, &header, length < sizeof header ? length : sizeof header);
	/* any bytes over it */
	for (unsigned changes = fuzz_below(input, 4); changes > 0 && length > 0;
	     changes--)
		memory[fuzz_word(input) % length] = (char)fuzz_byte(input);
	char *before = fuzz_memory(length > 0 ? length : 1);
	memcpy(before, memory, length);
	bool valid = reference_is_valid(memory, length, "/now");
	struct slots slots = {0};
	FUZZ_CHECK(slots_load(&slots, memory, length, "/now") == valid, "not %d", valid);
	if (valid)
		use_slots(&slots);
	else
		FUZZ_CHECK(memcmp(before, memory, length) == 0, "changed");
}
