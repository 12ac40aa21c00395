#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"

void *vec_grow(void *items, size_t *room, size_t item_size)
{
	enum { FIRST_ROOM = 16 };
	size_t more = *room > 0 ? 2 * *room : FIRST_ROOM, bytes;
	if (__builtin_mul_overflow(more, item_size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	void *larger = realloc(items, bytes);
	if (larger != NULL)
		*room = more;
	return larger;
}
