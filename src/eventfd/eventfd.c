/*
 * Making eventfds and looking at them. See eventfd/eventfd.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/ksig.h"
#include "base/procfs.h"
#include "base/value.h"
#include "eventfd/eventfd.h"
#include "io/error.h"
#include "io/report.h"
#include "process/helper.h"

/* ------------------------------------------------------------ make and open */

static enum status report_create_error(int from)
{
	struct rlimit limit;
	/* fcntl(2): EINVAL where the lowest number asked for is past the limit */
	if ((errno == EINVAL || errno == EMFILE) && getrlimit(RLIMIT_NOFILE, &limit) == 0)
		return error_as(STATUS_FAILED,
		                "no descriptor is free from %d: RLIMIT_NOFILE is %llu",
		                from, (unsigned long long)limit.rlim_cur);
	return error_errno("eventfd");
}

enum status eventfd_create(int *fd, const struct eventfd_attributes *attributes, int from)
{
	/* the system call takes 32 bits; the rest is added, and fits */
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
	if (fcntl(event->fd, F_GETFD) < 0)
		return error_as(STATUS_FAILED, "%s is not open", event->name);
	snprintf(path, sizeof path, "/proc/self/fd/%d", event->fd);
	ssize_t length = readlink(path, target, sizeof target - 1);
	if (length < 0)
		return error_errno("%s: cannot tell what it is: %s", event->name, path);
	target[length] = '\0';
	if (strcmp(target, "anon_inode:[eventfd]") != 0)
		return error_as(STATUS_FAILED, "%s is not an eventfd but %s", event->name,
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

/* "eventfd-count:                1c": its number; false where there is no such line. */
static bool parse_fdinfo_field(const char *text, const char *field, unsigned base,
                               uint64_t *value)
{
	const char *found = strstr(text, field);
	if (found != NULL)
		*value = value_strtoull(found + strlen(field), NULL, base);
	return found != NULL;
}

enum status eventfd_read_facts(const struct eventfd *event, struct eventfd_facts *facts)
{
	char path[48], text[1024];
	*facts = (struct eventfd_facts){0};
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", event->fd);
	if (procfs_read(path, text, sizeof text) < 0)
		return error_errno("%s: %s", event->name, path);
	if (!parse_fdinfo_field(text, "eventfd-count:", 16, &facts->count))
		return error_as(STATUS_FAILED, "%s: the kernel does not tell its count",
		                event->name);
	facts->has_id = parse_fdinfo_field(text, "eventfd-id:", 10, &facts->id);
	facts->has_semaphore =
	    parse_fdinfo_field(text, "eventfd-semaphore:", 10, &facts->semaphore);
	return STATUS_OK;
}

/* -------------------------------------------------------------- the lesson */

/* The child: its exit status. */
static enum status add_numbers_as_child(int fd, const uint64_t *numbers, int count,
                                        bool steps)
{
	for (int i = 0; i < count; i++) {
		if (steps)
			report_info("Child adding %llu", (unsigned long long)numbers[i]);
		if (write(fd, &numbers[i], sizeof numbers[i]) != sizeof numbers[i])
			return error_errno("child: eventfd");
	}
	if (steps)
		report_info("Child has added all");
	return STATUS_OK;
}

static enum status add_numbers_in_child(int fd, const uint64_t *numbers, int count,
                                        bool steps)
{
	uint64_t mask;
	int result;
	pid_t pid = helper_fork(&mask);
	if (pid == 0) {
		ksig_procmask(SIG_SETMASK, mask);
		enum status status = add_numbers_as_child(fd, numbers, count, steps);
		_exit((int)status);
	}
	if (pid < 0 || helper_wait(pid, &result) < 0)
		return error_errno_as(STATUS_FAILED, "cannot %s a child",
		                      pid < 0 ? "start" : "wait for");
	if (WIFSIGNALED(result))
		return error_as(STATUS_FAILED, "the child was ended by signal %d",
		                WTERMSIG(result));
	return (enum status)WEXITSTATUS(result);
}

enum status eventfd_sum_in_child(const uint64_t *numbers, int count, bool steps,
                                 uint64_t *sum)
{
	static const struct eventfd_attributes attributes = {.nonblock = true};
	int fd = -1;
	enum status status = eventfd_create(&fd, &attributes, 0);
	if (status != STATUS_OK)
		return status;
	status = add_numbers_in_child(fd, numbers, count, steps);
	if (status == STATUS_OK && steps)
		report_info("Parent about to read");
	*sum = 0;
	/* a sum of 0 leaves nothing to read */
	if (status == STATUS_OK && read(fd, sum, sizeof *sum) < 0 && errno != EAGAIN)
		status = error_errno("parent: eventfd");
	if (status == STATUS_OK && steps)
		report_info("Parent read %llu (0x%llx)", (unsigned long long)*sum,
		            (unsigned long long)*sum);
	close(fd);
	return status;
}
