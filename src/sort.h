/*
 * Sorting short lists in place: qsort(3), for which musl has 2 KB of code.
 */
#ifndef SORT_H
#define SORT_H

#include <stddef.h>

void sort_items(void *items, size_t count, size_t size,
                int (*compare)(const void *, const void *));

#endif
