/* SPDX-License-Identifier: MIT */
/*
 * Shared memory that a descriptor refers to (`fd:7`): memfd_create(2), or any other
 * regular file. It is used as a POSIX object is; it has no name that could be created or
 * removed, and may have seals, see fcntl(2).
 */
#include <sys/stat.h>

#include "io/error.h"
#include "object/missing.h"
#include "shm/family.h"
#include "shm/posix.h"

static enum status shm_descriptor_has_no_name(const struct name *name, const char *done)
{
	return error_usage("%s: a descriptor cannot be %s", name->text, done);
}

static enum status shm_descriptor_create(const struct name *name,
                                         const struct segment_attributes *attributes)
{
	(void)attributes;
	return shm_descriptor_has_no_name(name, "created; --run gives one to a command");
}

static enum status shm_descriptor_unlink(const struct name *name, bool missing_is_fine)
{
	(void)missing_is_fine;
	return shm_descriptor_has_no_name(name,
	                                  "removed; the memory lasts until it is closed");
}

static enum status shm_descriptor_facts(const struct name *name,
                                        struct segment_facts *facts)
{
	struct stat st;
	if (fstat(name->number, &st) < 0)
		return missing_open_error(name, NAME_MEMORY);
	if (!S_ISREG(st.st_mode))
		return shm_posix_type_error(name, st.st_mode);
	shm_posix_facts_of(facts, &st);
	return STATUS_OK;
}

static enum status
shm_descriptor_open_or_create(struct segment *segment, const struct name *name,
                              const struct segment_attributes *attributes)
{
	(void)attributes;
	return shm_posix_open(segment, name, SEGMENT_MAP);
}

const struct shm_family shm_descriptor_family = {
    .create = shm_descriptor_create,
    .ensure = shm_descriptor_create,
    .open = shm_posix_open,
    .close = shm_posix_close,
    .facts = shm_descriptor_facts,
    .unlink = shm_descriptor_unlink,
    .reserve = shm_posix_reserve,
    .write = shm_posix_write,
    .write_error = shm_posix_write_error,
    .read = shm_posix_read,
    .open_or_create = shm_descriptor_open_or_create,
    .map = shm_posix_map,
    .resize = shm_posix_resize,
    .truncate = shm_posix_truncate,
    .trim = shm_posix_trim,
    .is_same_file = shm_posix_is_same_file,
};
