#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/syscall_timer.h"
#include "io/report.h"
#include "socket/socket.h"
#include "socket/stale.h"

/* ---------------------------------------------------------------- addresses */

enum status address_parse(struct address *address, const char *text)
{
	size_t length = strlen(text);
	*address =
	    (struct address){.to = {.sun_family = AF_UNIX}, .is_abstract = *text == '@'};
	if (length == 0)
		return usage_error("'': the address of a socket must not be empty");
	if (address->is_abstract && length == 1)
		return usage_error("'@': there must be a name behind the '@'");
	/* unix(7): 108 bytes with the NUL behind a path, or the one before a name */
	if (length - address->is_abstract > ADDRESS_BYTES_MAX)
		return usage_error("'%s': the %s of a socket must not be longer than %d "
		                   "bytes, this one has %zu",
		                   text, address->is_abstract ? "name" : "path",
		                   ADDRESS_BYTES_MAX, length - address->is_abstract);
	if (text[length - 1] == '/' && !address->is_abstract)
		return usage_error("'%s': a folder is no address of a socket", text);
	memcpy(address->to.sun_path, text, length);
	memcpy(address->text, text, length);
	if (address->is_abstract)
		address->to.sun_path[0] = '\0';
	size_t used =
	    offsetof(struct sockaddr_un, sun_path) + length + !address->is_abstract;
	address->length = (socklen_t)used;
	return STATUS_DONE;
}

static bool is_socket_file(const struct address *address)
{
	struct stat st;
	return stat(address->to.sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* -------------------------------------------------------------------- types */

static const struct socket_kind {
	int type;
	const char *name;
} kinds[] = {
    [SOCKET_STREAM] = {SOCK_STREAM, "stream"},
    [SOCKET_SEQPACKET] = {SOCK_SEQPACKET, "seqpacket"},
    [SOCKET_DGRAM] = {SOCK_DGRAM, "datagram"},
};

static int make(enum socket_type type)
{
	return socket(AF_UNIX, kinds[type].type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void close_quietly(int fd)
{
	fd_close_keep_errno(fd);
}

/* ------------------------------------------------------------------ connect */

/* poll(2) does not tell of room in somebody's backlog: only a call that blocks waits. */
static int connect_waiting(int fd, const struct address *to,
                           const struct deadline *deadline)
{
	struct alarm alarm;
	if (alarm_begin(&alarm, deadline) < 0)
		return -1;
	int result;
	fcntl(fd, F_SETFL, 0);
	do
		result = connect(fd, (const struct sockaddr *)&to->to, to->length);
	while (result < 0 && alarm_goes_on(&alarm));
	alarm_end(&alarm);
	return result;
}

static int connect_until(int fd, const struct address *to,
                         const struct deadline *deadline)
{
	int result = connect(fd, (const struct sockaddr *)&to->to, to->length);
	if (result < 0 && errno == EAGAIN && deadline->patience.kind != NOT_AT_ALL)
		result = connect_waiting(fd, to, deadline);
	return result;
}

/* bind(2) with no name: the kernel finds one, and the other end can answer. */
static int take_any_name(int fd)
{
	static const struct sockaddr any = {.sa_family = AF_UNIX};
	return bind(fd, &any, sizeof any.sa_family);
}

static int connect_as(const struct address *to, enum socket_type type,
                      const struct deadline *deadline)
{
	int fd = make(type);
	if (fd < 0)
		return -1;
	if ((type == SOCKET_DGRAM && take_any_name(fd) < 0) ||
	    connect_until(fd, to, deadline) < 0) {
		close_quietly(fd);
		return -1;
	}
	return fd;
}

/* An abstract name belongs to one type: under another nobody has it. */
static bool may_be_of_another_type(const struct address *to)
{
	return errno == EPROTOTYPE || (errno == ECONNREFUSED && to->is_abstract);
}

static int connect_once(struct endpoint *endpoint, enum socket_type wanted,
                        const struct deadline *deadline)
{
	enum socket_type type = wanted != SOCKET_ANY ? wanted : SOCKET_STREAM;
	for (;; type++) {
		endpoint->type = type;
		endpoint->fd = connect_as(endpoint->address, type, deadline);
		if (endpoint->fd >= 0 || wanted != SOCKET_ANY || type == SOCKET_DGRAM ||
		    !may_be_of_another_type(endpoint->address))
			return endpoint->fd;
	}
}

static bool is_nobody_there(int error)
{
	return error == ENOENT || error == ECONNREFUSED;
}

static enum status connect_failed(const struct address *to, enum socket_type type)
{
	switch (errno) {
	case ECONNREFUSED:
		if (to->is_abstract)
			return fail_as(STATUS_MISSING, "%s: nobody has that name",
			               to->text);
		if (!is_socket_file(to))
			return fail_as(STATUS_FAILED, "%s: is not a socket", to->text);
		return fail_as(STATUS_NOT_NOW, "%s: nobody listens", to->text);
	case EPROTOTYPE:
		return fail_as(STATUS_FAILED, "%s: is not a %s socket", to->text,
		               kinds[type].name);
	case EAGAIN:
		return fail_as(STATUS_NOT_NOW,
		               "%s: as many connections wait there as may (its backlog)",
		               to->text);
	case ETIMEDOUT:
		return fail_as(STATUS_TIMED_OUT,
		               "%s: timed out: as many connections wait there as may "
		               "(its backlog)",
		               to->text);
	case EPERM:
		return fail_as(STATUS_FAILED,
		               "%s: the socket there is connected to another one",
		               to->text);
	default: return fail("%s", to->text);
	}
}

enum status socket_connect(struct endpoint *endpoint, const struct address *address,
                           enum socket_type type, bool wait,
                           const struct deadline *deadline)
{
	*endpoint = (struct endpoint){.address = address};
	while (connect_once(endpoint, type, deadline) < 0) {
		int error = errno;
		if (wait && is_nobody_there(error) && deadline_look_again(deadline) == 0)
			continue;
		if (errno == ETIMEDOUT && is_nobody_there(error))
			return fail_as(STATUS_TIMED_OUT,
			               "%s: timed out: still nobody listens",
			               address->text);
		/* with -n it is the reason that counts */
		if (!wait || errno == EAGAIN)
			errno = error;
		return connect_failed(address, endpoint->type);
	}
	return STATUS_DONE;
}

/* ------------------------------------------------------------------- listen */

/* The file has the mode from its beginning: bind(2) makes it 0777 less the umask. */
static int bind_with_mode(int fd, const struct address *address, mode_t mode)
{
	mode_t before = umask(~mode & 0777);
	int result = bind(fd, (const struct sockaddr *)&address->to, address->length);
	int error = errno;
	umask(before);
	errno = error;
	return result;
}

static int bind_at(int fd, const struct address *address,
                   const struct socket_place *place)
{
	int result = bind_with_mode(fd, address, place->mode);
	if (result == 0 || errno != EADDRINUSE || address->is_abstract ||
	    !place->replace_stale)
		return result;
	socket_remove_stale(address);
	return bind_with_mode(fd, address, place->mode);
}

static enum status bind_failed(const struct address *address,
                               const struct socket_place *place)
{
	const char *path = address->to.sun_path;
	struct stat st;
	if (errno != EADDRINUSE)
		return fail("%s", address->text);
	if (address->is_abstract)
		return fail_as(STATUS_EXISTS, "%s: somebody has that name",
		               address->text);
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return fail_as(STATUS_EXISTS, "%s: exists, and is not a socket",
		               address->text);
	if (place->replace_stale || !socket_is_stale(address))
		return fail_as(STATUS_EXISTS, "%s: somebody has a socket there",
		               address->text);
	return fail_as(STATUS_EXISTS,
	               "%s: exists, though nobody listens: --replace-stale replaces it",
	               address->text);
}

static void note_file(struct endpoint *endpoint)
{
	struct stat st;
	if (endpoint->address->is_abstract ||
	    lstat(endpoint->address->to.sun_path, &st) < 0)
		return;
	endpoint->has_file = true;
	endpoint->device = st.st_dev;
	endpoint->inode = st.st_ino;
}

/* The most there can be: net.core.somaxconn cuts it. */
enum { BACKLOG = 65535 };

enum status socket_listen(struct endpoint *endpoint, const struct address *address,
                          enum socket_type type, const struct socket_place *place)
{
	if (type == SOCKET_ANY)
		type = SOCKET_STREAM;
	*endpoint = (struct endpoint){.address = address, .type = type, .fd = make(type)};
	if (endpoint->fd < 0)
		return fail("%s", address->text);
	/* before anybody can send: whose sender was not told stays unknown */
	if (type == SOCKET_DGRAM && socket_tell_senders(endpoint->fd) < 0) {
		enum status status = fail("%s", address->text);
		close(endpoint->fd);
		return status;
	}
	if (bind_at(endpoint->fd, address, place) < 0) {
		enum status status = bind_failed(address, place);
		close(endpoint->fd);
		return status;
	}
	note_file(endpoint);
	if (type != SOCKET_DGRAM && listen(endpoint->fd, BACKLOG) < 0) {
		enum status status = fail("%s", address->text);
		socket_close(endpoint);
		return status;
	}
	return STATUS_DONE;
}

int socket_accept(const struct endpoint *endpoint, const struct deadline *deadline)
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

enum status socket_wait_failed(const struct endpoint *endpoint)
{
	const char *name = endpoint->address->text;
	if (errno == ETIMEDOUT)
		return fail_as(STATUS_TIMED_OUT, "%s: timed out: nobody came", name);
	return fail("%s", name);
}

int socket_peer(int fd, struct ucred *peer)
{
	socklen_t length = sizeof *peer;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &length);
}

int socket_tell_senders(int fd)
{
	static const int yes = 1;
	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
}

ssize_t socket_next_length(int fd)
{
	return recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
}

void socket_say_credentials(const struct ucred *peer)
{
	say("Peer: pid %d, uid %u, gid %u", (int)peer->pid, (unsigned)peer->uid,
	    (unsigned)peer->gid);
}

enum status socket_say_peer(int fd, enum socket_type type, const char *name)
{
	struct ucred peer;
	if (type == SOCKET_DGRAM)
		return fail_as(STATUS_FAILED,
		               "%s: of a datagram socket nobody knows who is at the "
		               "other end",
		               name);
	if (socket_peer(fd, &peer) < 0)
		return fail("%s", name);
	socket_say_credentials(&peer);
	return STATUS_DONE;
}

bool socket_may_accept_later(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == ENOBUFS || error == ECONNABORTED;
}

void socket_close(struct endpoint *endpoint)
{
	struct stat st;
	const char *path = endpoint->address->to.sun_path;
	if (endpoint->fd < 0)
		return;
	/* as long as the socket is open no other file can have this inode's number */
	if (endpoint->has_file && lstat(path, &st) == 0 &&
	    st.st_dev == endpoint->device && st.st_ino == endpoint->inode)
		unlink(path);
	close(endpoint->fd);
	endpoint->fd = -1;
}
