/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "../check.h"

enum { MOST = 200 };

struct item {
	int key;
	char rest[7];
};

static int compare_items(const void *one, const void *other)
{
	const struct item *a = one, *b = other;
	return (a->key > b->key) - (a->key < b->key);
}

/* Each item keeps its bytes, and none is lost: their sum. */
static void check_sorted(const struct item *items, int count, int sum)
{
	for (int i = 0; i < count; i++) {
		sum -= items[i].key;
		CHECK(i == 0 || items[i - 1].key <= items[i].key);
		CHECK_EQUAL(items[i].rest[6], (char)items[i].key);
	}
	CHECK_EQUAL(sum, 0);
}

TEST(items_of_any_count_and_order_are_sorted)
{
	struct item items[MOST];
	for (int count = 0; count <= MOST; count++)
		for (int kind = 0; kind < 4; kind++) {
			int sum = 0;
			memset(items, 0, sizeof items);
			for (int i = 0; i < count; i++) {
				int keys[] = {i, -i, i % 3, i * 7919 % 211};
				items[i].key = keys[kind];
				items[i].rest[6] = (char)keys[kind];
				sum += keys[kind];
			}
			qsort(items, (size_t)count, sizeof *items, compare_items);
			check_sorted(items, count, sum);
		}
}
