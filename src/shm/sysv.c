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
#include "io/file.h"
#include "io/report.h"
#include "object/sysv.h"
#include "shm/family.h"

/* ---------------------------------------------------------------- asking */

static int get(int32_t key)
{
	return shmget(key, 0, 0);
}

static int control(int id, int command, void *argument)
{
	return shmctl(id, command, argument);
}

static const struct sysv_kind segments = {
    .object = "shared memory segment",
    .get = get,
    .control = control,
    .stat_any = SHM_STAT_ANY,
};

/* ---------------------------------------------------------------- memory */

/* Linux 5.14; <sys/mman.h> of an older library lacks them. */
enum populate { POPULATE_READ = 22, POPULATE_WRITE = 23 };

/* An older kernel takes the pages when they are touched. */
static int take_pages(const struct segment *segment, int64_t offset, int64_t length,
                      enum populate how)
{
	int64_t inside = offset % sysconf(_SC_PAGESIZE);
	int result = 0;
	if (length > 0)
		do
			result = madvise(segment->memory + offset - inside,
			                 (size_t)(length + inside), (int)how);
		while (result < 0 && errno == EINTR && interrupt_pending() == 0);
	if (result == 0 || errno == EINVAL)
		return 0;
	/* what is SIGBUS to who touches it; there are huge pages for none */
	if (errno == EFAULT)
		errno = ENOMEM;
	return -1;
}

static enum status reserve_system_v(const struct segment *segment, int64_t offset,
                                    int64_t length)
{
	if (take_pages(segment, offset, length, POPULATE_WRITE) == 0)
		return STATUS_DONE;
	return fail("%s: %lld bytes at offset %lld", segment->name->text,
	            (long long)length, (long long)offset);
}

/* ----------------------------------------------------------------- using */

static int attach(struct segment *segment, int id, int flags)
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

static enum status open_system_v(struct segment *segment, const struct name *name,
                                 enum segment_access access)
{
	int id;
	*segment = (struct segment){.name = name, .fd = -1};
	enum status status = sysv_find(&id, name, &segments);
	if (status == STATUS_DONE &&
	    attach(segment, id, access == SEGMENT_READ ? SHM_RDONLY : 0) < 0)
		status = sysv_failed(name, &segments, "");
	return status;
}

static void close_system_v(struct segment *segment)
{
	if (segment->memory != NULL)
		shmdt(segment->memory);
	segment->memory = NULL;
}

static enum status facts_system_v(const struct name *name, struct segment_facts *facts)
{
	struct shmid_ds ds;
	int id;
	enum status status = sysv_find(&id, name, &segments);
	if (status != STATUS_DONE)
		return status;
	if (sysv_ask(id, &segments, &ds) < 0)
		return sysv_failed(name, &segments, "");
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
	return STATUS_DONE;
}

static enum status unlink_system_v(const struct name *name, bool missing_is_fine)
{
	return sysv_unlink(name, &segments, missing_is_fine);
}

static size_t write_system_v(const struct segment *segment, int64_t offset,
                             const void *bytes, size_t length)
{
	if (take_pages(segment, offset, (int64_t)length, POPULATE_WRITE) < 0)
		return 0;
	memcpy(segment->memory + offset, bytes, length);
	return length;
}

static enum status write_failed_system_v(const struct segment *segment, int64_t offset,
                                         int64_t written)
{
	(void)offset;
	return fail("%s: stopped after %lld bytes were written", segment->name->text,
	            (long long)written);
}

static ssize_t read_system_v(const struct segment *segment, int64_t offset, void *bytes,
                             size_t length)
{
	int64_t rest = segment->size - offset;
	if (rest < (int64_t)length)
		length = rest > 0 ? (size_t)rest : 0;
	if (take_pages(segment, offset, (int64_t)length, POPULATE_READ) < 0) {
		fail("%s", segment->name->text);
		return -1;
	}
	memcpy(bytes, segment->memory + offset, length);
	return (ssize_t)length;
}

static void trim_nothing(const struct segment *segment)
{
	(void)segment;
}

static int cut_nothing(const struct segment *segment, int64_t size)
{
	(void)segment;
	(void)size;
	return 0;
}

static bool is_no_descriptor(const struct segment *segment, int fd)
{
	(void)segment;
	(void)fd;
	return false;
}

/* ---------------------------------------------------------------- making */

static enum status make_failed(const struct name *name, int64_t size)
{
	struct shminfo limits = {0};
	struct shm_info used = {0};
	int error = errno;
	control(0, IPC_INFO, &limits);
	control(0, SHM_INFO, &used);
	if (error == EINVAL)
		return fail_as(STATUS_FAILED,
		               "%s: %lld bytes is more than kernel.shmmax (%lu)",
		               name->text, (long long)size, limits.shmmax);
	if (error == ENOSPC && (unsigned long)used.used_ids >= limits.shmmni)
		return fail_as(
		    STATUS_FAILED,
		    "%s: there are as many segments as kernel.shmmni (%lu) allows",
		    name->text, limits.shmmni);
	if (error == ENOSPC)
		return fail_as(
		    STATUS_FAILED,
		    "%s: %lld bytes would pass kernel.shmall (%lu pages for all "
		    "segments, %lu are used)",
		    name->text, (long long)size, limits.shmall, used.shm_tot);
	errno = error;
	return fail("%s: %lld bytes", name->text, (long long)size);
}

static int take_all(int id)
{
	struct segment segment = {.fd = -1};
	if (attach(&segment, id, 0) < 0)
		return -1;
	int result = take_pages(&segment, 0, segment.size, POPULATE_WRITE);
	int error = errno;
	shmdt(segment.memory);
	errno = error;
	return result;
}

static int set_mode(int id, mode_t mode)
{
	struct shmid_ds ds = {.shm_perm = {.uid = geteuid(), .gid = getegid()}};
	ds.shm_perm.mode = (unsigned short)mode;
	return shmctl(id, IPC_SET, &ds);
}

/*
 * The id of a new segment, or -1. Its size and mode are there at once; only to take its
 * memory its maker must be permitted to write it, until that is done.
 */
static int make(const struct name *name, const struct segment_shape *shape)
{
	enum { MAKER = 0600 };
	int mode = shape->reserve ? MAKER : (int)shape->mode.bits;
	int id = shmget(name->number, (size_t)shape->size, IPC_CREAT | IPC_EXCL | mode);
	if (id < 0 || !shape->reserve)
		return id;
	int result = take_all(id);
	if (result == 0 && interrupt_pending() != 0) {
		errno = EINTR;
		result = -1;
	}
	if (result == 0 && set_mode(id, shape->mode.bits) == 0)
		return id;
	sysv_discard(id, &segments);
	return -1;
}

static enum status check_shape(const struct name *name, const struct segment_shape *shape)
{
	if (shape->size == 0)
		return usage_error("%s: a System V segment has at least one byte",
		                   name->text);
	return sysv_can_create(name);
}

static enum status create_system_v(const struct name *name,
                                   const struct segment_shape *shape)
{
	enum status status = check_shape(name, shape);
	if (status != STATUS_DONE)
		return status;
	int id = make(name, shape);
	if (id < 0 && errno == EEXIST)
		return fail("%s", name->text);
	if (id < 0)
		return make_failed(name, shape->size);
	*shape->made = (struct segment_made){.is_new = true, .id = id};
	return STATUS_DONE;
}

/* Is what is there what was wanted? */
static enum status check_existing(const struct name *name, int id,
                                  const struct segment_shape *shape)
{
	struct shmid_ds ds;
	if (sysv_ask(id, &segments, &ds) < 0)
		return sysv_failed(name, &segments, "");
	if ((int64_t)ds.shm_segsz != shape->size)
		return fail_as(
		    STATUS_EXISTS, "%s: exists, but with a size of %lld bytes, not %lld",
		    name->text, (long long)ds.shm_segsz, (long long)shape->size);
	enum status status =
	    file_expect_mode(name->text, ds.shm_perm.mode & 0777, &shape->mode);
	if (status != STATUS_DONE)
		return status;
	if (shape->reserve && take_all(id) < 0)
		return fail("%s: %lld bytes", name->text, (long long)shape->size);
	*shape->made = (struct segment_made){.id = id};
	return STATUS_DONE;
}

static enum status ensure_system_v(const struct name *name,
                                   const struct segment_shape *shape)
{
	enum status status = check_shape(name, shape);
	if (status != STATUS_DONE || name->address == PRIVATE)
		return status != STATUS_DONE ? status : create_system_v(name, shape);
	/* again where it went away in between, but not for ever */
	for (int tries = 0;; tries++) {
		int id = sysv_look_up(name, &segments);
		if (id >= 0)
			return check_existing(name, id, shape);
		if (errno != ENOENT)
			return fail("%s", name->text);
		*shape->made =
		    (struct segment_made){.is_new = true, .id = make(name, shape)};
		if (shape->made->id >= 0)
			return STATUS_DONE;
		if (errno != EEXIST || tries == 100)
			return make_failed(name, shape->size);
	}
}

const struct segment_family segments_system_v = {
    .create = create_system_v,
    .ensure = ensure_system_v,
    .open = open_system_v,
    .close = close_system_v,
    .facts = facts_system_v,
    .unlink = unlink_system_v,
    .reserve = reserve_system_v,
    .trim = trim_nothing,
    .write = write_system_v,
    .cut = cut_nothing,
    .write_failed = write_failed_system_v,
    .read = read_system_v,
    .is = is_no_descriptor,
};
