#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/error.h"
#include "socket/internet.h"
#include "socket/resolve.h"

enum { INTERNET_BACKLOG = 65535 };

static int set_option(int fd, int level, int option)
{
	static const int yes = 1;
	return setsockopt(fd, level, option, &yes, sizeof yes);
}

static int create_internet(struct socket_endpoint *endpoint, int domain,
                           enum socket_type type)
{
	if (socket_create_internet(endpoint, domain, type) < 0)
		return -1;
	if (endpoint->address->family != SOCKET_TCP ||
	    (set_option(endpoint->fd, IPPROTO_TCP, TCP_NODELAY) == 0 &&
	     set_option(endpoint->fd, SOL_SOCKET, SO_KEEPALIVE) == 0))
		return 0;
	fd_close_keep_errno(endpoint->fd);
	endpoint->fd = -1;
	return -1;
}

static enum status report_family_error(const struct socket_endpoint *endpoint)
{
	if (errno == EAFNOSUPPORT)
		return error_as(STATUS_FAILED,
		                "%s: this system has no sockets of this kind "
		                "(the module of the kernel is not loaded)",
		                endpoint->address->text);
	return error_errno("%s", endpoint->address->text);
}

/* ----------------------------------------------------------------- listen */

static enum status report_internet_bind_error(const struct socket_endpoint *endpoint)
{
	const char *name = endpoint->address->text;
	if (errno == EADDRINUSE)
		return error_as(STATUS_EXISTS, "%s: address already in use", name);
	if (errno == EADDRNOTAVAIL && endpoint->address->family == SOCKET_VSOCK)
		return error_as(STATUS_FAILED,
		                "%s: no such CID here (for the loopback CID the module "
		                "vsock_loopback must be loaded)",
		                name);
	return error_errno_as(STATUS_FAILED, "%s", name);
}

enum status socket_internet_listen(struct socket_endpoint *endpoint,
                                   enum socket_type type)
{
	struct socket_resolved resolved;
	enum status status =
	    socket_resolve(&resolved, endpoint->address, &DEADLINE_NEVER);
	if (status != STATUS_OK)
		return status;
	const struct sockaddr_storage *to = &resolved.addresses[0];
	if (create_internet(endpoint, to->ss_family, type) < 0)
		return report_family_error(endpoint);
	/* not of udp: two processes would share the address */
	if ((endpoint->address->family == SOCKET_TCP &&
	     set_option(endpoint->fd, SOL_SOCKET, SO_REUSEADDR) < 0) ||
	    bind(endpoint->fd, (const struct sockaddr *)to, resolved.lengths[0]) < 0 ||
	    (type != SOCKET_DGRAM && listen(endpoint->fd, INTERNET_BACKLOG) < 0)) {
		status = report_internet_bind_error(endpoint);
		close(endpoint->fd);
		endpoint->fd = -1;
	}
	return status;
}

/* ---------------------------------------------------------------- connect */

/* connect(2), not beyond the deadline. */
static int connect_internet(int fd, const struct sockaddr_storage *to, socklen_t length,
                            const struct deadline *deadline)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t size = sizeof error;
	if (connect(fd, (const struct sockaddr *)to, length) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -1;
	if (deadline_poll(deadline, &ready, 1) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -1;
	errno = error;
	return error == 0 ? 0 : -1;
}

static enum status report_internet_connect_error(const struct socket_endpoint *endpoint)
{
	const char *name = endpoint->address->text;
	switch (errno) {
	case ECONNREFUSED:
	/* of vsock(7) */
	case ECONNRESET:
		return error_as(STATUS_WOULD_BLOCK, "%s: connection refused: no listener",
		                name);
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK, "%s: would block: not connected yet",
		                name);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT, "%s: timed out: no answer", name);
	default: return report_family_error(endpoint);
	}
}

enum status socket_internet_connect(struct socket_endpoint *endpoint,
                                    enum socket_type type,
                                    const struct deadline *deadline, bool *again)
{
	struct socket_resolved resolved;
	enum status status = socket_resolve(&resolved, endpoint->address, deadline);
	if (status != STATUS_OK)
		return status;
	for (int i = 0; i < resolved.count; i++) {
		const struct sockaddr_storage *to = &resolved.addresses[i];
		if (create_internet(endpoint, to->ss_family, type) < 0)
			continue;
		if (connect_internet(endpoint->fd, to, resolved.lengths[i], deadline) ==
		    0)
			return STATUS_OK;
		fd_close_keep_errno(endpoint->fd);
		endpoint->fd = -1;
		if (errno == EINTR)
			break;
	}
	bool refused = errno == ECONNREFUSED || errno == ECONNRESET;
	if (!refused || again == NULL)
		return report_internet_connect_error(endpoint);
	*again = true;
	return STATUS_WOULD_BLOCK;
}
