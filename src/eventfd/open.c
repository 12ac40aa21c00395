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
#include "io/report.h"

static enum status borrow_failed(const struct event *event, int fd)
{
	switch (errno) {
	case ESRCH: return fail_as(STATUS_MISSING, "%s: no such process", event->name);
	case EBADF:
		return fail_as(STATUS_MISSING,
		               "%s: the process has no descriptor %d open", event->name,
		               fd);
	case EPERM:
		return fail_as(STATUS_FAILED,
		               "%s: Operation not permitted: the process is another "
		               "user's or protects itself",
		               event->name);
	default: return fail("%s", event->name);
	}
}

/* pidfd_getfd(2): one more number, here, for the same description. */
static enum status open_in_process(struct event *event, int pid, int fd)
{
	*event = (struct event){.fd = -1};
	snprintf(event->name, sizeof event->name, "%d:%d", pid, fd);
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (process >= 0)
		event->fd = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
	fd_close_keep_errno(process);
	return event->fd < 0 ? borrow_failed(event, fd) : STATUS_DONE;
}

static enum status open_here(struct event *event, int fd)
{
	*event = (struct event){.fd = fd, .borrowed = true};
	snprintf(event->name, sizeof event->name, "descriptor %d", fd);
	return STATUS_DONE;
}

/* "PID:" in front of a descriptor's number. */
static bool take_pid(const char **text, int *pid)
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

enum status event_open(struct event *event, const char *text)
{
	const char *variable = text == NULL ? front_variable("EFD") : NULL;
	if (text == NULL && variable == NULL)
		return usage_error("which eventfd? FD is not given and $EFD is not set");
	const char *all = text != NULL ? text : variable;
	const char *rest = all;
	int pid = 0, fd;
	if (event_is_name(all))
		return event_open_served(event, all);
	if ((strchr(all, ':') != NULL && !take_pid(&rest, &pid)) ||
	    value_descriptor(rest, &fd) != NULL)
		return usage_error(
		    "%s'%s' is neither a descriptor's number, PID:FD nor a "
		    "name",
		    variable != NULL ? "EFD: " : "", all);
	enum status status =
	    pid != 0 ? open_in_process(event, pid, fd) : open_here(event, fd);
	if (status == STATUS_DONE)
		status = event_check(event);
	if (status != STATUS_DONE)
		event_close(event);
	return status;
}
