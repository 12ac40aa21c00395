/*
 * Socket files whose socket is gone.
 *
 * A socket file is stale when no socket belongs to it, and it stays so: each bind(2)
 * makes a file of its own. connect(2) by a datagram socket tells, and disturbs nobody:
 * ECONNREFUSED where there is no socket, but EPROTOTYPE, or success, where there is one,
 * also one whose backlog is full and one that does not listen yet.
 */
#ifndef SOCKET_STALE_H
#define SOCKET_STALE_H

#include <stdbool.h>

#include "socket/socket.h"

/* False too where that cannot be found out. */
bool socket_is_stale(const struct socket_address *address);

/* Remove it, if it is stale and that can be done: to bind there again tells. */
void socket_remove_stale(const struct socket_address *address);

#endif
