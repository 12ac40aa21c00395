/* SPDX-License-Identifier: MIT */
/*
 * POSIX shared memory objects: regular files in /dev/shm (shm_overview(7)). Accessed by
 * read(2) and write(2), not through a mapping; see tmpfs(5) for the limits.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/error.h"
#include "io/file.h"
#include "object/missing.h"
#include "object/shm_path.h"
#include "shm/family.h"
#include "shm/posix.h"

void shm_posix_facts_of(struct segment_facts *facts, const struct stat *st)
{
	*facts = (struct segment_facts){
	    .mode = st->st_mode & 07777,
	    .uid = st->st_uid,
	    .gid = st->st_gid,
	    .size = st->st_size,
	    .allocated = st->st_blocks * 512,
	};
}

static enum status shm_posix_facts(const struct name *name, struct segment_facts *facts)
{
	struct shm_path path;
	struct stat st;
	if (lstat(shm_path_of(&path, name), &st) < 0)
		return missing_open_error(name, NAME_MEMORY);
	if (!S_ISREG(st.st_mode))
		return shm_posix_type_error(name, st.st_mode);
	shm_posix_facts_of(facts, &st);
	return STATUS_OK;
}

enum status shm_posix_map(struct segment_mapping *mapping, const struct segment *segment,
                          int64_t offset, size_t length)
{
	int64_t inside = offset % sysconf(_SC_PAGESIZE);
	if (offset > segment->size || segment->size - offset < (int64_t)length)
		return error_as(STATUS_FAILED,
		                "%s: %zu bytes at offset %lld: past the end (size %lld)",
		                segment->name->text, length, (long long)offset,
		                (long long)segment->size);
	int protection = segment->read_only ? PROT_READ : PROT_READ | PROT_WRITE;
	enum status status = segment->read_only
	                         ? STATUS_OK
	                         : shm_posix_reserve(segment, offset, (int64_t)length);
	if (status != STATUS_OK)
		return status;
	mapping->length = (size_t)inside + length;
	mapping->base = mmap(NULL, mapping->length, protection, MAP_SHARED, segment->fd,
	                     offset - inside);
	if (mapping->base == MAP_FAILED && errno == EPERM)
		return shm_posix_error(segment->name, "cannot be mapped for writing");
	if (mapping->base == MAP_FAILED)
		return error_errno("%s", segment->name->text);
	mapping->address = (char *)mapping->base + inside;
	return STATUS_OK;
}

enum status shm_posix_resize(const struct segment *segment, int64_t size)
{
	char subject[32];
	if (ftruncate(segment->fd, size) == 0)
		return STATUS_OK;
	snprintf(subject, sizeof subject, "%lld bytes", (long long)size);
	return shm_posix_error(segment->name, subject);
}

static enum status shm_posix_unlink(const struct name *name, bool missing_is_fine)
{
	struct shm_path path;
	if (unlink(shm_path_of(&path, name)) == 0)
		return STATUS_OK;
	if (errno == ENOENT && missing_is_fine)
		return STATUS_NOT_FOUND;
	return errno == EISDIR ? shm_posix_type_error(name, S_IFDIR)
	                       : missing_unlink_error(name, NAME_MEMORY);
}

/* tmpfs frees the pages past the end whenever a size is set that is not larger. */
void shm_posix_trim(const struct segment *segment)
{
	struct stat st;
	if (fstat(segment->fd, &st) == 0 && ftruncate(segment->fd, st.st_size) < 0)
		return; /* the memory stays allocated until the next resize */
}

size_t shm_posix_write(const struct segment *segment, int64_t offset, const void *bytes,
                       size_t length)
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

int shm_posix_truncate(const struct segment *segment, int64_t size)
{
	return ftruncate(segment->fd, size);
}

enum status shm_posix_write_error(const struct segment *segment, int64_t offset,
                                  int64_t written)
{
	char subject[96];
	struct stat st;
	int error = errno;
	if (fstat(segment->fd, &st) < 0)
		st.st_size = offset;
	snprintf(subject, sizeof subject,
	         "short write: %lld bytes written, the size is now %lld",
	         (long long)written, (long long)st.st_size);
	errno = error;
	return shm_posix_error(segment->name, subject);
}

ssize_t shm_posix_read(const struct segment *segment, int64_t offset, void *bytes,
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

bool shm_posix_is_same_file(const struct segment *segment, int fd)
{
	return file_is_same(segment->fd, fd);
}

const struct shm_family shm_posix_family = {
    .create = shm_posix_create,
    .ensure = shm_posix_ensure,
    .open = shm_posix_open,
    .close = shm_posix_close,
    .facts = shm_posix_facts,
    .unlink = shm_posix_unlink,
    .reserve = shm_posix_reserve,
    .write = shm_posix_write,
    .write_error = shm_posix_write_error,
    .read = shm_posix_read,
    .open_or_create = shm_posix_open_or_create,
    .map = shm_posix_map,
    .resize = shm_posix_resize,
    .truncate = shm_posix_truncate,
    .trim = shm_posix_trim,
    .is_same_file = shm_posix_is_same_file,
};
