/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

void *vec_grow(void *items, size_t *room, size_t item_size)
{
	enum { FIRST_ROOM = 16 };
	size_t more = FIRST_ROOM, bytes;
	if ((*room > 0 && __builtin_mul_overflow(*room, (size_t)2, &more)) ||
	    __builtin_mul_overflow(more, item_size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	void *larger = realloc(items, bytes);
	if (larger != NULL)
		*room = more;
	return larger;
}

void *vec_grow_ring(void *items, size_t first, size_t *room, size_t item_size)
{
	size_t before = *room;
	char *larger = vec_grow(items, room, item_size);
	/* those that stood before the first one follow the last one now */
	if (larger != NULL)
		memcpy(larger + before * item_size, larger, first * item_size);
	return larger;
}
