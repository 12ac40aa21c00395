/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/termsig.h"
#include "base/value.h"
#include "io/error.h"
#include "io/file.h"
#include "io/file_map.h"

/* ------------------------------------------------------------------ open, close */

/* The files of /proc have a size of 0 and contents. */
static enum status file_map_check_empty(const struct file_map *map)
{
	char byte;
	if (read(map->fd, &byte, 1) <= 0)
		return STATUS_OK;
	return error_as(STATUS_FAILED,
	                "%s: not empty, but its size is 0: cannot be mapped", map->path);
}

static enum status file_map_create(struct file_map *map, enum file_map_access access)
{
	struct stat st;
	int protection = access == FILE_MAP_READ ? PROT_READ : PROT_READ | PROT_WRITE;
	if (fstat(map->fd, &st) < 0)
		return error_errno("%s", map->path);
	map->size = st.st_size;
	if (map->size == 0)
		return file_map_check_empty(map);
	void *bytes =
	    mmap(NULL, (size_t)map->size, protection,
	         access == FILE_MAP_WRITE_SHARED ? MAP_SHARED : MAP_PRIVATE, map->fd, 0);
	/* mmap(2): only a seal is the cause, of memory without a name */
	if (bytes == MAP_FAILED && errno == EPERM)
		return error_as(STATUS_FAILED,
		                "%s: cannot be mapped for writing: sealed (write)",
		                map->path);
	if (bytes == MAP_FAILED)
		return error_errno("%s: cannot map %lld bytes", map->path,
		                   (long long)map->size);
	map->bytes = bytes;
	return STATUS_OK;
}

/* "fd:N" is the file that is open at N. */
static enum status file_map_duplicate(struct file_map *map, const char *number)
{
	int fd;
	enum status status = error_unless_valid(number, value_descriptor(number, &fd));
	if (status != STATUS_OK)
		return status;
	map->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return map->fd >= 0 ? STATUS_OK : error_errno("%s", map->path);
}

static enum status file_map_open_path(struct file_map *map, const char *path,
                                      enum file_map_access access)
{
	int flags = access == FILE_MAP_WRITE_SHARED ? O_RDWR : O_RDONLY;
	if (strncmp(path, "fd:", 3) == 0)
		return file_map_duplicate(map, path + 3);
	enum status status = file_check_type(S_IFREG, path, -1);
	if (status != STATUS_OK)
		return status;
	map->fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return map->fd >= 0 ? STATUS_OK : error_errno("%s", path);
}

enum status file_map_open(struct file_map *map, const char *path,
                          enum file_map_access access)
{
	*map = (struct file_map){.path = path};
	enum status status = file_map_open_path(map, path, access);
	if (status != STATUS_OK)
		return status;
	status = file_check_type(S_IFREG, path, map->fd);
	if (status == STATUS_OK && file_is_same(map->fd, STDOUT_FILENO))
		status = error_as(STATUS_FAILED, "%s: standard output is the file itself",
		                  path);
	if (status == STATUS_OK)
		status = file_map_create(map, access);
	if (status != STATUS_OK)
		close(map->fd);
	return status;
}

void file_map_close(struct file_map *map)
{
	if (map->bytes != NULL)
		munmap(map->bytes, (size_t)map->size);
	close(map->fd);
}

/* --------------------------------------------------------------- store and print */

/* The kernel found no memory for the mapping at this byte. */
static enum status file_map_fault(const struct file_map *map, const char *done,
                                  int64_t offset)
{
	struct stat st;
	if (fstat(map->fd, &st) == 0 && st.st_size < map->size)
		return error_as(STATUS_FAILED,
		                "%s: truncated while it was %s: stopped at byte %lld",
		                map->path, done, (long long)offset);
	/* a page that cannot be read, or a hole for which the file system has no space */
	return error_as(STATUS_FAILED,
	                "%s: byte %lld cannot be %s: input/output error or no space left",
	                map->path, (long long)offset, done);
}

/* The kernel copies: write(2) to a pipe, then read(2) from it into the mapping. */
static enum status file_map_store_text(const struct file_map *map, int64_t offset,
                                       const char *text)
{
	int ends[2];
	size_t length = strlen(text);
	enum status status = STATUS_OK;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno("pipe");
	while (length > 0 && status == STATUS_OK) {
		size_t part = length < PIPE_BUF ? length : PIPE_BUF;
		ssize_t stored = write(ends[1], text, part);
		if (stored > 0)
			stored = read(ends[0], map->bytes + offset, part);
		if (stored < 0 || (size_t)stored < part) {
			status = file_map_fault(map, "written",
			                        offset + (stored > 0 ? stored : 0));
			break;
		}
		text += part;
		offset += (int64_t)part;
		length -= part;
	}
	close(ends[0]);
	close(ends[1]);
	return status;
}

static enum status file_map_past_end(const struct file_map *map, int64_t offset)
{
	return error_as(STATUS_FAILED, "%s: offset %lld: past the end (size %lld)",
	                map->path, (long long)offset, (long long)map->size);
}

enum status file_map_store(const struct file_map *map, int64_t offset, const char *text)
{
	int64_t length = (int64_t)strlen(text);
	if (offset > map->size)
		return file_map_past_end(map, offset);
	if (length > map->size - offset)
		return error_as(STATUS_FAILED,
		                "%s: %lld bytes at offset %lld: past the end (size %lld)",
		                map->path, (long long)length, (long long)offset,
		                (long long)map->size);
	return file_map_store_text(map, offset, text);
}

/* In the last page, bytes after the end of the file are zeros and raise no fault. */
static bool file_map_is_shorter(const struct file_map *map, int64_t end)
{
	struct stat st;
	return fstat(map->fd, &st) == 0 && st.st_size < end;
}

enum status file_map_print(const struct file_map *map, struct file_map_range range,
                           struct output *output, bool *ended)
{
	enum { BLOCK = 1 << 20 };
	int64_t end = map->size;
	if (range.offset > end)
		return file_map_past_end(map, range.offset);
	if (range.length < end - range.offset)
		end = range.offset + range.length;
	for (int64_t offset = range.offset; offset < end; offset += BLOCK) {
		int64_t rest = end - offset;
		size_t written, length = rest < BLOCK ? (size_t)rest : BLOCK;
		int result =
		    output_try_write(output, map->bytes + offset, length, &written);
		if (result < 0 && errno == EFAULT)
			return file_map_fault(map, "read", offset + (int64_t)written);
		if (result == 0 && file_map_is_shorter(map, offset + (int64_t)length))
			return file_map_fault(map, "read", offset);
		errno = result < 0 ? errno : EINTR;
		*ended = result < 0 || termsig_pending() != 0;
		if (*ended)
			return output_error();
	}
	return STATUS_OK;
}
