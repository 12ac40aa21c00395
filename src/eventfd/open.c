/* SPDX-License-Identifier: MIT */
/*
 * Reaching an eventfd: by its descriptor, in another process, by the name that it is
 * served under.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/frontend.h"
#include "base/value.h"
#include "eventfd/eventfd.h"
#include "io/error.h"

static enum status report_getfd_error(const struct eventfd *event, int fd)
{
	switch (errno) {
	case ESRCH: return error_as(STATUS_NOT_FOUND, "%s: no such process", event->name);
	case EBADF:
		return error_as(STATUS_NOT_FOUND,
		                "%s: descriptor %d is not open in the process",
		                event->name, fd);
	case EPERM:
		return error_as(STATUS_FAILED,
		                "%s: Operation not permitted: the process belongs to "
		                "another user or is not dumpable",
		                event->name);
	default: return error_errno("%s", event->name);
	}
}

/* pidfd_getfd(2): a descriptor of this process for the same open file description. */
static enum status open_fd_of_process(struct eventfd *event, int pid, int fd)
{
	*event = (struct eventfd){.fd = -1};
	snprintf(event->name, sizeof event->name, "%d:%d", pid, fd);
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (process >= 0)
		event->fd = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
	fd_close_keep_errno(process);
	return event->fd < 0 ? report_getfd_error(event, fd) : STATUS_OK;
}

static enum status open_own_fd(struct eventfd *event, int fd)
{
	*event = (struct eventfd){.fd = fd, .borrowed = true};
	snprintf(event->name, sizeof event->name, "descriptor %d", fd);
	return STATUS_OK;
}

/* "PID:" before the number of a descriptor. */
static bool parse_fd_owner(const char **text, int *pid)
{
	char digits[16];
	size_t length = strcspn(*text, ":");
	if ((*text)[length] != ':' || length >= sizeof digits)
		return false;
	memcpy(digits, *text, length);
	digits[length] = '\0';
	if (value_descriptor(digits, pid) != NULL || *pid == 0)
		return false;
	*text += length + 1;
	return true;
}

enum status eventfd_open(struct eventfd *event, const char *text)
{
	const char *variable = text == NULL ? frontend_get_variable("EFD") : NULL;
	if (text == NULL && variable == NULL)
		return error_usage("missing FD, and $EFD is not set");
	const char *all = text != NULL ? text : variable;
	const char *rest = all;
	int pid = 0, fd;
	if (eventfd_is_name(all))
		return eventfd_open_served(event, all);
	if ((strchr(all, ':') != NULL && !parse_fd_owner(&rest, &pid)) ||
	    value_descriptor(rest, &fd) != NULL)
		return error_usage("%s'%s' is not a descriptor number, PID:FD or a name",
		                   variable != NULL ? "EFD: " : "", all);
	enum status status =
	    pid != 0 ? open_fd_of_process(event, pid, fd) : open_own_fd(event, fd);
	if (status == STATUS_OK)
		status = eventfd_check(event);
	if (status != STATUS_OK)
		eventfd_close(event);
	return status;
}
