/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "pool/slot.h"

enum { DEPTH = 3, SIZE = 60, NEXT = 9 };

/* The memory of slots, each of them SLOT_HELD. */
static char *held_slots(int64_t *length)
{
	struct slot_header header = slot_header_of("/now", DEPTH, SIZE);
	*length = slot_memory_bytes(&header);
	char *memory = calloc(1, (size_t)*length);
	header.next = NEXT;
	memcpy(memory, &header, sizeof header);
	for (size_t i = 0; i <= DEPTH; i++) {
		struct slot slot = {
		    .state = SLOT_HELD, .priority = 7, .length = SIZE, .copies = 0};
		memcpy(memory + sizeof header + i * slot_stride(&header), &slot,
		       sizeof slot);
	}
	return memory;
}

/* The last slot. */
static struct slot *last_slot(char *memory, int64_t length)
{
	const struct slot_header *header = (const void *)memory;
	return (void *)(memory + length - slot_stride(header));
}

TEST(a_header_names_the_format_the_queue_and_the_number_and_size_of_slots)
{
	struct slot_header header = slot_header_of("/now", DEPTH, SIZE);
	CHECK_BYTES(header.magic, sizeof header.magic, "ipctool slots 2", 16);
	CHECK_EQUAL(header.count, DEPTH + 1);
	CHECK_EQUAL(header.size, SIZE);
	CHECK_EQUAL(header.queue, "/now");
	CHECK_EQUAL(header.next, 1);
	CHECK_EQUAL(slot_stride(&header), 96);
	CHECK_EQUAL(slot_memory_bytes(&header), (int)sizeof header + 4 * 96);
}

TEST(the_header_of_valid_slots_is_copied)
{
	int64_t length;
	char *memory = held_slots(&length);
	struct slot_header header;
	CHECK(slot_memory_is_valid(memory, length, "/now", &header));
	CHECK_EQUAL(header.count, DEPTH + 1);
	CHECK_EQUAL(header.size, SIZE);
	free(memory);
}

TEST(a_slot_has_a_known_state_a_length_in_it_and_a_priority_of_a_message)
{
	static const struct {
		bool valid;
		struct slot slot;
	} rows[] = {
	    {true, {SLOT_EMPTY, 0, 0, 0, 0}},
	    {true, {SLOT_EMPTY, UINT32_MAX, SIZE, UINT64_MAX, 0}},
	    {false, {SLOT_EMPTY, 0, SIZE + 1, 0, 0}},
	    {true, {SLOT_RECEIVING, 0, 0, 0, 0}},
	    {true, {SLOT_RECEIVING, SLOT_NO_PRIORITY, 0, 0, 0}},
	    {false, {SLOT_RECEIVING, 32768, 0, 0, 0}},
	    {true, {SLOT_HELD, 32767, SIZE, 0, 0}},
	    {false, {SLOT_HELD, 32768, SIZE, 0, 0}},
	    {false, {SLOT_HELD, SLOT_NO_PRIORITY, SIZE, 0, 0}},
	    {false, {SLOT_HELD, 0, SIZE + 1, 0, 0}},
	    {false, {SLOT_HELD, 0, 65536, 0, 0}},
	    {false, {SLOT_HELD, 0, INT64_MAX, 0, 0}},
	    {false, {SLOT_HELD, 0, UINT64_MAX, 0, 0}},
	    {true, {SLOT_SENDING, 0, 1, 1, 0}},
	    {true, {SLOT_SENDING, 0, 1, UINT64_MAX, 0}},
	    {false, {SLOT_SENDING, 0, 1, 0, 0}},
	    {false, {SLOT_SENDING, 0, SIZE + 1, 1, 0}},
	    {false, {SLOT_SENDING, 32768, 1, 1, 0}},
	    {true, {SLOT_ORPHANED, 0, SIZE, 0, 0}},
	    {false, {SLOT_ORPHANED, 0, SIZE + 1, 0, 0}},
	    {false, {SLOT_ORPHANED, 32768, 0, 0, 0}},
	    {false, {SLOT_ORPHANED + 1, 0, 0, 0, 0}},
	    {false, {UINT32_MAX, 0, 0, 0, 0}},
	    {true, {SLOT_ORPHANED, 0, SIZE, 0, NEXT - 1}},
	    {false, {SLOT_ORPHANED, 0, SIZE, 0, NEXT}},
	    {false, {SLOT_EMPTY, 0, 0, 0, UINT64_MAX}},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t length;
		char *memory = held_slots(&length);
		struct slot_header header;
		memcpy(last_slot(memory, length), &rows[i].slot, sizeof rows[i].slot);
		check_about("row %zu", i);
		CHECK_EQUAL(slot_memory_is_valid(memory, length, "/now", &header),
		            rows[i].valid);
		free(memory);
	}
}

TEST(counts_and_sizes_have_the_kernels_bounds_before_they_are_multiplied)
{
	/* products that are the length, or 0, in 64 bits */
	static const uint64_t rows[][2] = {
	    {0, SIZE},
	    {DEPTH, SIZE},
	    {DEPTH + 2, SIZE},
	    {DEPTH + 1, 0},
	    {DEPTH + 1, SIZE + 8},
	    {DEPTH + 1, UINT64_MAX},
	    {DEPTH + 1, UINT64_MAX - 31},
	    {UINT64_MAX, SIZE},
	    {UINT64_C(1) << 62, SIZE},
	    {(UINT64_C(1) << 61) + DEPTH + 1, SIZE},
	    {65537, (16 << 20) + 1},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t length;
		char *memory = held_slots(&length);
		struct slot_header header;
		memcpy(memory + offsetof(struct slot_header, count), rows[i],
		       sizeof rows[i]);
		check_about("row %zu", i);
		CHECK(!slot_memory_is_valid(memory, length, "/now", &header));
		free(memory);
	}
}

TEST(the_memory_is_of_one_queue_and_has_no_byte_more_or_less)
{
	int64_t length;
	char *memory = held_slots(&length);
	struct slot_header header, *in_memory = (void *)memory;
	CHECK(!slot_memory_is_valid(memory, length, "/no", &header));
	CHECK(!slot_memory_is_valid(memory, length, "/now1", &header));
	CHECK(!slot_memory_is_valid(memory, length - 8, "/now", &header));
	CHECK(!slot_memory_is_valid(memory, (int64_t)sizeof header - 1, "/now", &header));
	CHECK(!slot_memory_is_valid(memory, 0, "/now", &header));
	/* a name without its end */
	memset(in_memory->queue, 'x', sizeof in_memory->queue);
	CHECK(!slot_memory_is_valid(memory, length, "/now", &header));
	free(memory);
	memory = held_slots(&length);
	in_memory = (void *)memory;
	in_memory->next = 0;
	CHECK(!slot_memory_is_valid(memory, length, "/now", &header));
	free(memory);
	memory = held_slots(&length);
	memory[15] = '1';
	CHECK(!slot_memory_is_valid(memory, length, "/now", &header));
	free(memory);
}
