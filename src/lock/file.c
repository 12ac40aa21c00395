#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syscall_timer.h"
#include "io/report.h"
#include "lock/lock.h"

/* --------------------------------------------------------------------- open */

/* fcntl(2): to lock for reading it must be open for reading, for writing likewise. */
static int least_access(const struct lock_shape *shape)
{
	return shape->shared || shape->api == LOCK_FLOCK ? O_RDONLY : O_WRONLY;
}

/*
 * Open it for both where that can be had: some network file systems ask more of
 * flock(2). O_CREAT comes last, since a sticky folder may refuse it for a file of
 * somebody else's that is there. A FIFO or a terminal is opened without waiting.
 */
static int open_file(const char *path, const struct lock_shape *shape)
{
	enum { FLAGS = O_CLOEXEC | O_NONBLOCK | O_NOCTTY };
	int fd = open(path, O_RDWR | FLAGS);
	if (fd < 0 && errno == ENOENT)
		fd = open(path, O_RDWR | O_CREAT | FLAGS, 0666);
	int error = errno;
	if (fd < 0 && (error == EACCES || error == EPERM || error == EROFS ||
	               error == EISDIR || error == ETXTBSY))
		fd = open(path, least_access(shape) | FLAGS);
	if (fd < 0 && errno == ENOENT) /* what was refused is to make it */
		errno = error;
	return fd;
}

static enum status open_lock(struct file_lock *lock, const struct lock_shape *shape,
                             const char *path)
{
	struct stat st;
	lock->path = path;
	lock->fd = open_file(path, shape);
	if (lock->fd < 0 && errno == EISDIR)
		return fail_as(STATUS_FAILED,
		               "%s: is a directory, which can be locked with --api flock "
		               "only",
		               path);
	if (lock->fd < 0)
		return fail("%s", path);
	/* before a lock is taken, which closing the old number would give up */
	int moved = fd_move_above(lock->fd, FD_LOWEST_FOR_SHELL);
	if (moved >= 0)
		lock->fd = moved;
	if (fstat(lock->fd, &st) < 0) {
		enum status status = fail("%s", path);
		close(lock->fd);
		return status;
	}
	lock->device = st.st_dev;
	lock->inode = st.st_ino;
	return STATUS_DONE;
}

static int by_identity(const void *a, const void *b)
{
	const struct file_lock *x = a, *y = b;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* They are sorted: keep the first of equal ones. */
static void drop_doubles(struct file_locks *locks)
{
	int kept = 0;
	for (int i = 0; i < locks->count; i++)
		if (kept > 0 &&
		    by_identity(&locks->locks[kept - 1], &locks->locks[i]) == 0)
			close(locks->locks[i].fd);
		else
			locks->locks[kept++] = locks->locks[i];
	locks->count = kept;
}

enum status locks_open(struct file_locks *locks, const struct lock_shape *shape,
                       const char *const *paths, int count)
{
	*locks = (struct file_locks){.shape = *shape};
	for (int i = 0; i < count; i++) {
		enum status status = open_lock(&locks->locks[i], shape, paths[i]);
		if (status != STATUS_DONE) {
			locks_close(locks);
			return status;
		}
		locks->count++;
	}
	qsort(locks->locks, (size_t)count, sizeof *locks->locks, by_identity);
	drop_doubles(locks);
	return STATUS_DONE;
}

void locks_close(struct file_locks *locks)
{
	int saved = errno;
	for (int i = 0; i < locks->count; i++)
		close(locks->locks[i].fd);
	locks->count = 0;
	errno = saved;
}

/* --------------------------------------------------------------------- take */

static int fcntl_lock(int fd, const struct lock_shape *shape, int type, bool wait)
{
	struct flock range = {.l_type = (short)type,
	                      .l_whence = SEEK_SET,
	                      .l_start = shape->start,
	                      .l_len = shape->length};
	if (shape->api == LOCK_POSIX)
		return fcntl(fd, wait ? F_SETLKW : F_SETLK, &range);
	return fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
}

/* 0, or -1 with errno: EAGAIN where it would wait and may not. */
static int call(int fd, const struct lock_shape *shape, bool wait)
{
	int result;
	if (shape->api == LOCK_FLOCK)
		result =
		    flock(fd, (shape->shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB));
	else
		result = fcntl_lock(fd, shape, shape->shared ? F_RDLCK : F_WRLCK, wait);
	/* fcntl(2) may say either */
	if (result < 0 && errno == EACCES && !wait)
		errno = EAGAIN;
	return result;
}

static int take_by_waiting(int fd, const struct lock_shape *shape,
                           const struct deadline *deadline)
{
	struct alarm alarm;
	int result;
	if (alarm_begin(&alarm, deadline) < 0)
		return -1;
	while ((result = call(fd, shape, true)) < 0 && alarm_goes_on(&alarm))
		continue;
	alarm_end(&alarm);
	/* who is told to end does not learn that he holds something */
	if (result == 0 && interrupt_pending() != 0) {
		errno = EINTR;
		result = -1;
	}
	return result;
}

int lock_take(int fd, const struct lock_shape *shape, const struct deadline *deadline)
{
	int result = call(fd, shape, false);
	if (result == 0 || errno != EAGAIN || deadline->patience.kind == NOT_AT_ALL)
		return result;
	return take_by_waiting(fd, shape, deadline);
}

void lock_give(int fd, const struct lock_shape *shape)
{
	int saved = errno;
	if (shape->api == LOCK_FLOCK)
		flock(fd, LOCK_UN);
	else
		fcntl_lock(fd, shape, F_UNLCK, false);
	errno = saved;
}

int locks_take(struct file_locks *locks, const struct deadline *deadline)
{
	for (int i = 0; i < locks->count; i++) {
		if (lock_take(locks->locks[i].fd, &locks->shape, deadline) == 0)
			continue;
		locks->failed = i;
		for (int taken = i; taken >= 0; taken--)
			lock_give(locks->locks[taken].fd, &locks->shape);
		return -1;
	}
	return 0;
}

enum status locks_failed(const struct file_locks *locks)
{
	const char *path = locks->locks[locks->failed].path;
	switch (errno) {
	case EAGAIN: return fail_as(STATUS_NOT_NOW, "%s: locked by another", path);
	case ETIMEDOUT:
		return fail_as(STATUS_TIMED_OUT, "%s: timed out: locked by another",
		               path);
	case EDEADLK:
		return fail_as(STATUS_FAILED,
		               "%s: deadlock: who holds it waits for what is held here",
		               path);
	case EBADF:
		return fail_as(STATUS_FAILED,
		               "%s: an exclusive lock needs permission to write", path);
	default: return fail("%s", path);
	}
}

bool locks_inherit(const struct file_locks *locks)
{
	for (int i = 0; i < locks->count; i++)
		if (fcntl(locks->locks[i].fd, F_SETFD, 0) < 0) {
			fail("%s", locks->locks[i].path);
			return false;
		}
	return true;
}
