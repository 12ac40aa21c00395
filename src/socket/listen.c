/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/error.h"
#include "io/report.h"
#include "socket/file.h"
#include "socket/inherit.h"
#include "socket/internet.h"
#include "socket/listen.h"
#include "socket/resolve.h"
#include "socket/stale.h"

/* --------------------------------------------------------------------- bind */

/* With --replace-stale it is known not to be stale. */
static enum status report_address_in_use(const struct socket_address *address,
                                         bool replace_stale)
{
	struct stat st;
	const char *path = address->text, *name = address->text;
	if (!address->is_abstract && lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return error_as(STATUS_EXISTS, "%s: exists, but is not a socket", name);
	enum socket_stale stale = address->is_abstract || replace_stale
	                              ? SOCKET_STALE_NO
	                              : socket_stale_check(address);
	if (stale == SOCKET_STALE_YES)
		return error_as(STATUS_EXISTS,
		                "%s: stale socket file (no listener); "
		                "--replace-stale replaces it",
		                name);
	if (stale == SOCKET_STALE_UNKNOWN)
		return error_errno_as(
		    STATUS_EXISTS, "%s: exists; cannot tell whether it is stale", name);
	return error_as(STATUS_EXISTS, "%s: address already in use", name);
}

static enum status report_replace_error(const struct socket_address *address,
                                        const char *obstacle)
{
	struct stat st;
	int error = errno;
	char owner[40] = "";
	if (obstacle == NULL)
		return error_errno_as(STATUS_FAILED,
		                      "%s: exists; cannot tell whether it is stale",
		                      address->text);
	if (lstat(address->text, &st) == 0 && st.st_uid != geteuid())
		snprintf(owner, sizeof owner, " of another user (UID %u)",
		         (unsigned)st.st_uid);
	errno = error;
	return error_errno_as(STATUS_FAILED,
	                      "%s: stale socket file%s cannot be replaced%s",
	                      address->text, owner, obstacle);
}

static enum status bind_endpoint(const struct socket_endpoint *endpoint,
                                 const struct socket_bind_options *bind_options)
{
	const struct socket_address *address = endpoint->address;
	bool replace_stale = bind_options->replace_stale && !address->is_abstract;
	const char *obstacle = "";
	int result = socket_file_bind(endpoint->fd, address, bind_options->mode);
	if (result < 0 && errno == ENAMETOOLONG)
		return socket_report_long_path(address);
	if (result < 0 && errno != EADDRINUSE)
		return error_errno("%s", address->text);
	if (result < 0 && replace_stale)
		result = socket_stale_replace(endpoint->fd, address, bind_options->mode,
		                              &obstacle);
	if (result == 0)
		return STATUS_OK;
	return errno == EADDRINUSE ? report_address_in_use(address, replace_stale)
	                           : report_replace_error(address, obstacle);
}

/* ------------------------------------------------------------------- listen */

/* The kernel limits it to net.core.somaxconn. */
enum { BACKLOG = 65535 };

static enum status listen_locally(struct socket_endpoint *endpoint, enum socket_type type,
                                  const struct socket_bind_options *bind_options)
{
	const char *name = endpoint->address->text;
	if (socket_create(endpoint, type, bind_options->takes_fds) < 0)
		return error_errno("%s", name);
	/* before bind(2): a message sent earlier would carry no credentials */
	if (type == SOCKET_DGRAM && socket_enable_passcred(endpoint->fd) < 0) {
		enum status status = error_errno("%s", name);
		close(endpoint->fd);
		return status;
	}
	enum status status = bind_endpoint(endpoint, bind_options);
	if (status == STATUS_OK)
		status = socket_file_record(endpoint);
	if (status != STATUS_OK) {
		close(endpoint->fd);
		return status;
	}
	if (type != SOCKET_DGRAM && listen(endpoint->fd, BACKLOG) < 0) {
		status = error_errno("%s", name);
		socket_close(endpoint);
	}
	return status;
}

/* The port that the kernel chose is known only now. */
static void report_listening(const struct socket_endpoint *endpoint)
{
	static const char *const prefixes[] = {
	    [SOCKET_TCP] = "tcp:", [SOCKET_UDP] = "udp:", [SOCKET_VSOCK] = "vsock:"};
	struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
	socklen_t length = sizeof address;
	char text[SOCKET_PEER_TEXT] = "";
	if (!endpoint->is_local &&
	    getsockname(endpoint->fd, (struct sockaddr *)&address, &length) == 0)
		socket_resolve_format(text, &address);
	enum socket_family family = endpoint->address->family;
	if (*text == '\0')
		report_info("Listening on %s", endpoint->address->text);
	else
		report_info("Listening on %s%s",
		            family == SOCKET_INHERITED ? "" : prefixes[family], text);
}

enum status socket_listen(struct socket_endpoint *endpoint,
                          const struct socket_address *address, enum socket_type type,
                          const struct socket_bind_options *bind_options)
{
	*endpoint = (struct socket_endpoint){.address = address, .fd = -1};
	enum status status;
	if (type == SOCKET_ANY && address->family != SOCKET_INHERITED)
		type = SOCKET_STREAM;
	if (address->family == SOCKET_INHERITED)
		status = socket_inherit(endpoint, type);
	else if (address->family == SOCKET_LOCAL)
		status = listen_locally(endpoint, type, bind_options);
	else
		status = socket_internet_listen(endpoint, type);
	if (status == STATUS_OK && bind_options->verbose)
		report_listening(endpoint);
	return status;
}

/* getpeername(2) does not know the address of a connection that was reset. */
static int accept_connection(const struct socket_endpoint *endpoint,
                             struct socket_peer *peer)
{
	struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
	socklen_t length = sizeof address;
	if (peer != NULL)
		*peer = (struct socket_peer){.address = ""};
	if (endpoint->is_local || peer == NULL)
		return accept4(endpoint->fd, NULL, NULL, SOCK_CLOEXEC);
	int fd =
	    accept4(endpoint->fd, (struct sockaddr *)&address, &length, SOCK_CLOEXEC);
	socket_resolve_format(peer->address, &address);
	return fd;
}

int socket_accept(const struct socket_endpoint *endpoint, const struct deadline *deadline,
                  struct socket_peer *peer)
{
	struct pollfd ready = {.fd = endpoint->fd, .events = POLLIN};
	for (;;) {
		if (deadline_poll(deadline, &ready, 1) < 0)
			return -1;
		int fd = accept_connection(endpoint, peer);
		/* EAGAIN: another process that shares the socket has accepted it */
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return fd;
	}
}

bool socket_accept_is_transient(int error)
{
	switch (error) {
	case ECONNABORTED:
	case ENETDOWN:
	case EPROTO:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case ENETUNREACH: return true;
	default: return false;
	}
}

enum status socket_report_accept_error(const struct socket_endpoint *endpoint,
                                       const struct socket_accept_failures *failures)
{
	if (failures->count > 0)
		return STATUS_FAILED;
	return error_errno("%s: cannot accept a connection", endpoint->address->text);
}

bool socket_accept_should_retry(const struct socket_endpoint *endpoint,
                                struct socket_accept_failures *failures, bool may_close)
{
	enum { FAILURES_MAX = 200 };
	if (socket_accept_is_transient(errno))
		return true;
	if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
		return false;
	if (!may_close && (errno == EMFILE || failures->count >= FAILURES_MAX))
		return false;
	if (failures->count == 0)
		socket_report_accept_error(endpoint, failures);
	failures->count++;
	return true;
}

enum status socket_report_wait_error(const struct socket_endpoint *endpoint)
{
	const char *name = endpoint->address->text;
	if (errno == ETIMEDOUT)
		return error_as(STATUS_TIMED_OUT, "%s: timed out: no %s", name,
		                endpoint->type == SOCKET_DGRAM ? "message"
		                                               : "connection");
	return error_errno("%s", name);
}
