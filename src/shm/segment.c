/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>

#include "base/trace.h"
#include "shm/family.h"

static const struct shm_family *segment_family_of(const struct name *name,
                                                  const char *function)
{
	static const struct shm_family *const families[] = {
	    [NAME_FAMILY_POSIX] = &shm_posix_family,
	    [NAME_FAMILY_SYSTEM_V] = &shm_sysv_family,
	    [NAME_FAMILY_DESCRIPTOR] = &shm_descriptor_family,
	};
	trace_call(function, name->text);
	return families[name->family];
}

enum status segment_create(const struct name *name,
                           const struct segment_attributes *attributes)
{
	return segment_family_of(name, __func__)->create(name, attributes);
}

enum status segment_ensure(const struct name *name,
                           const struct segment_attributes *attributes)
{
	return segment_family_of(name, __func__)->ensure(name, attributes);
}

bool segment_has_fixed_size(const struct name *name)
{
	return segment_family_of(name, __func__)->resize == NULL;
}

enum status segment_open(struct segment *segment, const struct name *name,
                         enum segment_access access)
{
	return segment_family_of(name, __func__)->open(segment, name, access);
}

void segment_close(struct segment *segment)
{
	segment_family_of(segment->name, __func__)->close(segment);
}

enum status segment_open_or_create(struct segment *segment, const struct name *name,
                                   const struct segment_attributes *attributes)
{
	return segment_family_of(name, __func__)
	    ->open_or_create(segment, name, attributes);
}

enum status segment_map(struct segment_mapping *mapping, const struct segment *segment,
                        int64_t offset, size_t length)
{
	return segment_family_of(segment->name, __func__)
	    ->map(mapping, segment, offset, length);
}

void segment_unmap(struct segment_mapping *mapping)
{
	munmap(mapping->base, mapping->length);
}

enum status segment_facts(const struct name *name, struct segment_facts *facts)
{
	return segment_family_of(name, __func__)->facts(name, facts);
}

enum status segment_resize(const struct segment *segment, int64_t size)
{
	return segment_family_of(segment->name, __func__)->resize(segment, size);
}

enum status segment_unlink(const struct name *name, bool missing_is_fine)
{
	return segment_family_of(name, __func__)->unlink(name, missing_is_fine);
}

enum status segment_reserve(const struct segment *segment, int64_t offset, int64_t length)
{
	return segment_family_of(segment->name, __func__)
	    ->reserve(segment, offset, length);
}

void segment_trim(const struct segment *segment)
{
	const struct shm_family *family = segment_family_of(segment->name, __func__);
	if (family->trim != NULL)
		family->trim(segment);
}

size_t segment_write(const struct segment *segment, int64_t offset, const void *bytes,
                     size_t length)
{
	return segment_family_of(segment->name, __func__)
	    ->write(segment, offset, bytes, length);
}

int segment_truncate(const struct segment *segment, int64_t size)
{
	const struct shm_family *family = segment_family_of(segment->name, __func__);
	return family->truncate != NULL ? family->truncate(segment, size) : 0;
}

enum status segment_write_error(const struct segment *segment, int64_t offset,
                                int64_t written)
{
	return segment_family_of(segment->name, __func__)
	    ->write_error(segment, offset, written);
}

ssize_t segment_read(const struct segment *segment, int64_t offset, void *bytes,
                     size_t length)
{
	return segment_family_of(segment->name, __func__)
	    ->read(segment, offset, bytes, length);
}

bool segment_is_same_file(const struct segment *segment, int fd)
{
	const struct shm_family *family = segment_family_of(segment->name, __func__);
	return family->is_same_file != NULL && family->is_same_file(segment, fd);
}
