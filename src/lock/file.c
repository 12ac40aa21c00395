#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscall_timer.h"
#include "io/error.h"
#include "lock/lock.h"

/* --------------------------------------------------------------------- open */

/* fcntl(2): a shared lock requires a descriptor open for reading, an exclusive one for
 * writing. */
static int required_access(const struct lock_attributes *attributes)
{
	return attributes->shared || attributes->api == LOCK_FLOCK ? O_RDONLY : O_WRONLY;
}

/*
 * Open the file for both if possible: some network file systems require that for
 * flock(2). O_CREAT is used only if the file does not exist, since in a sticky directory
 * it may be refused for an existing file of another user (fs.protected_regular). A FIFO
 * or a terminal is opened without waiting.
 */
static int open_lock_file(const char *path, const struct lock_attributes *attributes)
{
	enum { FLAGS = O_CLOEXEC | O_NONBLOCK | O_NOCTTY };
	int fd = open(path, O_RDWR | FLAGS);
	if (fd < 0 && errno == ENOENT)
		fd = open(path, O_RDWR | O_CREAT | FLAGS, 0666);
	int error = errno;
	if (fd < 0 && (error == EACCES || error == EPERM || error == EROFS ||
	               error == EISDIR || error == ETXTBSY))
		fd = open(path, required_access(attributes) | FLAGS);
	/* the file does not exist, and to create it was refused */
	if (fd < 0 && errno == ENOENT)
		errno = error;
	return fd;
}

static enum status lock_file_open(struct lock_file *lock,
                                  const struct lock_attributes *attributes,
                                  const char *path)
{
	struct stat st;
	lock->path = path;
	lock->fd = open_lock_file(path, attributes);
	if (lock->fd < 0 && errno == EISDIR)
		return error_as(STATUS_FAILED,
		                "%s: is a directory (requires --api flock)", path);
	if (lock->fd < 0)
		return error_errno("%s", path);
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

void lock_set_close(struct lock_set *locks)
{
	int saved = errno;
	for (int i = 0; i < locks->count; i++)
		close(locks->locks[i].fd);
	locks->count = 0;
	errno = saved;
}

/* ------------------------------------------------------------------ acquire */

static int lock_fcntl(int fd, const struct lock_attributes *attributes, int type,
                      bool wait)
{
	struct flock range = {.l_type = (short)type,
	                      .l_whence = SEEK_SET,
	                      .l_start = attributes->start,
	                      .l_len = attributes->length};
	if (attributes->api == LOCK_POSIX)
		return fcntl(fd, wait ? F_SETLKW : F_SETLK, &range);
	return fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
}

/* 0, or -1 with errno: EAGAIN if it would wait and `wait` is false. */
static int lock_call(int fd, const struct lock_attributes *attributes, bool wait)
{
	int result;
	if (attributes->api == LOCK_FLOCK)
		result = flock(fd, (attributes->shared ? LOCK_SH : LOCK_EX) |
		                       (wait ? 0 : LOCK_NB));
	else
		result = lock_fcntl(fd, attributes,
		                    attributes->shared ? F_RDLCK : F_WRLCK, wait);
	/* fcntl(2) fails with either */
	if (result < 0 && errno == EACCES && !wait)
		errno = EAGAIN;
	return result;
}

static int lock_acquire_blocking(int fd, const struct lock_attributes *attributes,
                                 const struct deadline *deadline)
{
	struct syscall_timer timer;
	int result;
	if (syscall_timer_begin(&timer, deadline) < 0)
		return -1;
	while ((result = lock_call(fd, attributes, true)) < 0 &&
	       syscall_timer_should_retry(&timer))
		continue;
	syscall_timer_end(&timer);
	/* a signal that came after the lock was acquired counts as before */
	if (result == 0 && termsig_pending() != 0) {
		errno = EINTR;
		result = -1;
	}
	return result;
}

int lock_acquire(int fd, const struct lock_attributes *attributes,
                 const struct deadline *deadline)
{
	int result = lock_call(fd, attributes, false);
	if (result == 0 || errno != EAGAIN || deadline->timeout.kind == TIMEOUT_ZERO)
		return result;
	return lock_acquire_blocking(fd, attributes, deadline);
}

void lock_release(int fd, const struct lock_attributes *attributes)
{
	int saved = errno;
	if (attributes->api == LOCK_FLOCK)
		flock(fd, LOCK_UN);
	else
		lock_fcntl(fd, attributes, F_UNLCK, false);
	errno = saved;
}

int lock_set_acquire(struct lock_set *locks, const struct deadline *deadline)
{
	for (int i = 0; i < locks->count; i++) {
		if (lock_acquire(locks->locks[i].fd, &locks->attributes, deadline) == 0)
			continue;
		locks->failed = i;
		for (int taken = i; taken >= 0; taken--)
			lock_release(locks->locks[taken].fd, &locks->attributes);
		return -1;
	}
	return 0;
}

enum status lock_set_error(const struct lock_set *locks)
{
	const char *path = locks->locks[locks->failed].path;
	switch (errno) {
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK, "%s: locked by another process",
		                path);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: locked by another process", path);
	case EDEADLK:
		return error_as(
		    STATUS_FAILED,
		    "%s: deadlock: its holder waits for a lock that is held here", path);
	case EBADF:
		return error_as(STATUS_FAILED,
		                "%s: an exclusive lock requires write permission", path);
	default: return error_errno("%s", path);
	}
}

bool lock_set_inherit(const struct lock_set *locks)
{
	for (int i = 0; i < locks->count; i++)
		if (fcntl(locks->locks[i].fd, F_SETFD, 0) < 0) {
			error_errno("%s", locks->locks[i].path);
			return false;
		}
	return true;
}
