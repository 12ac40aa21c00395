/* SPDX-License-Identifier: MIT */
/*
 * Opening the files that are locked. A descriptor that is open for writing is an obstacle
 * to others: no process can execute the file. So a file is opened for reading where that
 * is enough, and else for writing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/error.h"
#include "io/file.h"
#include "lock/lock.h"

/* A FIFO or a terminal is opened without waiting. */
enum { OPEN_FLAGS = O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

/* fcntl(2): an exclusive lock requires a descriptor that is open for writing. */
static bool requires_writing(const struct lock_attributes *attributes)
{
	return !attributes->shared && attributes->api != LOCK_FLOCK;
}

/*
 * Open a file that exists. For flock(2) any access will do; to lock a file exclusively,
 * some network file systems want it open for both.
 */
static int open_existing(const char *path, const struct lock_attributes *attributes)
{
	bool writing = requires_writing(attributes);
	int fd = open(path, (writing ? O_RDWR : O_RDONLY) | OPEN_FLAGS);
	if (fd < 0 && errno == EACCES && (writing || attributes->api == LOCK_FLOCK))
		fd = open(path, O_WRONLY | OPEN_FLAGS);
	return fd;
}

/*
 * A file that does not exist is created with O_EXCL, which follows no symbolic link:
 * where one that another user has placed points to, no file is created. O_CREAT is not
 * used for a file that exists, since in a sticky directory it may be refused for the file
 * of another user (fs.protected_regular).
 */
static int open_or_create(const char *path, const struct lock_attributes *attributes)
{
	enum { TRIES_MAX = 100 }; /* while other processes remove and create the file */
	int access = requires_writing(attributes) ? O_RDWR : O_RDONLY;
	int fd = -1;
	for (int i = 0; i < TRIES_MAX; i++) {
		struct stat st;
		fd = open_existing(path, attributes);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		fd = open(path, access | O_CREAT | O_EXCL | OPEN_FLAGS, 0666);
		if (fd >= 0 || errno != EEXIST)
			return fd;
		if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
			errno = EEXIST;
			return -1;
		}
	}
	return fd;
}

static enum status lock_file_open_error(const char *path)
{
	struct stat st;
	int error = errno;
	switch (error) {
	case EEXIST:
		return error_as(STATUS_FAILED,
		                "%s: is a symbolic link to a file that does not exist",
		                path);
	case EISDIR:
		/* of open(2) with O_CREAT also for a name with a slash at its end */
		if (stat(path, &st) < 0)
			return error_errno("%s", path);
		return error_as(STATUS_FAILED,
		                "%s: is a directory (requires --api flock)", path);
	case ETXTBSY:
		return error_as(STATUS_FAILED,
		                "%s: %s: an exclusive lock of fcntl(2) opens it for "
		                "writing (--api flock does not)",
		                path, error_text(error));
	default: return error_errno("%s", path);
	}
}

static enum status lock_file_open(struct lock_file *lock,
                                  const struct lock_attributes *attributes,
                                  const char *path)
{
	struct stat st;
	lock->path = path;
	lock->fd = open_or_create(path, attributes);
	if (lock->fd < 0)
		return lock_file_open_error(path);
	/* before it is locked: closing the old number would release a process lock */
	int moved = fd_move_above(lock->fd, FD_LOWEST_FOR_SHELL);
	if (moved >= 0)
		lock->fd = moved;
	if (fstat(lock->fd, &st) < 0) {
		enum status status = error_errno("%s", path);
		close(lock->fd);
		return status;
	}
	lock->device = st.st_dev;
	lock->inode = st.st_ino;
	return STATUS_OK;
}

enum status lock_set_of_fd(struct lock_set *locks,
                           const struct lock_attributes *attributes, int fd)
{
	struct stat st;
	*locks =
	    (struct lock_set){.attributes = *attributes, .count = 1, .reopened = true};
	struct lock_file *lock = &locks->locks[0];
	snprintf(locks->fd_name, sizeof locks->fd_name, "descriptor %d", fd);
	lock->path = locks->fd_name;
	lock->fd = fd;
	if (fstat(fd, &st) < 0)
		return errno == EBADF
		           ? error_as(STATUS_FAILED, "%s: not open", lock->path)
		           : error_errno("%s", lock->path);
	lock->device = st.st_dev;
	lock->inode = st.st_ino;
	return STATUS_OK;
}

static int compare_lock_files(const void *a, const void *b)
{
	const struct lock_file *x = a, *y = b;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* The files are sorted: keep the first of equal ones. */
static void remove_duplicate_files(struct lock_set *locks)
{
	int kept = 0;
	for (int i = 0; i < locks->count; i++)
		if (kept > 0 &&
		    compare_lock_files(&locks->locks[kept - 1], &locks->locks[i]) == 0)
			close(locks->locks[i].fd);
		else
			locks->locks[kept++] = locks->locks[i];
	locks->count = kept;
}

enum status lock_set_open(struct lock_set *locks,
                          const struct lock_attributes *attributes,
                          const char *const *paths, int count)
{
	*locks = (struct lock_set){.attributes = *attributes};
	for (int i = 0; i < count; i++) {
		enum status status =
		    lock_file_open(&locks->locks[i], attributes, paths[i]);
		if (status != STATUS_OK) {
			lock_set_close(locks);
			return status;
		}
		locks->count++;
	}
	qsort(locks->locks, (size_t)count, sizeof *locks->locks, compare_lock_files);
	remove_duplicate_files(locks);
	return STATUS_OK;
}

/* The same file, open for writing too, under the same number. */
static enum status lock_file_reopen(const struct lock_file *lock)
{
	int fd = open(lock->path, O_RDWR | OPEN_FLAGS);
	if (fd < 0)
		return error_errno("%s: an exclusive lock requires write access",
		                   lock->path);
	enum status status = STATUS_OK;
	if (!file_is_same(fd, lock->fd))
		status =
		    error_as(STATUS_FAILED, "%s: replaced by another file", lock->path);
	else if (dup3(fd, lock->fd, O_CLOEXEC) < 0)
		status = error_errno("%s", lock->path);
	close(fd);
	return status;
}

enum status lock_set_reopen(struct lock_set *locks)
{
	enum status status = STATUS_OK;
	locks->reopen = false;
	locks->reopened = true;
	for (int i = 0; i < locks->count && status == STATUS_OK; i++)
		status = lock_file_reopen(&locks->locks[i]);
	return status;
}

void lock_set_close(struct lock_set *locks)
{
	int saved = errno;
	for (int i = 0; i < locks->count; i++)
		close(locks->locks[i].fd);
	locks->count = 0;
	errno = saved;
}
