/* SPDX-License-Identifier: MIT */
/* qsort(3) for the static program, as a heap: at most 2 n log n comparisons. */
#include <stdlib.h>

static void swap(char *one, char *other, size_t size)
{
	for (; size > 0; size--, one++, other++) {
		char byte = *one;
		*one = *other;
		*other = byte;
	}
}

typedef int comparison(const void *, const void *);

/* The item at `place` goes down until none below it, of `count` items, is greater. */
static void sink(char *items, size_t place, size_t count, size_t size,
                 comparison *compare)
{
	size_t below;
	while ((below = 2 * place + 1) < count) {
		if (below + 1 < count &&
		    compare(items + below * size, items + (below + 1) * size) < 0)
			below++;
		if (compare(items + place * size, items + below * size) >= 0)
			return;
		swap(items + place * size, items + below * size, size);
		place = below;
	}
}

void qsort(void *items, size_t count, size_t size, comparison *compare)
{
	for (size_t place = count / 2; place-- > 0;)
		sink(items, place, count, size, compare);
	while (count-- > 1) {
		swap(items, (char *)items + count * size, size);
		sink(items, 0, count, size, compare);
	}
}
