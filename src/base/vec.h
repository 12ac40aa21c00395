/*
 * Growing an array: the caller has the array, how many of its items are used, and how
 * many there is room for.
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
 * realloc(3) to twice the room, 16 items at first: the array in its new place, to be
 * freed, and *room. NULL with errno ENOMEM: both are as they were. item_size is in bytes.
 */
void *vec_grow(void *items, size_t *room, size_t item_size);

#endif
