/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/error.h"
#include "io/file.h"

const char *file_type_text(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "a regular file";
	case S_IFDIR: return "a directory";
	case S_IFLNK: return "a symbolic link";
	case S_IFIFO: return "a FIFO";
	case S_IFSOCK: return "a socket";
	default: return "a device";
	}
}

enum status file_open_error(mode_t kind, const char *path)
{
	return kind == S_IFIFO && errno == ENOENT ? error_no_such(path, "FIFO", "mkfifo")
	                                          : error_errno("%s", path);
}

enum status file_check_type(mode_t kind, const char *path, int fd)
{
	struct stat st;
	if ((fd < 0 ? stat(path, &st) : fstat(fd, &st)) < 0)
		return file_open_error(kind, path);
	if ((st.st_mode & S_IFMT) == kind)
		return STATUS_OK;
	return error_as(STATUS_FAILED, "%s: is %s, not %s", path,
	                file_type_text(st.st_mode), file_type_text(kind));
}

enum status file_check_mode(const char *name, mode_t mode, mode_t wanted)
{
	if (mode == wanted)
		return STATUS_OK;
	return error_as(STATUS_EXISTS, "%s: exists, but with mode %04o, not %04o", name,
	                (unsigned)mode, (unsigned)wanted);
}

static bool is_same_inode(const struct stat *one, const struct stat *two)
{
	return one->st_dev == two->st_dev && one->st_ino == two->st_ino;
}

bool file_is_same(int fd, int other)
{
	struct stat one, two;
	return fstat(fd, &one) == 0 && fstat(other, &two) == 0 &&
	       is_same_inode(&one, &two);
}

bool file_is_named(int fd, const char *path)
{
	struct stat opened, named;
	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
	       is_same_inode(&opened, &named);
}

/*
 * open(2), O_TMPFILE: link a file that has no name yet. By its descriptor if the kernel
 * permits it (since 6.10 to the process that opened it), otherwise through /proc.
 */
static int link_tmpfile(int fd, const char *path)
{
	char own[32];
	if (linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno == EEXIST)
		return -1;
	snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

int file_create_atomic(const char *directory, const char *path,
                       int (*fill)(int fd, const void *argument), const void *argument,
                       bool *possible)
{
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0);
	/* the errors of file systems and kernels that do not support O_TMPFILE */
	*possible =
	    fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL);
	if (fd < 0)
		return -1;
	int result = fill(fd, argument);
	if (result == 0) {
		result = link_tmpfile(fd, path);
		*possible = result == 0 || errno == EEXIST || errno == ENOSPC;
	}
	fd_close_keep_errno(fd);
	return result;
}
