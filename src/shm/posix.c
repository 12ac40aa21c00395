/*
 * POSIX shared memory objects: regular files in /dev/shm, which glibc and musl agree on
 * (shm_overview(7)). Worked on with read and write; see tmpfs(5) for the limits.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/file.h"
#include "object/shm_path.h"
#include "shm/family.h"

/* ----------------------------------------------------------------- words */

/* Report errno with the limit that was met. doing says what did not work ("4096 bytes").
 */
static enum status shm_posix_refused(const struct name *name, const char *doing)
{
	struct statvfs room;
	int error = errno;
	if (error == ENOSPC && statvfs(SHM_PATH_DIRECTORY, &room) == 0)
		return error_as(STATUS_FAILED,
		                "%s: %s: %s (%llu bytes are free in " SHM_PATH_DIRECTORY
		                ")",
		                name->text, doing, error_text(error),
		                (unsigned long long)room.f_bavail * room.f_frsize);
	errno = error;
	return error_errno("%s: %s", name->text, doing);
}

static enum status not_shared_memory(const struct name *name, mode_t mode)
{
	return error_as(STATUS_FAILED, "%s: is %s, not a shared memory object",
	                name->text, file_type_text(mode));
}

/* What is there may be of a kind that open(2) has confusing words for. */
static enum status shm_posix_open_error(const struct name *name)
{
	struct shm_path path;
	struct stat st;
	int error = errno;
	if (lstat(shm_path_of(&path, name), &st) == 0 && !S_ISREG(st.st_mode))
		return not_shared_memory(name, st.st_mode);
	errno = error;
	return error_errno("%s", name->text);
}

/* ---------------------------------------------------------------- making */

/* fallocate(2) gives back what it took when it fails, also when a signal came. */
static int allocate_range(int fd, int64_t offset, int64_t length)
{
	int result = 0;
	if (length > 0)
		do
			result = fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length);
		while (result < 0 && errno == EINTR && termsig_pending() == 0);
	return result;
}

/* The permission bits come last: until then nobody can open it. */
static int apply_attributes(int fd, const void *argument)
{
	const struct segment_attributes *attributes = argument;
	if (ftruncate(fd, attributes->size) < 0)
		return -1;
	if (attributes->reserve && allocate_range(fd, 0, attributes->size) < 0)
		return -1;
	if (attributes->contents_length > 0 &&
	    pwrite(fd, attributes->contents, attributes->contents_length,
	           attributes->contents_offset) < 0)
		return -1;
	return fchmod(fd, attributes->mode.bits);
}

/* Where it cannot be made unseen: closed to everybody until it is whole. */
static int create_inaccessible(const char *path,
                               const struct segment_attributes *attributes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int result = apply_attributes(fd, attributes);
	int error = errno;
	if (result < 0)
		unlink(path);
	close(fd);
	errno = error;
	return result;
}

static int shm_posix_create_exclusive(const struct name *name,
                                      const struct segment_attributes *attributes)
{
	struct shm_path path;
	struct stat st;
	bool possible;
	shm_path_of(&path, name);
	/* before memory is taken for nothing */
	if (lstat(path.text, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	int result = file_create_atomic(SHM_PATH_DIRECTORY, path.text, apply_attributes,
	                                attributes, &possible);
	return possible ? result : create_inaccessible(path.text, attributes);
}

static enum status shm_posix_create_error(const struct name *name,
                                          const struct segment_attributes *attributes)
{
	char doing[32];
	if (errno == ENOENT)
		return error_as(STATUS_FAILED,
		                SHM_PATH_DIRECTORY ": there is no such directory");
	if (errno != EFBIG && errno != ENOSPC)
		return error_errno("%s", name->text);
	snprintf(doing, sizeof doing, "%lld bytes", (long long)attributes->size);
	return shm_posix_refused(name, doing);
}

static enum status shm_posix_create(const struct name *name,
                                    const struct segment_attributes *attributes)
{
	return shm_posix_create_exclusive(name, attributes) == 0
	           ? STATUS_OK
	           : shm_posix_create_error(name, attributes);
}

/* Is what is there what was wanted? */
static enum status shm_posix_compare(const struct name *name, const struct stat *st,
                                     const struct segment_attributes *attributes)
{
	if (!S_ISREG(st->st_mode))
		return error_as(STATUS_EXISTS,
		                "%s: exists, but is %s, not a shared memory object",
		                name->text, file_type_text(st->st_mode));
	if (st->st_size != attributes->size)
		return error_as(
		    STATUS_EXISTS, "%s: exists, but with a size of %lld bytes, not %lld",
		    name->text, (long long)st->st_size, (long long)attributes->size);
	return file_check_mode(name->text, st->st_mode & 07777, &attributes->mode);
}

/* ----------------------------------------------------------------- using */

static enum status shm_posix_open_existing(struct segment *segment,
                                           const struct name *name,
                                           enum segment_access access,
                                           bool missing_is_fine)
{
	static const int flags[] = {
	    [SEGMENT_READ] = O_RDONLY,
	    [SEGMENT_WRITE] = O_WRONLY,
	    [SEGMENT_MAP] = O_RDWR,
	};
	struct shm_path path;
	struct stat st;
	*segment = (struct segment){.name = name, .fd = -1};
	/* never wait for the other end of a FIFO, nor get a terminal */
	int fd = open(shm_path_of(&path, name),
	              flags[access] | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == ENOENT && missing_is_fine ? STATUS_NOT_FOUND
		                                          : shm_posix_open_error(name);
	enum status status = STATUS_OK;
	if (fstat(fd, &st) < 0)
		status = error_errno("%s", name->text);
	else if (!S_ISREG(st.st_mode))
		status = not_shared_memory(name, st.st_mode);
	if (status != STATUS_OK) {
		close(fd);
		return status;
	}
	segment->fd = fd;
	segment->size = st.st_size;
	return STATUS_OK;
}

static enum status shm_posix_open(struct segment *segment, const struct name *name,
                                  enum segment_access access)
{
	return shm_posix_open_existing(segment, name, access, false);
}

static void shm_posix_close(struct segment *segment)
{
	if (segment->fd >= 0)
		close(segment->fd);
	segment->fd = -1;
}

static enum status shm_posix_reserve(const struct segment *segment, int64_t offset,
                                     int64_t length)
{
	char doing[64];
	/* a file system without it (ramfs) has no limits either */
	if (allocate_range(segment->fd, offset, length) == 0 || errno == EOPNOTSUPP)
		return STATUS_OK;
	snprintf(doing, sizeof doing, "%lld bytes at offset %lld", (long long)length,
	         (long long)offset);
	return shm_posix_refused(segment->name, doing);
}

static enum status shm_posix_reserve_existing(const struct name *name)
{
	struct segment segment;
	enum status status = shm_posix_open(&segment, name, SEGMENT_WRITE);
	if (status == STATUS_OK) {
		status = shm_posix_reserve(&segment, 0, segment.size);
		shm_posix_close(&segment);
	}
	return status;
}

static enum status shm_posix_ensure(const struct name *name,
                                    const struct segment_attributes *attributes)
{
	struct shm_path path;
	struct stat st;
	shm_path_of(&path, name);
	/* again where it went away in between, but not for ever */
	for (int tries = 0; lstat(path.text, &st) < 0; tries++) {
		if (errno != ENOENT)
			return error_errno("%s", name->text);
		if (shm_posix_create_exclusive(name, attributes) == 0)
			return STATUS_OK;
		if (errno != EEXIST || tries == 100)
			return shm_posix_create_error(name, attributes);
	}
	enum status status = shm_posix_compare(name, &st, attributes);
	/* st_blocks counts 512 bytes, whatever the size of a page: inode(7) */
	if (status == STATUS_OK && attributes->reserve && st.st_blocks * 512 < st.st_size)
		status = shm_posix_reserve_existing(name);
	return status;
}

enum status segment_open_or_create(struct segment *segment, const struct name *name,
                                   const struct segment_attributes *attributes)
{
	enum status status;
	int tries = 0;
	/* again where it went away in between, but not for ever */
	do {
		if (shm_posix_create_exclusive(name, attributes) < 0 && errno != EEXIST)
			return shm_posix_create_error(name, attributes);
		status =
		    shm_posix_open_existing(segment, name, SEGMENT_MAP, tries++ < 100);
	} while (status == STATUS_NOT_FOUND && tries <= 100);
	return status;
}

enum status segment_map(struct segment_mapping *mapping, const struct segment *segment,
                        int64_t offset, size_t length)
{
	int64_t inside = offset % sysconf(_SC_PAGESIZE);
	if (offset > segment->size || segment->size - offset < (int64_t)length)
		return error_as(STATUS_FAILED,
		                "%s: has %lld bytes: there is no room for %zu at offset "
		                "%lld",
		                segment->name->text, (long long)segment->size, length,
		                (long long)offset);
	enum status status = shm_posix_reserve(segment, offset, (int64_t)length);
	if (status != STATUS_OK)
		return status;
	mapping->length = (size_t)inside + length;
	mapping->base = mmap(NULL, mapping->length, PROT_READ | PROT_WRITE, MAP_SHARED,
	                     segment->fd, offset - inside);
	if (mapping->base == MAP_FAILED)
		return error_errno("%s", segment->name->text);
	mapping->address = (char *)mapping->base + inside;
	return STATUS_OK;
}

void segment_unmap(struct segment_mapping *mapping)
{
	munmap(mapping->base, mapping->length);
}

static enum status shm_posix_facts(const struct name *name, struct segment_facts *facts)
{
	struct shm_path path;
	struct stat st;
	if (lstat(shm_path_of(&path, name), &st) < 0)
		return error_errno("%s", name->text);
	if (!S_ISREG(st.st_mode))
		return not_shared_memory(name, st.st_mode);
	*facts = (struct segment_facts){
	    .mode = st.st_mode & 07777,
	    .uid = st.st_uid,
	    .gid = st.st_gid,
	    .size = st.st_size,
	    .allocated = st.st_blocks * 512,
	};
	return STATUS_OK;
}

enum status segment_resize(const struct segment *segment, int64_t size)
{
	char doing[32];
	if (ftruncate(segment->fd, size) == 0)
		return STATUS_OK;
	snprintf(doing, sizeof doing, "%lld bytes", (long long)size);
	return shm_posix_refused(segment->name, doing);
}

static enum status shm_posix_unlink(const struct name *name, bool missing_is_fine)
{
	struct shm_path path;
	if (unlink(shm_path_of(&path, name)) == 0)
		return STATUS_OK;
	if (errno == ENOENT && missing_is_fine)
		return STATUS_NOT_FOUND;
	return errno == EISDIR ? not_shared_memory(name, S_IFDIR)
	                       : error_errno("%s", name->text);
}

/* tmpfs frees the pages past the end whenever a size is set that is not larger. */
static void shm_posix_trim(const struct segment *segment)
{
	struct stat st;
	if (fstat(segment->fd, &st) == 0 && ftruncate(segment->fd, st.st_size) < 0)
		return; /* memory that the next resize gives back, nothing worse */
}

static size_t shm_posix_write(const struct segment *segment, int64_t offset,
                              const void *bytes, size_t length)
{
	size_t written = 0;
	while (written < length) {
		ssize_t part = pwrite(segment->fd, (const char *)bytes + written,
		                      length - written, offset + (int64_t)written);
		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			break;
		written += (size_t)part;
	}
	return written;
}

static int shm_posix_truncate(const struct segment *segment, int64_t size)
{
	return ftruncate(segment->fd, size);
}

static enum status shm_posix_write_error(const struct segment *segment, int64_t offset,
                                         int64_t written)
{
	char doing[96];
	struct stat st;
	int error = errno;
	if (fstat(segment->fd, &st) < 0)
		st.st_size = offset;
	snprintf(doing, sizeof doing,
	         "stopped after %lld bytes were written, it has %lld now",
	         (long long)written, (long long)st.st_size);
	errno = error;
	return shm_posix_refused(segment->name, doing);
}

static ssize_t shm_posix_read(const struct segment *segment, int64_t offset, void *bytes,
                              size_t length)
{
	ssize_t part;
	do
		part = pread(segment->fd, bytes, length, offset);
	while (part < 0 && errno == EINTR);
	if (part < 0)
		error_errno("%s", segment->name->text);
	return part;
}

static bool shm_posix_is_same_file(const struct segment *segment, int fd)
{
	struct stat own, other;
	return fstat(segment->fd, &own) == 0 && fstat(fd, &other) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

const struct shm_family shm_posix_family = {
    .create = shm_posix_create,
    .ensure = shm_posix_ensure,
    .open = shm_posix_open,
    .close = shm_posix_close,
    .facts = shm_posix_facts,
    .unlink = shm_posix_unlink,
    .reserve = shm_posix_reserve,
    .trim = shm_posix_trim,
    .write = shm_posix_write,
    .truncate = shm_posix_truncate,
    .write_error = shm_posix_write_error,
    .read = shm_posix_read,
    .is_same_file = shm_posix_is_same_file,
};
