/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/sysmacros.h>

#include "base/value.h"
#include "inspect/mapping.h"

/* The number at *text, which `after` must follow; moves *text past that. */
static bool read_number(const char **text, unsigned base, char after, uint64_t *number)
{
	const char *end;
	*number = value_strtoull(*text, &end, base);
	if (end == *text || *end != after)
		return false;
	*text = end + 1;
	return true;
}

/* "7f12…000-7f12…000 rw-s 00001000 00:19 2    /dev/shm/door" */
bool mapping_parse(struct mapping *mapping, const char *line)
{
	uint64_t major, minor;
	if (!read_number(&line, 16, '-', &mapping->start) ||
	    !read_number(&line, 16, ' ', &mapping->end) || strnlen(line, 5) < 5)
		return false;
	mapping->writable = line[1] == 'w';
	mapping->shared = line[3] == 's';
	line += 5;
	if (!read_number(&line, 16, ' ', &mapping->offset) ||
	    !read_number(&line, 16, ':', &major) || !read_number(&line, 16, ' ', &minor))
		return false;
	mapping->device = makedev((unsigned)major, (unsigned)minor);
	mapping->inode = value_strtoull(line, &line, 10);
	mapping->path = line + strspn(line, " ");
	return true;
}

bool mapping_is_segment(const struct mapping *mapping)
{
	return mapping->shared && strncmp(mapping->path, "/SYSV", 5) == 0;
}
