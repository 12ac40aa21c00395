/* SPDX-License-Identifier: MIT */
/*
 * The addresses of tcp, udp and vsock sockets for bind(2) and connect(2).
 *
 * A numeric address is read in this process, without any file. A name is looked up by
 * getent(1), as nsswitch.conf(5) of the system has it, which a static program could not
 * do itself; and a time-out and a termination signal end the wait, which getaddrinfo(3)
 * does not permit.
 */
#ifndef SOCKET_RESOLVE_H
#define SOCKET_RESOLVE_H

#include <sys/socket.h>

#include "base/deadline.h"
#include "socket/address.h"

enum { SOCKET_RESOLVE_MAX = 8 };

/* At least one, in the order of preference. */
struct socket_resolved {
	int count;
	socklen_t lengths[SOCKET_RESOLVE_MAX];
	struct sockaddr_storage addresses[SOCKET_RESOLVE_MAX];
};

/*
 * A failure is reported: STATUS_NOT_FOUND if there is no such host (or no
 * name server answers, which getent(1) does not distinguish), STATUS_TIMED_OUT at
 * the deadline.
 */
enum status socket_resolve(struct socket_resolved *resolved,
                           const struct socket_address *address,
                           const struct deadline *deadline);

/* "127.0.0.1:4711", "[::1]:4711", of vsock "1:4711"; "" if it is none of these. */
void socket_resolve_format(char text[SOCKET_PEER_TEXT],
                           const struct sockaddr_storage *address);

#endif
