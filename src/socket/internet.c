/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/procfs.h"
#include "io/error.h"
#include "socket/internet.h"
#include "socket/resolve.h"

enum { INTERNET_BACKLOG = 65535 };

static int set_option(int fd, int level, int option)
{
	static const int yes = 1;
	return setsockopt(fd, level, option, &yes, sizeof yes);
}

static void close_internet(struct socket_endpoint *endpoint)
{
	fd_close_keep_errno(endpoint->fd);
	endpoint->fd = -1;
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
	close_internet(endpoint);
	return -1;
}

static enum status report_internet_error(const struct socket_endpoint *endpoint)
{
	if (errno == EAFNOSUPPORT)
		return error_as(STATUS_FAILED,
		                "%s: this system has no sockets of this kind "
		                "(the module of the kernel is not loaded)",
		                endpoint->address->text);
	return error_errno_as(STATUS_FAILED, "%s", endpoint->address->text);
}

/* ----------------------------------------------------------------- listen */

static enum status report_internet_bind_error(const struct socket_endpoint *endpoint)
{
	const struct socket_address *address = endpoint->address;
	int64_t first_port;
	switch (errno) {
	case EADDRINUSE:
		return error_as(STATUS_EXISTS, "%s: address already in use",
		                address->text);
	case EADDRNOTAVAIL:
		return error_as(STATUS_FAILED,
		                address->family == SOCKET_VSOCK
		                    ? "%s: no such CID here (for the loopback CID the "
		                      "module vsock_loopback must be loaded)"
		                    : "%s: not an address of this system",
		                address->text);
	case EACCES:
		first_port = procfs_sysctl("net/ipv4/ip_unprivileged_port_start");
		if (address->family != SOCKET_VSOCK &&
		    (int64_t)address->port < first_port)
			return error_as(STATUS_FAILED,
			                "%s: permission denied "
			                "(net.ipv4.ip_unprivileged_port_start is %lld)",
			                address->text, (long long)first_port);
		return report_internet_error(endpoint);
	default: return report_internet_error(endpoint);
	}
}

/* 0, or -1 with errno. */
static int listen_at(struct socket_endpoint *endpoint, enum socket_type type,
                     const struct sockaddr_storage *at, socklen_t length)
{
	if (create_internet(endpoint, at->ss_family, type) < 0)
		return -1;
	/* not of udp: two processes would share the address */
	if ((endpoint->address->family != SOCKET_TCP ||
	     set_option(endpoint->fd, SOL_SOCKET, SO_REUSEADDR) == 0) &&
	    bind(endpoint->fd, (const struct sockaddr *)at, length) == 0 &&
	    (type == SOCKET_DGRAM || listen(endpoint->fd, INTERNET_BACKLOG) == 0))
		return 0;
	close_internet(endpoint);
	return -1;
}

enum status socket_internet_listen(struct socket_endpoint *endpoint,
                                   enum socket_type type)
{
	struct socket_resolved resolved;
	enum status status =
	    socket_resolve(&resolved, endpoint->address, &DEADLINE_NEVER);
	if (status != STATUS_OK)
		return status;
	for (int i = 0; i < resolved.count; i++) {
		if (listen_at(endpoint, type, &resolved.addresses[i],
		              resolved.lengths[i]) == 0)
			return STATUS_OK;
		/* a name can have an IPv6 address where the system has none */
		if (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT)
			break;
	}
	return report_internet_bind_error(endpoint);
}

/* ---------------------------------------------------------------- connect */

static bool is_refusal(int error)
{
	/* ECONNRESET: of vsock(7) */
	return error == ECONNREFUSED || error == ECONNRESET;
}

/*
 * If no process listens at a port of this system that the kernel also gives to those who
 * connect, one of them is given it in the end, and tcp(7) connects it to itself. That
 * this socket ends by a reset leaves the port free for who is waited for.
 */
static bool is_connected_to_itself(int fd)
{
	static const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct sockaddr_storage own = {0}, peer = {0};
	socklen_t own_length = sizeof own, peer_length = sizeof peer;
	if (getsockname(fd, (struct sockaddr *)&own, &own_length) < 0 ||
	    getpeername(fd, (struct sockaddr *)&peer, &peer_length) < 0 ||
	    own_length != peer_length || memcmp(&own, &peer, own_length) != 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	return true;
}

int socket_internet_connect_to(int fd, const struct sockaddr_storage *to,
                               socklen_t length, const struct deadline *deadline)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t size = sizeof error;
	if (connect(fd, (const struct sockaddr *)to, length) < 0 &&
	    (errno != EINPROGRESS || deadline_poll(deadline, &ready, 1) < 0 ||
	     getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0))
		return -1;
	if (error == 0 && is_connected_to_itself(fd))
		error = ECONNREFUSED;
	errno = error;
	return error == 0 ? 0 : -1;
}

/* One that does not answer is not to take the time of those after it. */
static struct deadline share_deadline(const struct deadline *deadline, int addresses)
{
	return deadline->timeout.kind == TIMEOUT_AFTER && addresses > 1
	           ? deadline_in(deadline_left(deadline) / addresses)
	           : *deadline;
}

/* 0, or -1 with errno: ECONNREFUSED if one of the addresses has refused. */
static int connect_to_addresses(struct socket_endpoint *endpoint, enum socket_type type,
                                const struct socket_resolved *resolved,
                                const struct deadline *deadline)
{
	bool refused = false;
	for (int i = 0; i < resolved->count; i++) {
		const struct sockaddr_storage *to = &resolved->addresses[i];
		struct deadline share = share_deadline(deadline, resolved->count - i);
		if (create_internet(endpoint, to->ss_family, type) < 0)
			continue;
		if (socket_internet_connect_to(endpoint->fd, to, resolved->lengths[i],
		                               &share) == 0)
			return 0;
		close_internet(endpoint);
		if (errno == EINTR)
			return -1;
		refused = refused || is_refusal(errno);
	}
	if (refused)
		errno = ECONNREFUSED;
	return -1;
}

static enum status report_internet_connect_error(const struct socket_endpoint *endpoint,
                                                 const struct deadline *deadline)
{
	const char *name = endpoint->address->text;
	switch (errno) {
	case ECONNREFUSED:
		return error_as(STATUS_WOULD_BLOCK, "%s: connection refused: no listener",
		                name);
	case EAGAIN:
		/* with a wait it is the kernel's, ip(7): no port is free */
		if (deadline->timeout.kind != TIMEOUT_ZERO)
			return report_internet_error(endpoint);
		return error_as(STATUS_WOULD_BLOCK, "%s: would block: not connected yet",
		                name);
	case ETIMEDOUT:
		/* without a deadline it is the kernel's, net.ipv4.tcp_syn_retries */
		return error_as(deadline->timeout.kind == TIMEOUT_NONE ? STATUS_FAILED
		                                                       : STATUS_TIMED_OUT,
		                "%s: timed out: no answer", name);
	case EINTR: return error_errno("%s", name);
	default: return report_internet_error(endpoint);
	}
}

enum status socket_internet_connect(struct socket_endpoint *endpoint,
                                    enum socket_type type, bool wait,
                                    const struct deadline *deadline)
{
	struct socket_resolved resolved;
	enum status status = socket_resolve(&resolved, endpoint->address, deadline);
	if (status != STATUS_OK)
		return status;
	while (connect_to_addresses(endpoint, type, &resolved, deadline) < 0) {
		int error = errno;
		if (!wait || error != ECONNREFUSED)
			return report_internet_connect_error(endpoint, deadline);
		if (deadline_backoff(deadline) == 0)
			continue;
		if (errno == ETIMEDOUT)
			return error_as(STATUS_TIMED_OUT, "%s: timed out: no listener",
			                endpoint->address->text);
		if (errno == EAGAIN)
			errno = error;
		return report_internet_connect_error(endpoint, deadline);
	}
	return STATUS_OK;
}

/* ----------------------------------------------------------------- finish */

size_t socket_internet_unacknowledged(int fd)
{
	int bytes = 0;
	/* socket(7): SIOCOUTQ, which is this number */
	return ioctl(fd, TIOCOUTQ, &bytes) < 0 || bytes < 0 ? 0 : (size_t)bytes;
}

/* The bytes that have arrived: false, with errno, if the connection has failed. */
static bool discard_received(int fd)
{
	enum { BLOCKS = 64 }; /* a peer that always sends does not hold this process */
	char bytes[4096];
	ssize_t length = 1;
	for (int i = 0; i < BLOCKS && length > 0; i++)
		length = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
	return length >= 0 || socket_would_block(errno);
}

int socket_internet_finish(int fd, const struct deadline *deadline)
{
	enum { FIRST_PAUSE = 100000, LAST_PAUSE = 10000000 }; /* nanoseconds */
	int64_t pause = FIRST_PAUSE;
	shutdown(fd, SHUT_WR);
	for (;;) {
		bool failed = !discard_received(fd);
		int error = errno;
		if (socket_internet_unacknowledged(fd) == 0 ||
		    deadline->timeout.kind == TIMEOUT_ZERO)
			return 0;
		errno = failed ? error : deadline_errno(deadline);
		if (failed || deadline_left(deadline) == 0 || deadline_sleep(pause) < 0)
			return -1;
		pause = pause * 2 < LAST_PAUSE ? pause * 2 : LAST_PAUSE;
	}
}
