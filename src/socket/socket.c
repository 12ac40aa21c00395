#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/report.h"
#include "process/fdpass.h"
#include "socket/file.h"
#include "socket/socket.h"

static const struct socket_kind {
	int type;
	const char *name;
} socket_kinds[] = {
    [SOCKET_STREAM] = {SOCK_STREAM, "stream"},
    [SOCKET_SEQPACKET] = {SOCK_SEQPACKET, "seqpacket"},
    [SOCKET_DGRAM] = {SOCK_DGRAM, "datagram"},
};

enum status socket_error(const char *name, const char *before)
{
	if (*before == '\0' || (errno == EINTR && termsig_pending() != 0))
		return error_errno("%s", name);
	return error_as(error_status(errno), "%s: %s%s", name, before, error_text(errno));
}

bool socket_would_block(int error)
{
	return error == EAGAIN || error == EINTR;
}

const char *socket_type_name(enum socket_type type)
{
	return socket_kinds[type].name;
}

int socket_create(struct socket_endpoint *endpoint, enum socket_type type, bool takes_fds)
{
	int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	endpoint->fd = socket(AF_UNIX, socket_kinds[type].type | flags, 0);
	if (endpoint->fd < 0)
		return -1;
	endpoint->type = type;
	endpoint->may_hold_fds = takes_fds || fdpass_refuse(endpoint->fd) < 0;
	return 0;
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

bool socket_reserve_packet(char **buffer, size_t *size, size_t length)
{
	if (*buffer != NULL && length <= *size)
		return true;
	free(*buffer);
	/* not 0: malloc(3) may return NULL for that */
	*size = length + 1;
	*buffer = malloc(*size);
	if (*buffer != NULL)
		return true;
	errno = ENOMEM; /* not EAGAIN, of mmap(2): there is a message */
	return false;
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
		return error_as(STATUS_FAILED, "%s: a datagram socket has no peer", name);
	if (socket_peer_credentials(fd, &peer) < 0)
		return error_errno("%s", name);
	socket_print_credentials(&peer);
	return STATUS_OK;
}

void socket_close_connection(const struct socket_endpoint *endpoint, int connection)
{
	if (endpoint->may_hold_fds)
		fdpass_close(connection);
	else
		close(connection);
}

enum status socket_close(struct socket_endpoint *endpoint)
{
	if (endpoint->fd < 0)
		return STATUS_OK;
	enum status status = socket_file_remove(endpoint);
	socket_close_connection(endpoint, endpoint->fd);
	endpoint->fd = -1;
	return status;
}
