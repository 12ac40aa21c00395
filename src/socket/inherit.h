/* SPDX-License-Identifier: MIT */
/*
 * A socket that this process was started with: fd:N, or fd:NAME with the variables that a
 * service manager sets. See sd_listen_fds(3), systemd.socket(5).
 */
#ifndef SOCKET_INHERIT_H
#define SOCKET_INHERIT_H

#include "socket/socket.h"

/*
 * Use the socket that endpoint->address names: one that listens, or a datagram socket, of
 * that type unless it is SOCKET_ANY. A failure is reported. The endpoint has a descriptor
 * of its own. The inherited one stays open; in a program it is close-on-exec then, as are
 * all that the service manager has passed.
 */
enum status socket_inherit(struct socket_endpoint *endpoint, enum socket_type type);

/* In the child, before exec: remove LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES. */
void socket_inherit_clear_environment(void);

#endif
