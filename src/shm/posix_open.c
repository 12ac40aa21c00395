/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/file.h"
#include "object/missing.h"
#include "object/shm_path.h"
#include "shm/posix.h"
#include "shm/seals.h"

enum status shm_posix_error(const struct name *name, const char *subject)
{
	struct statfs vfs;
	int error = errno;
	if (error == ENOSPC && statfs(SHM_PATH_DIRECTORY, &vfs) == 0)
		return error_as(
		    STATUS_FAILED,
		    "%s: %s: %s (%llu bytes are free in " SHM_PATH_DIRECTORY ")",
		    name->text, subject, error_text(error),
		    (unsigned long long)vfs.f_bavail * (unsigned long long)vfs.f_bsize);
	if (error == EPERM && name->family == NAME_FAMILY_DESCRIPTOR)
		return seals_report(name, subject);
	errno = error;
	return error_errno("%s: %s", name->text, subject);
}

enum status shm_posix_type_error(const struct name *name, mode_t mode)
{
	return error_as(STATUS_FAILED, "%s: is %s, not a shared memory object",
	                name->text, file_type_text(mode));
}

/* open(2) fails with a misleading errno (ENXIO, ELOOP) for some types of file. */
static enum status shm_posix_open_error(const struct name *name)
{
	struct shm_path path;
	struct stat st;
	int error = errno;
	if (name->family == NAME_FAMILY_POSIX &&
	    lstat(shm_path_of(&path, name), &st) == 0 && !S_ISREG(st.st_mode))
		return shm_posix_type_error(name, st.st_mode);
	errno = error;
	return missing_open_error(name, NAME_MEMORY);
}

enum status shm_posix_open_node(const struct name *name, int *fd)
{
	struct shm_path path;
	enum { LOWEST = 3 };
	*fd = name->family == NAME_FAMILY_DESCRIPTOR
	          ? fcntl(name->number, F_DUPFD_CLOEXEC, LOWEST)
	          : open(shm_path_of(&path, name), O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return *fd >= 0 ? STATUS_OK : missing_open_error(name, NAME_MEMORY);
}

enum status shm_posix_open_existing(struct segment *segment, const struct name *name,
                                    enum segment_access access, bool missing_is_fine)
{
	static const int flags[] = {
	    [SEGMENT_READ] = O_RDONLY,
	    [SEGMENT_WRITE] = O_WRONLY,
	    [SEGMENT_MAP] = O_RDWR,
	};
	struct stat st;
	*segment = (struct segment){.name = name, .fd = -1};
	int fd = shm_path_open(name, flags[access]);
	if (fd < 0)
		return errno == ENOENT && missing_is_fine ? STATUS_NOT_FOUND
		                                          : shm_posix_open_error(name);
	enum status status = STATUS_OK;
	if (fstat(fd, &st) < 0)
		status = error_errno("%s", name->text);
	else if (!S_ISREG(st.st_mode))
		status = shm_posix_type_error(name, st.st_mode);
	if (status != STATUS_OK) {
		close(fd);
		return status;
	}
	segment->fd = fd;
	segment->size = st.st_size;
	segment->read_only = access == SEGMENT_READ;
	return STATUS_OK;
}

enum status shm_posix_open(struct segment *segment, const struct name *name,
                           enum segment_access access)
{
	return shm_posix_open_existing(segment, name, access, false);
}

void shm_posix_close(struct segment *segment)
{
	if (segment->fd >= 0)
		close(segment->fd);
	segment->fd = -1;
}

/* fallocate(2) on tmpfs frees what it has allocated if it fails, also with EINTR. */
int shm_posix_allocate(int fd, int64_t offset, int64_t length)
{
	int result = 0;
	if (length > 0)
		do
			result = fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length);
		while (result < 0 && errno == EINTR && termsig_pending() == 0);
	return result;
}

enum status shm_posix_reserve(const struct segment *segment, int64_t offset,
                              int64_t length)
{
	char subject[64];
	/* a file system that does not support it (ramfs) has no limit either */
	if (shm_posix_allocate(segment->fd, offset, length) == 0 || errno == EOPNOTSUPP)
		return STATUS_OK;
	snprintf(subject, sizeof subject, "%lld bytes at offset %lld", (long long)length,
	         (long long)offset);
	return shm_posix_error(segment->name, subject);
}
