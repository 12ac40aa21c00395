/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "pool/slots.h"

enum { DEPTH = 4, SIZE = 60 };

/* Memory as a killed process leaves it, with these slots first. */
static char *left_slots(const struct slot *slots, size_t count, const char *text,
                        size_t *length)
{
	struct slot_header header = slot_header_of("/now", DEPTH, SIZE);
	*length = (size_t)slot_memory_bytes(&header);
	char *memory = calloc(1, *length);
	memcpy(memory, &header, sizeof header);
	for (size_t i = 0; i < count; i++) {
		char *slot = memory + sizeof header + i * slot_stride(&header);
		memcpy(slot, &slots[i], sizeof *slots);
		strcpy(slot + sizeof *slots, text);
	}
	return memory;
}

TEST(the_slots_of_a_killed_process_are_orphaned_and_whole)
{
	static const struct slot left[] = {
	    {SLOT_HELD, 1, 4, 0, 0},
	    {SLOT_SENDING, 2, 4, 3, 0},
	    {SLOT_RECEIVING, SLOT_NO_PRIORITY, 0, 0, 0},
	    {SLOT_EMPTY, 9, 4, 0, 0},
	    {SLOT_ORPHANED, 3, 4, 0, 0},
	};
	size_t length;
	char *memory = left_slots(left, COUNT(left), "text", &length);
	struct slots slots = {0};
	CHECK(slots_load(&slots, memory, length, "/now"));
	CHECK_EQUAL(slots.count, DEPTH + 1);
	CHECK_EQUAL(slots_used(&slots), 3);
	CHECK_EQUAL(slots_at(&slots, 0)->state, SLOT_ORPHANED);
	CHECK_EQUAL(slots_at(&slots, 1)->state, SLOT_SENDING);
	CHECK_EQUAL(slots_at(&slots, 2)->state, SLOT_EMPTY);
	CHECK_EQUAL(slots_at(&slots, 3)->state, SLOT_EMPTY);
	CHECK(slots_find(&slots, SLOT_ORPHANED) == slots_at(&slots, 0));
	CHECK_BYTES(slots_at(&slots, 4)->bytes, slots_at(&slots, 4)->length, "text", 4);
	free(slots.empty);
	free(memory);
}

TEST(empty_slots_are_used_from_the_first_one_and_the_one_cleared_last_is_the_next)
{
	static const struct slot left[] = {
	    {.state = SLOT_HELD, .length = 4},
	    {.state = SLOT_EMPTY},
	    {.state = SLOT_ORPHANED, .length = 4},
	};
	size_t length;
	char *memory = left_slots(left, COUNT(left), "text", &length);
	struct slots slots = {0};
	CHECK(slots_load(&slots, memory, length, "/now"));
	CHECK_EQUAL(slots.empty_count, 3);
	CHECK_EQUAL(slots.empty[2], 1);
	CHECK_EQUAL(slots.empty[1], 3);
	CHECK_EQUAL(slots.empty[0], 4);
	slots_clear(&slots, slots_at(&slots, 2));
	CHECK_EQUAL(slots.empty_count, 4);
	CHECK_EQUAL(slots.empty[3], 2);
	CHECK_EQUAL(slots_at(&slots, 2)->state, SLOT_EMPTY);
	CHECK_EQUAL((unsigned char)slots_at(&slots, 2)->bytes[3], 0xc1);
	CHECK_EQUAL(slots_index(&slots, slots_at(&slots, 4)), 4);
	free(slots.empty);
	free(memory);
}

TEST(a_message_keeps_its_number_and_the_next_one_outlives_the_process)
{
	static const struct slot left[] = {
	    {.state = SLOT_HELD},
	    {.state = SLOT_RECEIVING, .priority = 1},
	};
	size_t length;
	char *memory = left_slots(left, COUNT(left), "text", &length);
	struct slots slots = {0};
	CHECK(slots_load(&slots, memory, length, "/now"));
	slots_number(&slots, slots_at(&slots, 0));
	slots_number(&slots, slots_at(&slots, 0));
	CHECK_EQUAL(slots_at(&slots, 0)->sequence, 1);
	free(slots.empty);
	slots = (struct slots){0};
	CHECK(slots_load(&slots, memory, length, "/now"));
	slots_number(&slots, slots_at(&slots, 0));
	slots_number(&slots, slots_at(&slots, 1));
	CHECK_EQUAL(slots_at(&slots, 0)->sequence, 1);
	CHECK_EQUAL(slots_at(&slots, 1)->sequence, 2);
	free(slots.empty);
	free(memory);
}

TEST(the_length_of_a_message_that_was_being_received_is_found_by_the_fill_byte)
{
	static const struct slot left = {SLOT_RECEIVING, 5, 0, 0, 0};
	size_t length;
	char *memory = left_slots(&left, 1, "text", &length);
	struct slots slots = {0};
	struct slot *slot = (void *)(memory + sizeof(struct slot_header));
	memset(slot->bytes + 4, 0xc1, SIZE - 4);
	CHECK(slots_load(&slots, memory, length, "/now"));
	CHECK_EQUAL(slot->state, SLOT_ORPHANED);
	CHECK_EQUAL(slot->length, 4);
	free(slots.empty);
	free(memory);
}

/* The reproduction of an attack: a length that is not within the slot. */
TEST(damaged_memory_is_neither_used_nor_changed)
{
	static const uint64_t lengths[] = {SIZE + 1, 200, 65536, UINT64_C(1) << 40,
	                                   UINT64_C(1) << 63};
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct slot left[] = {{SLOT_EMPTY, 0, 0, 0, 0}, {SLOT_HELD, 0, 0, 0, 0}};
		size_t length;
		left[1].length = lengths[i];
		char *memory = left_slots(left, COUNT(left), "evil orders", &length);
		char *copy = malloc(length);
		struct slots slots = {0};
		memcpy(copy, memory, length);
		check_about("length %llu", (unsigned long long)lengths[i]);
		CHECK(!slots_load(&slots, memory, length, "/now"));
		CHECK_EQUAL(slots.count, 0);
		CHECK_BYTES(memory, length, copy, length);
		free(slots.empty);
		free(memory);
		free(copy);
	}
}
