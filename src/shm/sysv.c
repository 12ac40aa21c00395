/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory segments: shmget(2), shmop(2), shmctl(2). They have no
 * descriptor; they are attached to be read and written.
 */
#include <string.h>
#include <sys/shm.h>

#include "io/error.h"
#include "object/sysv.h"
#include "shm/family.h"
#include "shm/sysv.h"

static enum status shm_sysv_reserve(const struct segment *segment, int64_t offset,
                                    int64_t length)
{
	if (shm_sysv_populate(segment, offset, length, SHM_SYSV_POPULATE_WRITE) == 0)
		return STATUS_OK;
	return error_errno("%s: %lld bytes at offset %lld", segment->name->text,
	                   (long long)length, (long long)offset);
}

static enum status shm_sysv_open(struct segment *segment, const struct name *name,
                                 enum segment_access access)
{
	int id;
	*segment = (struct segment){.name = name, .fd = -1};
	enum status status = sysv_find(&id, name, &shm_sysv_kind);
	if (status == STATUS_OK &&
	    shm_sysv_attach(segment, id, access == SEGMENT_READ ? SHM_RDONLY : 0) < 0)
		status = sysv_error(name, &shm_sysv_kind, "");
	return status;
}

static void shm_sysv_close(struct segment *segment)
{
	if (segment->memory != NULL)
		shmdt(segment->memory);
	segment->memory = NULL;
}

static enum status shm_sysv_facts(const struct name *name, struct segment_facts *facts)
{
	struct shmid_ds ds;
	int id;
	enum status status = sysv_find(&id, name, &shm_sysv_kind);
	if (status != STATUS_OK)
		return status;
	if (sysv_stat(id, &shm_sysv_kind, &ds) < 0)
		return sysv_error(name, &shm_sysv_kind, "");
	*facts = (struct segment_facts){
	    .mode = ds.shm_perm.mode & 0777,
	    .uid = ds.shm_perm.uid,
	    .gid = ds.shm_perm.gid,
	    .size = (int64_t)ds.shm_segsz,
	    .allocated = -1,
	    .attached = (int64_t)ds.shm_nattch,
	    .removed = (ds.shm_perm.mode & SHM_DEST) != 0,
	    .id = id,
	    .key = ds.shm_perm.__key,
	    .creator = ds.shm_cpid,
	    .last = ds.shm_lpid,
	};
	return STATUS_OK;
}

static enum status shm_sysv_unlink(const struct name *name, bool missing_is_fine)
{
	return sysv_unlink(name, &shm_sysv_kind, missing_is_fine);
}

static size_t shm_sysv_write(const struct segment *segment, int64_t offset,
                             const void *bytes, size_t length)
{
	if (shm_sysv_populate(segment, offset, (int64_t)length, SHM_SYSV_POPULATE_WRITE) <
	    0)
		return 0;
	memcpy(segment->memory + offset, bytes, length);
	return length;
}

static enum status shm_sysv_write_error(const struct segment *segment, int64_t offset,
                                        int64_t written)
{
	(void)offset;
	return error_errno("%s: short write: %lld bytes written", segment->name->text,
	                   (long long)written);
}

static ssize_t shm_sysv_read(const struct segment *segment, int64_t offset, void *bytes,
                             size_t length)
{
	int64_t rest = segment->size - offset;
	if (rest < (int64_t)length)
		length = rest > 0 ? (size_t)rest : 0;
	if (shm_sysv_populate(segment, offset, (int64_t)length, SHM_SYSV_POPULATE_READ) <
	    0) {
		error_errno("%s", segment->name->text);
		return -1;
	}
	memcpy(bytes, segment->memory + offset, length);
	return (ssize_t)length;
}

const struct shm_family shm_sysv_family = {
    .create = shm_sysv_create,
    .ensure = shm_sysv_ensure,
    .open = shm_sysv_open,
    .close = shm_sysv_close,
    .facts = shm_sysv_facts,
    .unlink = shm_sysv_unlink,
    .reserve = shm_sysv_reserve,
    .write = shm_sysv_write,
    .write_error = shm_sysv_write_error,
    .read = shm_sysv_read,
};
