/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "remote/prefix.h"
#include "stream/frame.h"

/* The length of "ID<tab>" at the start: 0 if it has none. */
static size_t split_id(char *id, const char *bytes, size_t length)
{
	const char *tab = length > 0 ? memchr(bytes, '\t', length) : NULL;
	size_t size = tab != NULL ? (size_t)(tab - bytes) : 0;
	if (size == 0 || size > ENGINE_ID_MAX)
		return 0;
	for (size_t i = 0; i < size; i++)
		if (bytes[i] <= ' ' || bytes[i] > '~')
			return 0;
	memcpy(id, bytes, size);
	id[size] = '\0';
	return size + 1;
}

const char *remote_prefix_split(const struct remote_prefix *prefix,
                                struct engine_message *message,
                                char id[ENGINE_ID_MAX + 1], const char *bytes,
                                size_t length)
{
	static const struct frame_priorities priorities = {
	    .max = INT64_MAX,
	    .digits = 19,
	    .rule = "has a priority that is out of range"};
	size_t before = prefix->with_id ? split_id(id, bytes, length) : 0;
	if (prefix->with_id && before == 0)
		return "does not begin with ID<tab>";
	struct frame rest = {
	    .bytes = bytes + before, .length = length - before, .priority = -1};
	const char *wrong =
	    prefix->with_priority
	        ? frame_split_priority(&rest, &priorities, rest.bytes, rest.length)
	        : NULL;
	*message = (struct engine_message){.bytes = rest.bytes,
	                                   .length = rest.length,
	                                   .priority = rest.priority,
	                                   .id = prefix->with_id ? id : NULL};
	return wrong;
}
