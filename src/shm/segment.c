#include "shm/family.h"

static const struct shm_family *segment_family_of(const struct name *name)
{
	static const struct shm_family *const families[] = {
	    [NAME_FAMILY_POSIX] = &shm_posix_family,
	    [NAME_FAMILY_SYSTEM_V] = &shm_sysv_family,
	};
	return families[name->family];
}

enum status segment_create(const struct name *name,
                           const struct segment_attributes *attributes)
{
	return segment_family_of(name)->create(name, attributes);
}

enum status segment_ensure(const struct name *name,
                           const struct segment_attributes *attributes)
{
	return segment_family_of(name)->ensure(name, attributes);
}

bool segment_has_fixed_size(const struct name *name)
{
	return name->family == NAME_FAMILY_SYSTEM_V;
}

enum status segment_open(struct segment *segment, const struct name *name,
                         enum segment_access access)
{
	return segment_family_of(name)->open(segment, name, access);
}

void segment_close(struct segment *segment)
{
	segment_family_of(segment->name)->close(segment);
}

enum status segment_facts(const struct name *name, struct segment_facts *facts)
{
	return segment_family_of(name)->facts(name, facts);
}

enum status segment_unlink(const struct name *name, bool missing_is_fine)
{
	return segment_family_of(name)->unlink(name, missing_is_fine);
}

enum status segment_reserve(const struct segment *segment, int64_t offset, int64_t length)
{
	return segment_family_of(segment->name)->reserve(segment, offset, length);
}

void segment_trim(const struct segment *segment)
{
	segment_family_of(segment->name)->trim(segment);
}

size_t segment_write(const struct segment *segment, int64_t offset, const void *bytes,
                     size_t length)
{
	return segment_family_of(segment->name)->write(segment, offset, bytes, length);
}

int segment_truncate(const struct segment *segment, int64_t size)
{
	return segment_family_of(segment->name)->truncate(segment, size);
}

enum status segment_write_error(const struct segment *segment, int64_t offset,
                                int64_t written)
{
	return segment_family_of(segment->name)->write_error(segment, offset, written);
}

ssize_t segment_read(const struct segment *segment, int64_t offset, void *bytes,
                     size_t length)
{
	return segment_family_of(segment->name)->read(segment, offset, bytes, length);
}

bool segment_is_same_file(const struct segment *segment, int fd)
{
	return segment_family_of(segment->name)->is_same_file(segment, fd);
}
