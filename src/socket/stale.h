/*
 * Stale socket files.
 *
 * A socket file is stale if its socket no longer exists, and it stays stale: bind(2)
 * always creates a new file. connect(2) by a datagram socket finds out without disturbing
 * a listener: it fails with ECONNREFUSED if the socket does not exist; it fails with
 * EPROTOTYPE, or succeeds, if it does, even if its backlog is full or it does not listen
 * yet.
 */
#ifndef SOCKET_STALE_H
#define SOCKET_STALE_H

#include <stdbool.h>

#include "socket/address.h"

/* False also if that cannot be found out. */
bool socket_is_stale(const struct socket_address *address);

/* Remove the file if it is stale. Failures are ignored: the next bind(2) reports them. */
void socket_remove_stale(const struct socket_address *address);

#endif
