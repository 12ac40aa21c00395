/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/syscall_timer.h"
#include "io/error.h"
#include "lock/lock.h"

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

int lock_unlock(int fd, const struct lock_attributes *attributes)
{
	return attributes->api == LOCK_FLOCK ? flock(fd, LOCK_UN)
	                                     : lock_fcntl(fd, attributes, F_UNLCK, false);
}

void lock_release(int fd, const struct lock_attributes *attributes)
{
	int saved = errno;
	lock_unlock(fd, attributes);
	errno = saved;
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
		lock_release(fd, attributes);
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

int lock_set_acquire(struct lock_set *locks, const struct deadline *deadline)
{
	for (int i = 0; i < locks->count; i++) {
		if (lock_acquire(locks->locks[i].fd, &locks->attributes, deadline) == 0)
			continue;
		locks->failed = i;
		for (int taken = i - 1; taken >= 0; taken--)
			lock_release(locks->locks[taken].fd, &locks->attributes);
		return -1;
	}
	return 0;
}

enum status lock_set_error(struct lock_set *locks)
{
	const char *path = locks->locks[locks->failed].path;
	locks->conflict = errno == EAGAIN || errno == ETIMEDOUT;
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
		locks->reopen = locks->attributes.api == LOCK_FLOCK && !locks->reopened;
		if (locks->reopen)
			return STATUS_FAILED;
		return error_as(STATUS_FAILED,
		                locks->attributes.shared
		                    ? "%s: a shared lock requires read permission"
		                    : "%s: an exclusive lock requires write permission",
		                path);
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
