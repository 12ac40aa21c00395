/* SPDX-License-Identifier: MIT */
/*
 * Creating eventfds, and what the kernel reports about them.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/procfs.h"
#include "base/value.h"
#include "eventfd/eventfd.h"
#include "io/error.h"
#include "io/limit.h"

/* ----------------------------------------------------------- create and check */

static enum status report_create_error(int from)
{
	struct rlimit limit;
	struct limit_advice advice;
	/* fcntl(2): EINVAL if `from` exceeds the limit */
	if ((errno == EINVAL || errno == EMFILE) && getrlimit(RLIMIT_NOFILE, &limit) == 0)
		return error_as(STATUS_FAILED,
		                "no free descriptor from %d on (RLIMIT_NOFILE is %llu)%s",
		                from, (unsigned long long)limit.rlim_cur,
		                limit_ulimit(&advice, RLIMIT_NOFILE, (uint64_t)from + 1));
	return error_errno("eventfd");
}

enum status eventfd_create(int *fd, const struct eventfd_attributes *attributes, int from)
{
	/* the system call takes 32 bits: a larger value is added, and fits */
	bool fits = attributes->initial <= UINT_MAX;
	uint64_t rest = fits ? 0 : attributes->initial;
	int made = eventfd(fits ? (unsigned)attributes->initial : 0,
	                   EFD_CLOEXEC | (attributes->semaphore ? EFD_SEMAPHORE : 0) |
	                       (attributes->nonblock ? EFD_NONBLOCK : 0));
	int moved = made >= 0 ? fd_move_above(made, from) : -1;
	if (moved < 0) {
		fd_close_keep_errno(made);
		return report_create_error(from);
	}
	made = moved;
	if (rest > 0 && write(made, &rest, sizeof rest) != sizeof rest) {
		enum status status = error_errno("eventfd");
		close(made);
		return status;
	}
	*fd = made;
	return STATUS_OK;
}

enum status eventfd_check(const struct eventfd *event)
{
	char path[40], target[256];
	struct stat st;
	snprintf(path, sizeof path, "/proc/self/fd/%d", event->fd);
	ssize_t length = readlink(path, target, sizeof target - 1);
	if (length < 0) {
		procfs_correct_errno();
		int error = errno;
		if (fstat(event->fd, &st) < 0)
			return error_as(STATUS_FAILED, "%s: not open", event->name);
		errno = error;
		/* an anonymous inode has no type; reading and writing need no more */
		if (errno == ENOPKG && (st.st_mode & S_IFMT) == 0)
			return STATUS_OK;
		return error_errno("%s: cannot determine its type: %s", event->name,
		                   path);
	}
	target[length] = '\0';
	if (strcmp(target, "anon_inode:[eventfd]") != 0)
		return error_as(STATUS_FAILED, "%s: not an eventfd: %s", event->name,
		                target);
	return STATUS_OK;
}

void eventfd_close(struct eventfd *event)
{
	if (event->fd >= 0 && !event->borrowed)
		close(event->fd);
	event->fd = -1;
}

/* ------------------------------------------------------------------- facts */

/* "eventfd-count:                1c": the number; false if there is no such line. */
static bool parse_fdinfo_field(const char *text, const char *field, unsigned base,
                               uint64_t *value)
{
	const char *found = procfs_find_field(text, field);
	if (found != NULL)
		*value = value_strtoull(found, NULL, base);
	return found != NULL;
}

/* -1 with errno if the file cannot be read; *found is false if it has no counter. */
static int read_fdinfo(const struct eventfd *event, struct eventfd_facts *facts,
                       bool *found)
{
	char path[48], text[1024];
	*facts = (struct eventfd_facts){0};
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", event->fd);
	if (procfs_read(path, text, sizeof text) < 0)
		return -1;
	*found = parse_fdinfo_field(text, "eventfd-count:", 16, &facts->count);
	facts->has_id = parse_fdinfo_field(text, "eventfd-id:", 10, &facts->id);
	facts->has_semaphore =
	    parse_fdinfo_field(text, "eventfd-semaphore:", 10, &facts->semaphore);
	return 0;
}

bool eventfd_count(const struct eventfd *event, uint64_t *count)
{
	struct eventfd_facts facts;
	bool found;
	if (read_fdinfo(event, &facts, &found) < 0 || !found)
		return false;
	*count = facts.count;
	return true;
}

enum status eventfd_read_facts(const struct eventfd *event, struct eventfd_facts *facts)
{
	bool found;
	if (read_fdinfo(event, facts, &found) < 0)
		return error_errno("%s: /proc/self/fdinfo/%d", event->name, event->fd);
	return found
	           ? STATUS_OK
	           : error_as(STATUS_FAILED, "%s: the kernel does not report the counter",
	                      event->name);
}
