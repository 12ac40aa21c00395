#include <stdbool.h>

#include "sort.h"

static void swap(char *a, char *b, size_t size)
{
	for (; size > 0; size--, a++, b++) {
		char kept = *a;
		*a = *b;
		*b = kept;
	}
}

/* Comb sort: neighbours that are far apart first, at last those side by side. */
void sort_items(void *items, size_t count, size_t size,
                int (*compare)(const void *, const void *))
{
	char *first = items;
	size_t gap = count;
	bool swapped = true;
	while (gap > 1 || swapped) {
		gap = gap * 10 / 13 + (gap < 2);
		swapped = false;
		for (size_t i = gap; i < count; i++) {
			char *here = first + i * size, *before = here - gap * size;
			if (compare(before, here) > 0) {
				swap(before, here, size);
				swapped = true;
			}
		}
	}
}
