/* SPDX-License-Identifier: MIT */
/*
 * Creating POSIX shared memory objects. An object gets its name when its size, memory,
 * contents and mode are set; if the file system cannot do that (O_TMPFILE, linkat(2)),
 * it is created with mode 0, which gets its permission bits last.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/error.h"
#include "io/file.h"
#include "io/owner.h"
#include "object/shm_path.h"
#include "shm/posix.h"

enum { RETRIES_MAX = 100 }; /* while other processes remove and create the object */

static int apply_attributes(int fd, const void *argument)
{
	const struct segment_attributes *attributes = argument;
	if (ftruncate(fd, attributes->size) < 0)
		return -1;
	if (attributes->reserve && shm_posix_allocate(fd, 0, attributes->size) < 0)
		return -1;
	if (attributes->contents_length > 0 &&
	    pwrite(fd, attributes->contents, attributes->contents_length,
	           attributes->contents_offset) < 0)
		return -1;
	return fchmod(fd, attributes->mode.bits);
}

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

/* 0, or -1 with errno: EEXIST if the name is in use. */
static int shm_posix_create_exclusive(const struct name *name,
                                      const struct segment_attributes *attributes)
{
	struct shm_path path;
	struct stat st;
	bool possible;
	shm_path_of(&path, name);
	/* before memory is allocated for nothing */
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
	char subject[32];
	if (errno == ENOENT)
		return error_errno_as(STATUS_FAILED, SHM_PATH_DIRECTORY);
	if (errno != EFBIG && errno != ENOSPC)
		return error_errno("%s", name->text);
	snprintf(subject, sizeof subject, "%lld bytes", (long long)attributes->size);
	return shm_posix_error(name, subject);
}

enum status shm_posix_create(const struct name *name,
                             const struct segment_attributes *attributes)
{
	return shm_posix_create_exclusive(name, attributes) == 0
	           ? STATUS_OK
	           : shm_posix_create_error(name, attributes);
}

/* Compare the existing file with the request. */
static enum status shm_posix_compare(const struct name *name, const struct stat *st,
                                     const struct segment_attributes *attributes)
{
	if (!S_ISREG(st->st_mode))
		return error_as(STATUS_EXISTS,
		                "%s: exists, but is %s, not a shared memory object",
		                name->text, file_type_text(st->st_mode));
	enum status status = owner_check_file(name->text, st, attributes->mode.bits);
	if (status != STATUS_OK)
		return status;
	if (st->st_size != attributes->size)
		return error_as(
		    STATUS_EXISTS, "%s: exists, but with a size of %lld bytes, not %lld",
		    name->text, (long long)st->st_size, (long long)attributes->size);
	return file_check_mode(name->text, st->st_mode & 07777, attributes->mode.bits);
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

enum status shm_posix_ensure(const struct name *name,
                             const struct segment_attributes *attributes)
{
	struct shm_path path;
	struct stat st;
	shm_path_of(&path, name);
	for (int tries = 0; lstat(path.text, &st) < 0; tries++) {
		if (errno != ENOENT)
			return error_errno("%s", name->text);
		if (shm_posix_create_exclusive(name, attributes) == 0)
			return STATUS_OK;
		if (errno != EEXIST || tries == RETRIES_MAX)
			return shm_posix_create_error(name, attributes);
	}
	enum status status = shm_posix_compare(name, &st, attributes);
	/* st_blocks is in units of 512 bytes: inode(7) */
	if (status == STATUS_OK && attributes->reserve && st.st_blocks * 512 < st.st_size)
		status = shm_posix_reserve_existing(name);
	return status;
}

enum status shm_posix_open_or_create(struct segment *segment, const struct name *name,
                                     const struct segment_attributes *attributes)
{
	enum status status;
	int tries = 0;
	do {
		if (shm_posix_create_exclusive(name, attributes) < 0 && errno != EEXIST)
			return shm_posix_create_error(name, attributes);
		status = shm_posix_open_existing(segment, name, SEGMENT_MAP,
		                                 tries++ < RETRIES_MAX);
	} while (status == STATUS_NOT_FOUND && tries <= RETRIES_MAX);
	return status;
}
