/*
 * Shared memory segments of System V: shmget(2), shmop(2), shmctl(2). They have no
 * descriptor and are worked on where they are attached. Their pages are taken before they
 * are touched, by a call that fails where touching them would be SIGBUS.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/file.h"
#include "object/sysv.h"
#include "shm/family.h"

/* ---------------------------------------------------------------- asking */

static int shm_sysv_get(int32_t key)
{
	return shmget(key, 0, 0);
}

static int shm_sysv_control(int id, int command, void *argument)
{
	return shmctl(id, command, argument);
}

static const struct sysv_kind shm_sysv_kind = {
    .object = "shared memory segment",
    .get = shm_sysv_get,
    .control = shm_sysv_control,
    .stat_any = SHM_STAT_ANY,
};

/* ---------------------------------------------------------------- memory */

/* Linux 5.14; <sys/mman.h> of an older library lacks them. */
enum shm_sysv_populate { POPULATE_READ = 22, POPULATE_WRITE = 23 };

/* An older kernel takes the pages when they are touched. */
static int populate_range(const struct segment *segment, int64_t offset, int64_t length,
                          enum shm_sysv_populate how)
{
	int64_t inside = offset % sysconf(_SC_PAGESIZE);
	int result = 0;
	if (length > 0)
		do
			result = madvise(segment->memory + offset - inside,
			                 (size_t)(length + inside), (int)how);
		while (result < 0 && errno == EINTR && termsig_pending() == 0);
	if (result == 0 || errno == EINVAL)
		return 0;
	/* what is SIGBUS to who touches it; there are huge pages for none */
	if (errno == EFAULT)
		errno = ENOMEM;
	return -1;
}

static enum status shm_sysv_reserve(const struct segment *segment, int64_t offset,
                                    int64_t length)
{
	if (populate_range(segment, offset, length, POPULATE_WRITE) == 0)
		return STATUS_OK;
	return error_errno("%s: %lld bytes at offset %lld", segment->name->text,
	                   (long long)length, (long long)offset);
}

/* ----------------------------------------------------------------- using */

static int shm_sysv_attach(struct segment *segment, int id, int flags)
{
	struct shmid_ds ds;
	if (shmctl(id, IPC_STAT, &ds) < 0)
		return -1;
	void *at = shmat(id, NULL, flags);
	if (at == (void *)-1)
		return -1;
	segment->memory = at;
	segment->size = (int64_t)ds.shm_segsz;
	return 0;
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
	if (populate_range(segment, offset, (int64_t)length, POPULATE_WRITE) < 0)
		return 0;
	memcpy(segment->memory + offset, bytes, length);
	return length;
}

static enum status shm_sysv_write_error(const struct segment *segment, int64_t offset,
                                        int64_t written)
{
	(void)offset;
	return error_errno("%s: stopped after %lld bytes were written",
	                   segment->name->text, (long long)written);
}

static ssize_t shm_sysv_read(const struct segment *segment, int64_t offset, void *bytes,
                             size_t length)
{
	int64_t rest = segment->size - offset;
	if (rest < (int64_t)length)
		length = rest > 0 ? (size_t)rest : 0;
	if (populate_range(segment, offset, (int64_t)length, POPULATE_READ) < 0) {
		error_errno("%s", segment->name->text);
		return -1;
	}
	memcpy(bytes, segment->memory + offset, length);
	return (ssize_t)length;
}

static void shm_sysv_trim(const struct segment *segment)
{
	(void)segment;
}

static int shm_sysv_truncate(const struct segment *segment, int64_t size)
{
	(void)segment;
	(void)size;
	return 0;
}

static bool shm_sysv_is_same_file(const struct segment *segment, int fd)
{
	(void)segment;
	(void)fd;
	return false;
}

/* ---------------------------------------------------------------- making */

static enum status shm_sysv_create_error(const struct name *name, int64_t size)
{
	struct shminfo limits = {0};
	struct shm_info used = {0};
	int error = errno;
	shm_sysv_control(0, IPC_INFO, &limits);
	shm_sysv_control(0, SHM_INFO, &used);
	if (error == EINVAL)
		return error_as(STATUS_FAILED,
		                "%s: %lld bytes is more than kernel.shmmax (%lu)",
		                name->text, (long long)size, limits.shmmax);
	if (error == ENOSPC && (unsigned long)used.used_ids >= limits.shmmni)
		return error_as(
		    STATUS_FAILED,
		    "%s: there are as many segments as kernel.shmmni (%lu) allows",
		    name->text, limits.shmmni);
	if (error == ENOSPC)
		return error_as(
		    STATUS_FAILED,
		    "%s: %lld bytes would pass kernel.shmall (%lu pages for all "
		    "segments, %lu are used)",
		    name->text, (long long)size, limits.shmall, used.shm_tot);
	errno = error;
	return error_errno("%s: %lld bytes", name->text, (long long)size);
}

static int populate_segment(int id)
{
	struct segment segment = {.fd = -1};
	if (shm_sysv_attach(&segment, id, 0) < 0)
		return -1;
	int result = populate_range(&segment, 0, segment.size, POPULATE_WRITE);
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
 * The id of a new segment, or -1. Its size and mode are there at once; only to take its
 * memory its maker must be permitted to write it, until that is done.
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
	int result = populate_segment(id);
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
		return error_usage("%s: a System V segment has at least one byte",
		                   name->text);
	return sysv_check_create(name);
}

static enum status shm_sysv_create(const struct name *name,
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

/* Is what is there what was wanted? */
static enum status shm_sysv_check_existing(const struct name *name, int id,
                                           const struct segment_attributes *attributes)
{
	struct shmid_ds ds;
	if (sysv_stat(id, &shm_sysv_kind, &ds) < 0)
		return sysv_error(name, &shm_sysv_kind, "");
	if ((int64_t)ds.shm_segsz != attributes->size)
		return error_as(
		    STATUS_EXISTS, "%s: exists, but with a size of %lld bytes, not %lld",
		    name->text, (long long)ds.shm_segsz, (long long)attributes->size);
	enum status status =
	    file_check_mode(name->text, ds.shm_perm.mode & 0777, &attributes->mode);
	if (status != STATUS_OK)
		return status;
	if (attributes->reserve && populate_segment(id) < 0)
		return error_errno("%s: %lld bytes", name->text,
		                   (long long)attributes->size);
	*attributes->created = (struct segment_created){.id = id};
	return STATUS_OK;
}

static enum status shm_sysv_ensure(const struct name *name,
                                   const struct segment_attributes *attributes)
{
	enum status status = shm_sysv_check_attributes(name, attributes);
	if (status != STATUS_OK || name->address == NAME_PRIVATE)
		return status != STATUS_OK ? status : shm_sysv_create(name, attributes);
	/* again where it went away in between, but not for ever */
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
		if (errno != EEXIST || tries == 100)
			return shm_sysv_create_error(name, attributes->size);
	}
}

const struct shm_family shm_sysv_family = {
    .create = shm_sysv_create,
    .ensure = shm_sysv_ensure,
    .open = shm_sysv_open,
    .close = shm_sysv_close,
    .facts = shm_sysv_facts,
    .unlink = shm_sysv_unlink,
    .reserve = shm_sysv_reserve,
    .trim = shm_sysv_trim,
    .write = shm_sysv_write,
    .truncate = shm_sysv_truncate,
    .write_error = shm_sysv_write_error,
    .read = shm_sysv_read,
    .is_same_file = shm_sysv_is_same_file,
};
