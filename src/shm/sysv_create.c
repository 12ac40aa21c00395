/* SPDX-License-Identifier: MIT */
/*
 * Creating System V segments. The size and the mode are set by shmget(2) itself.
 */
#include <errno.h>
#include <sys/shm.h>
#include <unistd.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/file.h"
#include "io/limit.h"
#include "object/sysv.h"
#include "shm/sysv.h"

enum { RETRIES_MAX = 100 }; /* while other processes remove and create the segment */

static uint64_t pages_of(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	return bytes / page + (bytes % page != 0);
}

static enum status shm_sysv_create_error(const struct name *name, int64_t size)
{
	struct shminfo limits = {0};
	struct shm_info used = {0};
	struct limit_advice advice;
	int error = errno;
	shm_sysv_control(0, IPC_INFO, &limits);
	shm_sysv_control(0, SHM_INFO, &used);
	if (error == EINVAL)
		return error_as(
		    STATUS_FAILED,
		    "%s: a size of %lld bytes exceeds kernel.shmmax (%lu)%s", name->text,
		    (long long)size, limits.shmmax,
		    limit_sysctl(&advice, "kernel.shmmax", "%lld", (long long)size));
	if (error == ENOSPC && (unsigned long)used.used_ids >= limits.shmmni)
		return error_as(
		    STATUS_FAILED,
		    "%s: the number of segments has reached kernel.shmmni (%lu)%s",
		    name->text, limits.shmmni,
		    limit_sysctl(
		        &advice, "kernel.shmmni", "%lld",
		        (long long)limit_next((int64_t)limits.shmmni, SYSV_IDS_MAX)));
	if (error == ENOSPC)
		return error_as(
		    STATUS_FAILED,
		    "%s: %lld bytes exceed kernel.shmall (%lu pages, %lu in use)%s",
		    name->text, (long long)size, limits.shmall, used.shm_tot,
		    limit_sysctl(&advice, "kernel.shmall", "%llu",
		                 (unsigned long long)used.shm_tot +
		                     pages_of((uint64_t)size)));
	errno = error;
	return error_errno("%s: %lld bytes", name->text, (long long)size);
}

static int shm_sysv_populate_all(int id)
{
	struct segment segment = {.fd = -1};
	if (shm_sysv_attach(&segment, id, 0) < 0)
		return -1;
	int result =
	    shm_sysv_populate(&segment, 0, segment.size, SHM_SYSV_POPULATE_WRITE);
	int error = errno;
	shmdt(segment.memory);
	errno = error;
	return result;
}

static int shm_sysv_set_mode(int id, mode_t mode)
{
	struct shmid_ds ds = {.shm_perm = {.uid = geteuid(), .gid = getegid()}};
	ds.shm_perm.mode = (unsigned short)mode;
	return shmctl(id, IPC_SET, &ds);
}

/*
 * The id of a new segment, or -1 with errno. With reserve it has a mode that permits the
 * creator to write to it until its memory is allocated.
 */
static int shm_sysv_create_exclusive(const struct name *name,
                                     const struct segment_attributes *attributes)
{
	enum { CREATOR_MODE = 0600 };
	int mode = attributes->reserve ? CREATOR_MODE : (int)attributes->mode.bits;
	int id =
	    shmget(name->number, (size_t)attributes->size, IPC_CREAT | IPC_EXCL | mode);
	if (id < 0 || !attributes->reserve)
		return id;
	int result = shm_sysv_populate_all(id);
	if (result == 0 && termsig_pending() != 0) {
		errno = EINTR;
		result = -1;
	}
	if (result == 0 && shm_sysv_set_mode(id, attributes->mode.bits) == 0)
		return id;
	sysv_discard(id, &shm_sysv_kind);
	return -1;
}

static enum status shm_sysv_check_attributes(const struct name *name,
                                             const struct segment_attributes *attributes)
{
	if (attributes->size == 0)
		return error_usage("%s: a System V segment has at least 1 byte",
		                   name->text);
	return sysv_check_create(name);
}

enum status shm_sysv_create(const struct name *name,
                            const struct segment_attributes *attributes)
{
	enum status status = shm_sysv_check_attributes(name, attributes);
	if (status != STATUS_OK)
		return status;
	int id = shm_sysv_create_exclusive(name, attributes);
	if (id < 0 && errno == EEXIST)
		return error_errno("%s", name->text);
	if (id < 0)
		return shm_sysv_create_error(name, attributes->size);
	*attributes->created = (struct segment_created){.is_new = true, .id = id};
	return STATUS_OK;
}

/* Compare the existing segment with the request. */
static enum status shm_sysv_check_existing(const struct name *name, int id,
                                           const struct segment_attributes *attributes)
{
	struct shmid_ds ds;
	if (sysv_stat(id, &shm_sysv_kind, &ds) < 0)
		return sysv_error(name, &shm_sysv_kind, "");
	enum status status = sysv_check_owner(name, &ds.shm_perm, attributes->mode.bits);
	if (status != STATUS_OK)
		return status;
	if ((int64_t)ds.shm_segsz != attributes->size)
		return error_as(
		    STATUS_EXISTS, "%s: exists, but with a size of %lld bytes, not %lld",
		    name->text, (long long)ds.shm_segsz, (long long)attributes->size);
	status =
	    file_check_mode(name->text, ds.shm_perm.mode & 0777, attributes->mode.bits);
	if (status != STATUS_OK)
		return status;
	if (attributes->reserve && shm_sysv_populate_all(id) < 0)
		return error_errno("%s: %lld bytes", name->text,
		                   (long long)attributes->size);
	*attributes->created = (struct segment_created){.id = id};
	return STATUS_OK;
}

enum status shm_sysv_ensure(const struct name *name,
                            const struct segment_attributes *attributes)
{
	enum status status = shm_sysv_check_attributes(name, attributes);
	if (status != STATUS_OK || name->address == NAME_PRIVATE)
		return status != STATUS_OK ? status : shm_sysv_create(name, attributes);
	for (int tries = 0;; tries++) {
		int id = sysv_get(name, &shm_sysv_kind);
		if (id >= 0)
			return shm_sysv_check_existing(name, id, attributes);
		if (errno != ENOENT)
			return error_errno("%s", name->text);
		*attributes->created = (struct segment_created){
		    .is_new = true, .id = shm_sysv_create_exclusive(name, attributes)};
		if (attributes->created->id >= 0)
			return STATUS_OK;
		if (errno != EEXIST || tries == RETRIES_MAX)
			return shm_sysv_create_error(name, attributes->size);
	}
}
