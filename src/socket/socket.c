/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/report.h"
#include "process/fdpass.h"
#include "socket/file.h"
#include "socket/resolve.h"
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

enum status socket_report_long_path(const struct socket_address *address)
{
	return error_as(STATUS_FAILED,
	                "%s: a path of more than %d bytes needs /proc, which is not "
	                "mounted",
	                address->text, SOCKET_ADDRESS_BYTES_MAX);
}

enum status socket_check_signal(void)
{
	if (termsig_pending() == 0)
		return STATUS_OK;
	errno = EINTR;
	return error_errno("interrupted");
}

enum status socket_check_local(const struct socket_endpoint *endpoint, bool given,
                               const char *option, const char *what)
{
	return given && !endpoint->is_local
	           ? socket_address_report_not_local(endpoint->address, option, what)
	           : STATUS_OK;
}

bool socket_would_block(int error)
{
	return error == EAGAIN || error == EINTR;
}

const char *socket_type_name(enum socket_type type)
{
	return socket_kinds[type].name;
}

enum socket_type socket_type_of(int kernel_type)
{
	for (enum socket_type type = SOCKET_STREAM; type <= SOCKET_DGRAM; type++)
		if (socket_kinds[type].type == kernel_type)
			return type;
	return SOCKET_ANY;
}

int socket_create_internet(struct socket_endpoint *endpoint, int domain,
                           enum socket_type type)
{
	int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	endpoint->fd = socket(domain, socket_kinds[type].type | flags, 0);
	endpoint->type = type;
	endpoint->is_local = endpoint->may_hold_fds = false;
	return endpoint->fd < 0 ? -1 : 0;
}

int socket_create(struct socket_endpoint *endpoint, enum socket_type type, bool takes_fds)
{
	if (socket_create_internet(endpoint, AF_UNIX, type) < 0)
		return -1;
	endpoint->is_local = true;
	endpoint->may_hold_fds = takes_fds || fdpass_refuse(endpoint->fd) < 0;
	return 0;
}

int socket_peer_credentials(int fd, struct ucred *peer)
{
	socklen_t length = sizeof *peer;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &length);
}

int socket_peer(const struct socket_endpoint *endpoint, int fd, struct socket_peer *peer)
{
	struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
	socklen_t length = sizeof address;
	*peer = (struct socket_peer){.address = ""};
	if (endpoint->is_local)
		return socket_peer_credentials(fd, &peer->credentials);
	/* ENOTCONN: the peer has reset the connection; the rest of it may be received */
	if (getpeername(fd, (struct sockaddr *)&address, &length) < 0)
		return errno == ENOTCONN ? 0 : -1;
	socket_resolve_format(peer->address, &address);
	return 0;
}

void socket_format_peer(char text[SOCKET_PEER_TEXT], const struct socket_peer *peer)
{
	if (*peer->address != '\0')
		snprintf(text, SOCKET_PEER_TEXT, "%s", peer->address);
	else
		snprintf(text, SOCKET_PEER_TEXT, "pid %d uid %u",
		         (int)peer->credentials.pid, (unsigned)peer->credentials.uid);
}

int socket_enable_passcred(int fd)
{
	static const int yes = 1;
	/* since Linux 6.16 an error on others than local sockets */
	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) < 0 &&
	               errno != EOPNOTSUPP
	           ? -1
	           : 0;
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
	if (endpoint->was_blocking)
		fcntl(endpoint->fd, F_SETFL, fcntl(endpoint->fd, F_GETFL) & ~O_NONBLOCK);
	socket_close_connection(endpoint, endpoint->fd);
	endpoint->fd = -1;
	return status;
}
