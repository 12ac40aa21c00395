/*
 * Reaching an eventfd: by its number, in another process, by the name that it is served
 * under. See eventfd/eventfd.h.
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
		                "%s: the process has no descriptor %d open", event->name,
		                fd);
	case EPERM:
		return error_as(STATUS_FAILED,
		                "%s: Operation not permitted: the process is another "
		                "user's or protects itself",
		                event->name);
	default: return error_errno("%s", event->name);
	}
}

/* pidfd_getfd(2): one more number, here, for the same description. */
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

/* "PID:" in front of a descriptor's number. */
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
		return error_usage("which eventfd? FD is not given and $EFD is not set");
	const char *all = text != NULL ? text : variable;
	const char *rest = all;
	int pid = 0, fd;
	if (eventfd_is_name(all))
		return eventfd_open_served(event, all);
	if ((strchr(all, ':') != NULL && !parse_fd_owner(&rest, &pid)) ||
	    value_descriptor(rest, &fd) != NULL)
		return error_usage(
		    "%s'%s' is neither a descriptor's number, PID:FD nor a "
		    "name",
		    variable != NULL ? "EFD: " : "", all);
	enum status status =
	    pid != 0 ? open_fd_of_process(event, pid, fd) : open_own_fd(event, fd);
	if (status == STATUS_OK)
		status = eventfd_check(event);
	if (status != STATUS_OK)
		eventfd_close(event);
	return status;
}
