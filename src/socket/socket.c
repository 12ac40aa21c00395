#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/syscall_timer.h"
#include "io/error.h"
#include "io/report.h"
#include "socket/socket.h"
#include "socket/stale.h"

/* ---------------------------------------------------------------- addresses */

enum status socket_address_parse(struct socket_address *address, const char *text)
{
	size_t length = strlen(text);
	*address = (struct socket_address){.sockaddr = {.sun_family = AF_UNIX},
	                                   .is_abstract = *text == '@'};
	if (length == 0)
		return error_usage("'': the address of a socket must not be empty");
	if (address->is_abstract && length == 1)
		return error_usage("'@': there must be a name behind the '@'");
	/* unix(7): 108 bytes with the NUL behind a path, or the one before a name */
	if (length - address->is_abstract > SOCKET_ADDRESS_BYTES_MAX)
		return error_usage("'%s': the %s of a socket must not be longer than %d "
		                   "bytes, this one has %zu",
		                   text, address->is_abstract ? "name" : "path",
		                   SOCKET_ADDRESS_BYTES_MAX,
		                   length - address->is_abstract);
	if (text[length - 1] == '/' && !address->is_abstract)
		return error_usage("'%s': a folder is no address of a socket", text);
	memcpy(address->sockaddr.sun_path, text, length);
	memcpy(address->text, text, length);
	if (address->is_abstract)
		address->sockaddr.sun_path[0] = '\0';
	size_t used =
	    offsetof(struct sockaddr_un, sun_path) + length + !address->is_abstract;
	address->length = (socklen_t)used;
	return STATUS_OK;
}

static bool is_socket_file(const struct socket_address *address)
{
	struct stat st;
	return stat(address->sockaddr.sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* -------------------------------------------------------------------- types */

static const struct socket_kind {
	int type;
	const char *name;
} socket_kinds[] = {
    [SOCKET_STREAM] = {SOCK_STREAM, "stream"},
    [SOCKET_SEQPACKET] = {SOCK_SEQPACKET, "seqpacket"},
    [SOCKET_DGRAM] = {SOCK_DGRAM, "datagram"},
};

static int create_socket(enum socket_type type)
{
	return socket(AF_UNIX, socket_kinds[type].type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void close_keep_errno(int fd)
{
	fd_close_keep_errno(fd);
}

/* ------------------------------------------------------------------ connect */

/* poll(2) does not tell of room in somebody's backlog: only a call that blocks waits. */
static int connect_blocking(int fd, const struct socket_address *to,
                            const struct deadline *deadline)
{
	struct syscall_timer timer;
	if (syscall_timer_begin(&timer, deadline) < 0)
		return -1;
	int result;
	fcntl(fd, F_SETFL, 0);
	do
		result = connect(fd, (const struct sockaddr *)&to->sockaddr, to->length);
	while (result < 0 && syscall_timer_should_retry(&timer));
	syscall_timer_end(&timer);
	return result;
}

static int connect_until(int fd, const struct socket_address *to,
                         const struct deadline *deadline)
{
	int result = connect(fd, (const struct sockaddr *)&to->sockaddr, to->length);
	if (result < 0 && errno == EAGAIN && deadline->timeout.kind != TIMEOUT_ZERO)
		result = connect_blocking(fd, to, deadline);
	return result;
}

/* bind(2) with no name: the kernel finds one, and the other end can answer. */
static int autobind_socket(int fd)
{
	static const struct sockaddr any = {.sa_family = AF_UNIX};
	return bind(fd, &any, sizeof any.sa_family);
}

static int connect_with_type(const struct socket_address *to, enum socket_type type,
                             const struct deadline *deadline)
{
	int fd = create_socket(type);
	if (fd < 0)
		return -1;
	if ((type == SOCKET_DGRAM && autobind_socket(fd) < 0) ||
	    connect_until(fd, to, deadline) < 0) {
		close_keep_errno(fd);
		return -1;
	}
	return fd;
}

/* An abstract name belongs to one type: under another nobody has it. */
static bool may_be_of_another_type(const struct socket_address *to)
{
	return errno == EPROTOTYPE || (errno == ECONNREFUSED && to->is_abstract);
}

static int connect_once(struct socket_endpoint *endpoint, enum socket_type wanted,
                        const struct deadline *deadline)
{
	enum socket_type type = wanted != SOCKET_ANY ? wanted : SOCKET_STREAM;
	for (;; type++) {
		endpoint->type = type;
		endpoint->fd = connect_with_type(endpoint->address, type, deadline);
		if (endpoint->fd >= 0 || wanted != SOCKET_ANY || type == SOCKET_DGRAM ||
		    !may_be_of_another_type(endpoint->address))
			return endpoint->fd;
	}
}

static bool is_no_listener_error(int error)
{
	return error == ENOENT || error == ECONNREFUSED;
}

static enum status report_connect_error(const struct socket_address *to,
                                        enum socket_type type)
{
	switch (errno) {
	case ECONNREFUSED:
		if (to->is_abstract)
			return error_as(STATUS_NOT_FOUND, "%s: nobody has that name",
			                to->text);
		if (!is_socket_file(to))
			return error_as(STATUS_FAILED, "%s: is not a socket", to->text);
		return error_as(STATUS_WOULD_BLOCK, "%s: nobody listens", to->text);
	case EPROTOTYPE:
		return error_as(STATUS_FAILED, "%s: is not a %s socket", to->text,
		                socket_kinds[type].name);
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK,
		                "%s: as many connections wait there as may (its backlog)",
		                to->text);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: as many connections wait there as may "
		                "(its backlog)",
		                to->text);
	case EPERM:
		return error_as(STATUS_FAILED,
		                "%s: the socket there is connected to another one",
		                to->text);
	default: return error_errno("%s", to->text);
	}
}

enum status socket_connect(struct socket_endpoint *endpoint,
                           const struct socket_address *address, enum socket_type type,
                           bool wait, const struct deadline *deadline)
{
	*endpoint = (struct socket_endpoint){.address = address};
	while (connect_once(endpoint, type, deadline) < 0) {
		int error = errno;
		if (wait && is_no_listener_error(error) &&
		    deadline_backoff(deadline) == 0)
			continue;
		if (errno == ETIMEDOUT && is_no_listener_error(error))
			return error_as(STATUS_TIMED_OUT,
			                "%s: timed out: still nobody listens",
			                address->text);
		/* with -n it is the reason that counts */
		if (!wait || errno == EAGAIN)
			errno = error;
		return report_connect_error(address, endpoint->type);
	}
	return STATUS_OK;
}

/* ------------------------------------------------------------------- listen */

/* The file has the mode from its beginning: bind(2) makes it 0777 less the umask. */
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
	if (address->is_abstract)
		return error_as(STATUS_EXISTS, "%s: somebody has that name",
		                address->text);
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return error_as(STATUS_EXISTS, "%s: exists, and is not a socket",
		                address->text);
	if (bind_options->replace_stale || !socket_is_stale(address))
		return error_as(STATUS_EXISTS, "%s: somebody has a socket there",
		                address->text);
	return error_as(STATUS_EXISTS,
	                "%s: exists, though nobody listens: --replace-stale replaces it",
	                address->text);
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

/* The most there can be: net.core.somaxconn cuts it. */
enum { BACKLOG = 65535 };

enum status socket_listen(struct socket_endpoint *endpoint,
                          const struct socket_address *address, enum socket_type type,
                          const struct socket_bind_options *bind_options)
{
	if (type == SOCKET_ANY)
		type = SOCKET_STREAM;
	*endpoint = (struct socket_endpoint){
	    .address = address, .type = type, .fd = create_socket(type)};
	if (endpoint->fd < 0)
		return error_errno("%s", address->text);
	/* before anybody can send: whose sender was not told stays unknown */
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
		/* another process that has the socket was faster */
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return fd;
	}
}

enum status socket_report_wait_error(const struct socket_endpoint *endpoint)
{
	const char *name = endpoint->address->text;
	if (errno == ETIMEDOUT)
		return error_as(STATUS_TIMED_OUT, "%s: timed out: nobody came", name);
	return error_errno("%s", name);
}

int socket_peer_credentials(int fd, struct ucred *peer)
{
	socklen_t length = sizeof *peer;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &length);
}

int socket_enable_passcred(int fd)
{
	static const int yes = 1;
	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
}

ssize_t socket_next_length(int fd)
{
	return recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
}

void socket_print_credentials(const struct ucred *peer)
{
	report_info("Peer: pid %d, uid %u, gid %u", (int)peer->pid, (unsigned)peer->uid,
	            (unsigned)peer->gid);
}

enum status socket_print_peer(int fd, enum socket_type type, const char *name)
{
	struct ucred peer;
	if (type == SOCKET_DGRAM)
		return error_as(STATUS_FAILED,
		                "%s: of a datagram socket nobody knows who is at the "
		                "other end",
		                name);
	if (socket_peer_credentials(fd, &peer) < 0)
		return error_errno("%s", name);
	socket_print_credentials(&peer);
	return STATUS_OK;
}

bool socket_accept_may_retry(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == ENOBUFS || error == ECONNABORTED;
}

void socket_close(struct socket_endpoint *endpoint)
{
	struct stat st;
	const char *path = endpoint->address->sockaddr.sun_path;
	if (endpoint->fd < 0)
		return;
	/* as long as the socket is open no other file can have this inode's number */
	if (endpoint->has_file && lstat(path, &st) == 0 &&
	    st.st_dev == endpoint->device && st.st_ino == endpoint->inode)
		unlink(path);
	close(endpoint->fd);
	endpoint->fd = -1;
}
