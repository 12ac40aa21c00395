/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/frontend.h"
#include "base/value.h"
#include "io/error.h"
#include "socket/inherit.h"

enum { INHERIT_FIRST = 3 }; /* SD_LISTEN_FDS_START */

static uint64_t number_in_environment(const char *name)
{
	uint64_t number = 0;
	const char *value = getenv(name);
	return value != NULL && value_unsigned(value, &number) == NULL ? number : 0;
}

/* LISTEN_FDS, if it is for this process and not for one that has started it. */
static uint64_t count_passed(void)
{
	return number_in_environment("LISTEN_PID") == (uint64_t)getpid()
	           ? number_in_environment("LISTEN_FDS")
	           : 0;
}

/* The number of the descriptor with that name; -1 if no one has it. */
static int find_by_name(const char *name)
{
	const char *next = getenv("LISTEN_FDNAMES");
	uint64_t count = count_passed();
	for (int i = 0; (uint64_t)i < count && next != NULL; i++) {
		size_t length = strcspn(next, ":");
		if (length == strlen(name) && strncmp(next, name, length) == 0)
			return INHERIT_FIRST + i;
		next = next[length] == ':' ? next + length + 1 : NULL;
	}
	return -1;
}

static int socket_option(int fd, int option)
{
	int value = 0;
	socklen_t length = sizeof value;
	return getsockopt(fd, SOL_SOCKET, option, &value, &length) < 0 ? -1 : value;
}

/* No command of this process is to accept connections of the other sockets either. */
static int close_passed_on_exec(int fd)
{
	uint64_t count = count_passed();
	for (int i = 0; (uint64_t)i < count; i++)
		if (fcntl(INHERIT_FIRST + i, F_SETFD, FD_CLOEXEC) < 0)
			break;
	return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static enum status examine_inherited(struct socket_endpoint *endpoint, int fd,
                                     enum socket_type wanted)
{
	const char *name = endpoint->address->text;
	int type = socket_option(fd, SO_TYPE);
	if (type < 0 && errno == EBADF)
		return error_as(STATUS_FAILED, "%s: not open", name);
	if (type < 0)
		return errno == ENOTSOCK
		           ? error_as(STATUS_FAILED, "%s: is not a socket", name)
		           : error_errno("%s", name);
	endpoint->type = socket_type_of(type);
	endpoint->is_local = socket_option(fd, SO_DOMAIN) == AF_UNIX;
	endpoint->may_hold_fds = endpoint->is_local;
	if (endpoint->type == SOCKET_ANY ||
	    (endpoint->type != SOCKET_DGRAM && socket_option(fd, SO_ACCEPTCONN) != 1))
		return error_as(STATUS_FAILED, "%s: is a socket that does not listen",
		                name);
	if (wanted != SOCKET_ANY && wanted != endpoint->type)
		return error_as(STATUS_FAILED, "%s: is a %s socket, not a %s one", name,
		                socket_type_name(endpoint->type),
		                socket_type_name(wanted));
	if (endpoint->type == SOCKET_DGRAM && socket_enable_passcred(fd) < 0)
		return error_errno("%s", name);
	return STATUS_OK;
}

/* accept(2) must not wait: another process may have accepted the connection. */
static enum status make_nonblocking(struct socket_endpoint *endpoint)
{
	int flags = fcntl(endpoint->fd, F_GETFL);
	if (flags < 0)
		return error_errno("%s", endpoint->address->text);
	if (flags & O_NONBLOCK)
		return STATUS_OK;
	endpoint->was_blocking = true;
	return fcntl(endpoint->fd, F_SETFL, flags | O_NONBLOCK) < 0
	           ? error_errno("%s", endpoint->address->text)
	           : STATUS_OK;
}

enum status socket_inherit(struct socket_endpoint *endpoint, enum socket_type type)
{
	const struct socket_address *address = endpoint->address;
	int fd = address->fd >= 0 ? address->fd : find_by_name(address->host);
	if (fd < 0)
		return error_as(STATUS_NOT_FOUND,
		                "%s: no such name in LISTEN_FDNAMES for this process",
		                address->text);
	enum status status = examine_inherited(endpoint, fd, type);
	if (status != STATUS_OK)
		return status;
	endpoint->fd = fcntl(fd, F_DUPFD_CLOEXEC, INHERIT_FIRST);
	if (endpoint->fd < 0 || (!frontend_is_builtin() && close_passed_on_exec(fd) < 0))
		status = error_errno("%s", address->text);
	if (status == STATUS_OK)
		status = make_nonblocking(endpoint);
	if (status != STATUS_OK && endpoint->fd >= 0) {
		close(endpoint->fd);
		endpoint->fd = -1;
	}
	return status;
}

void socket_inherit_clear_environment(void)
{
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}
