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
#include "io/file.h"
#include "io/report.h"
#include "shm/family.h"

#define FOLDER "/dev/shm"

struct path {
	char text[sizeof FOLDER + sizeof((struct name *)NULL)->text];
};

static const char *path_of(struct path *path, const struct name *name)
{
	snprintf(path->text, sizeof path->text, FOLDER "%s", name->text);
	return path->text;
}

/* ----------------------------------------------------------------- words */

/* Report errno with the limit that was met. doing says what did not work ("4096 bytes").
 */
static enum status refused(const struct name *name, const char *doing)
{
	struct statvfs room;
	int error = errno;
	if (error == ENOSPC && statvfs(FOLDER, &room) == 0)
		return fail_as(STATUS_FAILED,
		               "%s: %s: %s (%llu bytes are free in " FOLDER ")",
		               name->text, doing, error_text(error),
		               (unsigned long long)room.f_bavail * room.f_frsize);
	errno = error;
	return fail("%s: %s", name->text, doing);
}

static enum status not_memory(const struct name *name, mode_t mode)
{
	return fail_as(STATUS_FAILED, "%s: is %s, not a shared memory object", name->text,
	               file_kind(mode));
}

/* What is there may be of a kind that open(2) has confusing words for. */
static enum status open_failed(const struct name *name)
{
	struct path path;
	struct stat st;
	int error = errno;
	if (lstat(path_of(&path, name), &st) == 0 && !S_ISREG(st.st_mode))
		return not_memory(name, st.st_mode);
	errno = error;
	return fail("%s", name->text);
}

/* ---------------------------------------------------------------- making */

/* fallocate(2) gives back what it took when it fails, also when a signal came. */
static int take_memory(int fd, int64_t offset, int64_t length)
{
	int result = 0;
	if (length > 0)
		do
			result = fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length);
		while (result < 0 && errno == EINTR && interrupt_pending() == 0);
	return result;
}

/* The permission bits come last: until then nobody can open it. */
static int give_shape(int fd, const void *argument)
{
	const struct segment_shape *shape = argument;
	if (ftruncate(fd, shape->size) < 0)
		return -1;
	if (shape->reserve && take_memory(fd, 0, shape->size) < 0)
		return -1;
	if (shape->contents_length > 0 &&
	    pwrite(fd, shape->contents, shape->contents_length, shape->contents_offset) <
	        0)
		return -1;
	return fchmod(fd, shape->mode.bits);
}

/* Where it cannot be made unseen: closed to everybody until it is whole. */
static int make_closed(const char *path, const struct segment_shape *shape)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	int result = give_shape(fd, shape);
	int error = errno;
	if (result < 0)
		unlink(path);
	close(fd);
	errno = error;
	return result;
}

static int make(const struct name *name, const struct segment_shape *shape)
{
	struct path path;
	struct stat st;
	bool possible;
	path_of(&path, name);
	/* before memory is taken for nothing */
	if (lstat(path.text, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	int result = file_make_unseen(FOLDER, path.text, give_shape, shape, &possible);
	return possible ? result : make_closed(path.text, shape);
}

static enum status make_failed(const struct name *name, const struct segment_shape *shape)
{
	char doing[32];
	if (errno == ENOENT)
		return fail_as(STATUS_FAILED, FOLDER ": there is no such directory");
	if (errno != EFBIG && errno != ENOSPC)
		return fail("%s", name->text);
	snprintf(doing, sizeof doing, "%lld bytes", (long long)shape->size);
	return refused(name, doing);
}

static enum status create_posix(const struct name *name,
                                const struct segment_shape *shape)
{
	return make(name, shape) == 0 ? STATUS_DONE : make_failed(name, shape);
}

/* Is what is there what was wanted? */
static enum status compare(const struct name *name, const struct stat *st,
                           const struct segment_shape *shape)
{
	if (!S_ISREG(st->st_mode))
		return fail_as(STATUS_EXISTS,
		               "%s: exists, but is %s, not a shared memory object",
		               name->text, file_kind(st->st_mode));
	if (st->st_size != shape->size)
		return fail_as(
		    STATUS_EXISTS, "%s: exists, but with a size of %lld bytes, not %lld",
		    name->text, (long long)st->st_size, (long long)shape->size);
	return file_expect_mode(name->text, st->st_mode & 07777, &shape->mode);
}

/* ----------------------------------------------------------------- using */

static enum status open_there(struct segment *segment, const struct name *name,
                              enum segment_access access, bool missing_is_fine)
{
	static const int flags[] = {
	    [SEGMENT_READ] = O_RDONLY,
	    [SEGMENT_WRITE] = O_WRONLY,
	    [SEGMENT_MAP] = O_RDWR,
	};
	struct path path;
	struct stat st;
	*segment = (struct segment){.name = name, .fd = -1};
	/* never wait for the other end of a FIFO, nor get a terminal */
	int fd = open(path_of(&path, name),
	              flags[access] | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == ENOENT && missing_is_fine ? STATUS_MISSING
		                                          : open_failed(name);
	enum status status = STATUS_DONE;
	if (fstat(fd, &st) < 0)
		status = fail("%s", name->text);
	else if (!S_ISREG(st.st_mode))
		status = not_memory(name, st.st_mode);
	if (status != STATUS_DONE) {
		close(fd);
		return status;
	}
	segment->fd = fd;
	segment->size = st.st_size;
	return STATUS_DONE;
}

static enum status open_posix(struct segment *segment, const struct name *name,
                              enum segment_access access)
{
	return open_there(segment, name, access, false);
}

static void close_posix(struct segment *segment)
{
	if (segment->fd >= 0)
		close(segment->fd);
	segment->fd = -1;
}

static enum status reserve_posix(const struct segment *segment, int64_t offset,
                                 int64_t length)
{
	char doing[64];
	/* a file system without it (ramfs) has no limits either */
	if (take_memory(segment->fd, offset, length) == 0 || errno == EOPNOTSUPP)
		return STATUS_DONE;
	snprintf(doing, sizeof doing, "%lld bytes at offset %lld", (long long)length,
	         (long long)offset);
	return refused(segment->name, doing);
}

static enum status reserve_existing(const struct name *name)
{
	struct segment segment;
	enum status status = open_posix(&segment, name, SEGMENT_WRITE);
	if (status == STATUS_DONE) {
		status = reserve_posix(&segment, 0, segment.size);
		close_posix(&segment);
	}
	return status;
}

static enum status ensure_posix(const struct name *name,
                                const struct segment_shape *shape)
{
	struct path path;
	struct stat st;
	path_of(&path, name);
	/* again where it went away in between, but not for ever */
	for (int tries = 0; lstat(path.text, &st) < 0; tries++) {
		if (errno != ENOENT)
			return fail("%s", name->text);
		if (make(name, shape) == 0)
			return STATUS_DONE;
		if (errno != EEXIST || tries == 100)
			return make_failed(name, shape);
	}
	enum status status = compare(name, &st, shape);
	/* st_blocks counts 512 bytes, whatever the size of a page: inode(7) */
	if (status == STATUS_DONE && shape->reserve && st.st_blocks * 512 < st.st_size)
		status = reserve_existing(name);
	return status;
}

enum status segment_provide(struct segment *segment, const struct name *name,
                            const struct segment_shape *shape)
{
	enum status status;
	int tries = 0;
	/* again where it went away in between, but not for ever */
	do {
		if (make(name, shape) < 0 && errno != EEXIST)
			return make_failed(name, shape);
		status = open_there(segment, name, SEGMENT_MAP, tries++ < 100);
	} while (status == STATUS_MISSING && tries <= 100);
	return status;
}

enum status segment_map(struct segment_window *window, const struct segment *segment,
                        int64_t offset, size_t length)
{
	int64_t inside = offset % sysconf(_SC_PAGESIZE);
	if (offset > segment->size || segment->size - offset < (int64_t)length)
		return fail_as(STATUS_FAILED,
		               "%s: has %lld bytes: there is no room for %zu at offset "
		               "%lld",
		               segment->name->text, (long long)segment->size, length,
		               (long long)offset);
	enum status status = reserve_posix(segment, offset, (int64_t)length);
	if (status != STATUS_DONE)
		return status;
	window->length = (size_t)inside + length;
	window->pages = mmap(NULL, window->length, PROT_READ | PROT_WRITE, MAP_SHARED,
	                     segment->fd, offset - inside);
	if (window->pages == MAP_FAILED)
		return fail("%s", segment->name->text);
	window->at = (char *)window->pages + inside;
	return STATUS_DONE;
}

void segment_unmap(struct segment_window *window)
{
	munmap(window->pages, window->length);
}

static enum status facts_posix(const struct name *name, struct segment_facts *facts)
{
	struct path path;
	struct stat st;
	if (lstat(path_of(&path, name), &st) < 0)
		return fail("%s", name->text);
	if (!S_ISREG(st.st_mode))
		return not_memory(name, st.st_mode);
	*facts = (struct segment_facts){
	    .mode = st.st_mode & 07777,
	    .uid = st.st_uid,
	    .gid = st.st_gid,
	    .size = st.st_size,
	    .allocated = st.st_blocks * 512,
	};
	return STATUS_DONE;
}

enum status segment_resize(const struct segment *segment, int64_t size)
{
	char doing[32];
	if (ftruncate(segment->fd, size) == 0)
		return STATUS_DONE;
	snprintf(doing, sizeof doing, "%lld bytes", (long long)size);
	return refused(segment->name, doing);
}

static enum status unlink_posix(const struct name *name, bool missing_is_fine)
{
	struct path path;
	if (unlink(path_of(&path, name)) == 0)
		return STATUS_DONE;
	if (errno == ENOENT && missing_is_fine)
		return STATUS_MISSING;
	return errno == EISDIR ? not_memory(name, S_IFDIR) : fail("%s", name->text);
}

/* tmpfs frees the pages past the end whenever a size is set that is not larger. */
static void trim_posix(const struct segment *segment)
{
	struct stat st;
	if (fstat(segment->fd, &st) == 0 && ftruncate(segment->fd, st.st_size) < 0)
		return; /* memory that the next resize gives back, nothing worse */
}

static size_t write_posix(const struct segment *segment, int64_t offset,
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

static int cut_posix(const struct segment *segment, int64_t size)
{
	return ftruncate(segment->fd, size);
}

static enum status write_failed_posix(const struct segment *segment, int64_t offset,
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
	return refused(segment->name, doing);
}

static ssize_t read_posix(const struct segment *segment, int64_t offset, void *bytes,
                          size_t length)
{
	ssize_t part;
	do
		part = pread(segment->fd, bytes, length, offset);
	while (part < 0 && errno == EINTR);
	if (part < 0)
		fail("%s", segment->name->text);
	return part;
}

static bool is_posix(const struct segment *segment, int fd)
{
	struct stat own, other;
	return fstat(segment->fd, &own) == 0 && fstat(fd, &other) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

const struct segment_family segments_posix = {
    .create = create_posix,
    .ensure = ensure_posix,
    .open = open_posix,
    .close = close_posix,
    .facts = facts_posix,
    .unlink = unlink_posix,
    .reserve = reserve_posix,
    .trim = trim_posix,
    .write = write_posix,
    .cut = cut_posix,
    .write_failed = write_failed_posix,
    .read = read_posix,
    .is = is_posix,
};
