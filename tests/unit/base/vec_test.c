/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "../check.h"
#include "base/vec.h"

TEST(an_array_has_room_for_16_items_and_then_for_twice_as_many)
{
	size_t room = 0;
	int *items = NULL;
	for (size_t expected = 16; expected <= 1024; expected *= 2) {
		int *more = vec_grow(items, &room, sizeof *items);
		CHECK(more != NULL);
		CHECK_EQUAL(room, expected);
		for (size_t i = 0; i < expected / 2 && expected > 16; i++)
			CHECK_EQUAL(more[i], (int)i);
		for (size_t i = 0; i < room; i++)
			more[i] = (int)i;
		items = more;
	}
	free(items);
}

TEST(the_items_of_a_ring_stay_in_their_order_when_it_grows)
{
	size_t room = 0, first = 0;
	int *items = vec_grow_ring(NULL, 0, &room, sizeof *items);
	CHECK_EQUAL(room, 16);
	for (first = 0; first < 16; first += 5) {
		for (size_t i = 0; i < 16; i++)
			items[(first + i) % 16] = (int)i;
		items = vec_grow_ring(items, first, &room, sizeof *items);
		CHECK_EQUAL(room, 32);
		for (size_t i = 0; i < 16; i++)
			CHECK_EQUAL(items[(first + i) % 32], (int)i);
		room = 16;
	}
	free(items);
}

TEST(an_array_of_more_bytes_than_a_size_can_count_is_refused_and_stays_as_it_was)
{
	char byte = 'x';
	size_t room = SIZE_MAX / 2 + 1;
	errno = 0;
	CHECK(vec_grow(&byte, &room, 2) == NULL);
	CHECK_EQUAL(errno, ENOMEM);
	CHECK_EQUAL(room, SIZE_MAX / 2 + 1);
	CHECK_EQUAL(byte, 'x');
	room = 1;
	CHECK(vec_grow(&byte, &room, SIZE_MAX) == NULL);
	CHECK_EQUAL(room, 1);
}
