/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/syscall_timer.h"
#include "io/error.h"
#include "socket/connect.h"
#include "socket/internet.h"

/* poll(2) does not report room in a backlog; only a blocking connect(2) waits for it. */
static int connect_blocking(int fd, const struct socket_address *to,
                            const struct deadline *deadline)
{
	struct syscall_timer timer;
	if (syscall_timer_begin(&timer, deadline) < 0)
		return -1;
	int result;
	fcntl(fd, F_SETFL, 0);
	do
		result = socket_address_connect(fd, to);
	while (result < 0 && syscall_timer_should_retry(&timer));
	syscall_timer_end(&timer);
	return result;
}

static int connect_until(int fd, const struct socket_address *to,
                         const struct deadline *deadline)
{
	int result = socket_address_connect(fd, to);
	if (result < 0 && errno == EAGAIN && deadline->timeout.kind != TIMEOUT_ZERO)
		result = connect_blocking(fd, to, deadline);
	return result;
}

/* unix(7), "Autobind feature": the kernel chooses a free abstract name. */
static int autobind_socket(int fd)
{
	static const struct sockaddr any = {.sa_family = AF_UNIX};
	return bind(fd, &any, sizeof any.sa_family);
}

static int connect_with_type(struct socket_endpoint *endpoint, enum socket_type type,
                             bool takes_fds, const struct deadline *deadline)
{
	if (socket_create(endpoint, type, takes_fds) < 0)
		return -1;
	if ((type != SOCKET_DGRAM || autobind_socket(endpoint->fd) == 0) &&
	    connect_until(endpoint->fd, endpoint->address, deadline) == 0)
		return 0;
	fd_close_keep_errno(endpoint->fd);
	endpoint->fd = -1;
	return -1;
}

/* An abstract name belongs to one type of socket and is unknown to the others. */
static bool may_be_of_another_type(const struct socket_address *to)
{
	return errno == EPROTOTYPE || (errno == ECONNREFUSED && to->is_abstract);
}

static int connect_once(struct socket_endpoint *endpoint,
                        const struct socket_connect_options *options,
                        const struct deadline *deadline)
{
	bool any = options->type == SOCKET_ANY;
	enum socket_type type = any ? SOCKET_STREAM : options->type;
	for (;; type++) {
		int result =
		    connect_with_type(endpoint, type, options->takes_fds, deadline);
		if (result == 0 || !any || type == SOCKET_DGRAM ||
		    !may_be_of_another_type(endpoint->address))
			return result;
	}
}

static bool is_no_listener_error(int error)
{
	return error == ENOENT || error == ECONNREFUSED;
}

static enum status report_missing_socket(const struct socket_address *to,
                                         const struct socket_connect_options *options)
{
	return error_no_such(to->text,
	                     options->object != NULL ? options->object
	                     : to->is_abstract       ? "abstract socket"
	                                             : "socket",
	                     options->maker != NULL ? options->maker : "socklisten");
}

static enum status report_connect_error(const struct socket_address *to,
                                        enum socket_type type,
                                        const struct socket_connect_options *options)
{
	switch (errno) {
	case ENOENT: return report_missing_socket(to, options);
	case ECONNREFUSED:
		if (to->is_abstract)
			return report_missing_socket(to, options);
		if (!socket_address_is_socket_file(to))
			return error_as(STATUS_FAILED, "%s: not a socket", to->text);
		return error_as(STATUS_WOULD_BLOCK, "%s: connection refused: no listener",
		                to->text);
	case EPROTOTYPE:
		return error_as(STATUS_FAILED, "%s: not a %s socket", to->text,
		                socket_type_name(type));
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK, "%s: the listener's backlog is full",
		                to->text);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: the listener's backlog is full",
		                to->text);
	case ENAMETOOLONG: return socket_report_long_path(to);
	case EPERM:
		return error_as(STATUS_FAILED,
		                "%s: the socket is connected to another socket",
		                to->text);
	default: return error_errno("%s", to->text);
	}
}

static enum status connect_locally(struct socket_endpoint *endpoint,
                                   const struct socket_connect_options *options,
                                   const struct deadline *deadline)
{
	const struct socket_address *address = endpoint->address;
	while (connect_once(endpoint, options, deadline) < 0) {
		int error = errno;
		if (options->wait && is_no_listener_error(error) &&
		    deadline_backoff(deadline) == 0)
			continue;
		if (errno == ETIMEDOUT && is_no_listener_error(error))
			return error_as(STATUS_TIMED_OUT, "%s: timed out: no listener",
			                address->text);
		/* without waiting, connect(2)'s own error is the reason */
		if (!options->wait || errno == EAGAIN)
			errno = error;
		return report_connect_error(address, endpoint->type, options);
	}
	return STATUS_OK;
}

static enum status connect_to_host(struct socket_endpoint *endpoint,
                                   const struct socket_connect_options *options,
                                   const struct deadline *deadline)
{
	if (endpoint->address->port == 0)
		return error_usage("'%s': port 0 is only to listen: the kernel then "
		                   "chooses one",
		                   endpoint->address->text);
	return socket_internet_connect(
	    endpoint, options->type == SOCKET_ANY ? SOCKET_STREAM : options->type,
	    options->wait, deadline);
}

enum status socket_connect(struct socket_endpoint *endpoint,
                           const struct socket_address *address,
                           const struct socket_connect_options *options,
                           const struct deadline *deadline)
{
	*endpoint = (struct socket_endpoint){.address = address, .fd = -1};
	switch (address->family) {
	case SOCKET_LOCAL: return connect_locally(endpoint, options, deadline);
	case SOCKET_INHERITED:
		return error_usage("'%s': an inherited socket is listened on, not "
		                   "connected to",
		                   address->text);
	default: return connect_to_host(endpoint, options, deadline);
	}
}
