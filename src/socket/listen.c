#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/error.h"
#include "socket/listen.h"
#include "socket/stale.h"

/* --------------------------------------------------------------------- bind */

/* The file has its mode from the beginning: bind(2) makes it 0777 less the umask. */
static int bind_with_mode(int fd, const struct socket_address *address, mode_t mode)
{
	mode_t before = umask(~mode & 0777);
	int result =
	    bind(fd, (const struct sockaddr *)&address->sockaddr, address->length);
	int error = errno;
	umask(before);
	errno = error;
	return result;
}

static int bind_socket(int fd, const struct socket_address *address,
                       const struct socket_bind_options *bind_options)
{
	int result = bind_with_mode(fd, address, bind_options->mode);
	if (result == 0 || errno != EADDRINUSE || address->is_abstract ||
	    !bind_options->replace_stale)
		return result;
	socket_remove_stale(address);
	return bind_with_mode(fd, address, bind_options->mode);
}

static enum status report_bind_error(const struct socket_address *address,
                                     const struct socket_bind_options *bind_options)
{
	const char *path = address->sockaddr.sun_path;
	struct stat st;
	if (errno != EADDRINUSE)
		return error_errno("%s", address->text);
	if (!address->is_abstract && lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return error_as(STATUS_EXISTS, "%s: exists, but is not a socket",
		                address->text);
	if (!address->is_abstract && !bind_options->replace_stale &&
	    socket_is_stale(address))
		return error_as(STATUS_EXISTS,
		                "%s: stale socket file (no listener); "
		                "--replace-stale replaces it",
		                address->text);
	return error_as(STATUS_EXISTS, "%s: address already in use", address->text);
}

static void record_socket_file(struct socket_endpoint *endpoint)
{
	struct stat st;
	if (endpoint->address->is_abstract ||
	    lstat(endpoint->address->sockaddr.sun_path, &st) < 0)
		return;
	endpoint->has_file = true;
	endpoint->device = st.st_dev;
	endpoint->inode = st.st_ino;
}

/* ------------------------------------------------------------------- listen */

/* The kernel limits it to net.core.somaxconn. */
enum { BACKLOG = 65535 };

enum status socket_listen(struct socket_endpoint *endpoint,
                          const struct socket_address *address, enum socket_type type,
                          const struct socket_bind_options *bind_options)
{
	if (type == SOCKET_ANY)
		type = SOCKET_STREAM;
	*endpoint = (struct socket_endpoint){.address = address};
	if (socket_create(endpoint, type, bind_options->takes_fds) < 0)
		return error_errno("%s", address->text);
	/* before bind(2): a message sent earlier would carry no credentials */
	if (type == SOCKET_DGRAM && socket_enable_passcred(endpoint->fd) < 0) {
		enum status status = error_errno("%s", address->text);
		close(endpoint->fd);
		return status;
	}
	if (bind_socket(endpoint->fd, address, bind_options) < 0) {
		enum status status = report_bind_error(address, bind_options);
		close(endpoint->fd);
		return status;
	}
	record_socket_file(endpoint);
	if (type != SOCKET_DGRAM && listen(endpoint->fd, BACKLOG) < 0) {
		enum status status = error_errno("%s", address->text);
		socket_close(endpoint);
		return status;
	}
	return STATUS_OK;
}

int socket_accept(const struct socket_endpoint *endpoint, const struct deadline *deadline)
{
	struct pollfd ready = {.fd = endpoint->fd, .events = POLLIN};
	for (;;) {
		if (deadline_poll(deadline, &ready, 1) < 0)
			return -1;
		int fd = accept4(endpoint->fd, NULL, NULL, SOCK_CLOEXEC);
		/* EAGAIN: another process that shares the socket has accepted it */
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return fd;
	}
}

bool socket_accept_may_retry(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == ENOBUFS || error == ECONNABORTED;
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
