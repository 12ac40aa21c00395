#include "shm/family.h"

static const struct segment_family *family_of(const struct name *name)
{
	static const struct segment_family *const families[] = {
	    [FAMILY_POSIX] = &segments_posix,
	    [FAMILY_SYSTEM_V] = &segments_system_v,
	};
	return families[name->family];
}

enum status segment_create(const struct name *name, const struct segment_shape *shape)
{
	return family_of(name)->create(name, shape);
}

enum status segment_ensure(const struct name *name, const struct segment_shape *shape)
{
	return family_of(name)->ensure(name, shape);
}

bool segment_is_fixed(const struct name *name)
{
	return name->family == FAMILY_SYSTEM_V;
}

enum status segment_open(struct segment *segment, const struct name *name,
                         enum segment_access access)
{
	return family_of(name)->open(segment, name, access);
}

void segment_close(struct segment *segment)
{
	family_of(segment->name)->close(segment);
}

enum status segment_facts(const struct name *name, struct segment_facts *facts)
{
	return family_of(name)->facts(name, facts);
}

enum status segment_unlink(const struct name *name, bool missing_is_fine)
{
	return family_of(name)->unlink(name, missing_is_fine);
}

enum status segment_reserve(const struct segment *segment, int64_t offset, int64_t length)
{
	return family_of(segment->name)->reserve(segment, offset, length);
}

void segment_trim(const struct segment *segment)
{
	family_of(segment->name)->trim(segment);
}

size_t segment_write(const struct segment *segment, int64_t offset, const void *bytes,
                     size_t length)
{
	return family_of(segment->name)->write(segment, offset, bytes, length);
}

int segment_cut(const struct segment *segment, int64_t size)
{
	return family_of(segment->name)->cut(segment, size);
}

enum status segment_write_failed(const struct segment *segment, int64_t offset,
                                 int64_t written)
{
	return family_of(segment->name)->write_failed(segment, offset, written);
}

ssize_t segment_read(const struct segment *segment, int64_t offset, void *bytes,
                     size_t length)
{
	return family_of(segment->name)->read(segment, offset, bytes, length);
}

bool segment_is(const struct segment *segment, int fd)
{
	return family_of(segment->name)->is(segment, fd);
}
