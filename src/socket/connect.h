/* SPDX-License-Identifier: MIT */
/*
 * Connecting to a local socket. See connect(2), unix(7).
 */
#ifndef SOCKET_CONNECT_H
#define SOCKET_CONNECT_H

#include <stdbool.h>

#include "base/deadline.h"
#include "socket/socket.h"

struct socket_connect_options {
	enum socket_type type;
	bool takes_fds; /* descriptors may be passed to it: see socket_create() */
	bool wait;      /* until the socket exists and has a listener */
	/* what the message calls a socket that does not exist, and the command that makes
	 * one; NULL: a socket, socklisten */
	const char *object, *maker;
};

/*
 * Connect before the deadline. Fails, reported, with STATUS_NOT_FOUND if there is no such
 * socket, and with STATUS_WOULD_BLOCK if no process listens on it or the backlog is full.
 * A datagram socket is bound to an abstract name of its own, so that the peer can answer.
 */
enum status socket_connect(struct socket_endpoint *endpoint,
                           const struct socket_address *address,
                           const struct socket_connect_options *options,
                           const struct deadline *deadline);

#endif
