/* SPDX-License-Identifier: MIT */
/*
 * lock:FILE: no process holds a lock on the file, neither of flock(2) nor of fcntl(2).
 *
 * Only a process that acquires them learns when they are free: the helper does, and
 * releases them at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "io/error.h"
#include "lock/lock.h"
#include "wait/source.h"

static enum status wait_lock_parse(struct wait_source *source, const char *rest)
{
	(void)source;
	return rest[0] != '\0' && strncmp(rest, "shm:", 4) != 0
	           ? STATUS_OK
	           : error_usage("'%s' is not a file", rest);
}

/* Without permission to write, only the locks of writers exclude this process. */
static enum status wait_lock_open(struct wait_source *source)
{
	const int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat st;
	int *fd = &source->helper_fd;
	if (stat(source->rest, &st) < 0)
		return error_errno("%s", source->text);
	/* opening a FIFO would disturb those that use it */
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return error_as(STATUS_FAILED, "%s: neither a file nor a directory",
		                source->text);
	source->as.lock.is_directory = S_ISDIR(st.st_mode);
	*fd = open(source->rest, O_RDWR | flags);
	if (*fd < 0) {
		*fd = open(source->rest, O_RDONLY | flags);
		source->as.lock.is_shared = true;
	}
	return *fd >= 0 ? STATUS_OK : error_errno("%s", source->text);
}

/* Both at one moment. */
static int wait_lock_await(struct wait_source *source, const struct deadline *deadline,
                           uint64_t *number)
{
	const struct lock_attributes whole = {.api = LOCK_FLOCK};
	const struct lock_attributes range = {.api = LOCK_OFD,
	                                      .shared = source->as.lock.is_shared};
	int fd = source->helper_fd;
	(void)number;
	for (;;) {
		if (lock_acquire(fd, &whole, deadline) < 0)
			return -1;
		/* fcntl(2) has no locks of directories */
		int result = source->as.lock.is_directory
		                 ? 0
		                 : lock_acquire(fd, &range, &DEADLINE_NOW);
		lock_release(fd, &whole);
		if (result < 0 &&
		    (errno != EAGAIN || deadline->timeout.kind == TIMEOUT_ZERO))
			return -1;
		if (result < 0 && lock_acquire(fd, &range, deadline) < 0)
			return -1;
		if (!source->as.lock.is_directory)
			lock_release(fd, &range);
		if (result == 0)
			return 0;
	}
}

const struct wait_kind wait_lock_kind = {
    .prefix = "lock:",
    .repeat = WAIT_ONCE,
    .parse = wait_lock_parse,
    .open = wait_lock_open,
    .await = wait_lock_await,
};
