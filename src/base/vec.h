/* SPDX-License-Identifier: MIT */
/*
 * Growing an array: the caller has the array, the number of items used, and the number of
 * items there is room for.
 *
 *     if (count == room) {
 *             struct item *more = vec_grow(items, &room, sizeof *items);
 *             if (more == NULL)
 *                     return false;
 *             items = more;
 *     }
 *     items[count++] = item;
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

/*
 * realloc(3) to twice the room, 16 items at first: returns the new array, to be freed by
 * free(3), and updates *room. NULL with errno ENOMEM, and both unchanged. item_size is in
 * bytes.
 */
void *vec_grow(void *items, size_t *room, size_t item_size);

/*
 * The same for a ring whose *room items are all in use, the first one at the index
 * `first`, 0 to *room - 1: item i is at (first + i) % *room before and after.
 */
void *vec_grow_ring(void *items, size_t first, size_t *room, size_t item_size);

#endif
