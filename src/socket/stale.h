/* SPDX-License-Identifier: MIT */
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

#include <sys/types.h>

#include "socket/address.h"

enum socket_stale {
	SOCKET_STALE_YES,
	SOCKET_STALE_NO,     /* its socket exists, or it is another kind of file */
	SOCKET_STALE_UNKNOWN /* with errno: for instance it may not be connected to */
};

enum socket_stale socket_stale_check(const struct socket_address *address);

/*
 * bind(2) at an address where there is a file: it is replaced if it is a stale socket
 * file. 0; or -1 with errno: EADDRINUSE if it is not stale, or another process was
 * faster; else the file cannot be replaced, and *obstacle is a text that says what
 * failed, "" if the error says it all, or NULL if it cannot be found out whether the file
 * is stale.
 *
 * Of several processes that replace one file, of any users, one succeeds, and no socket
 * loses its file, unless one of them is killed within these few system calls.
 */
int socket_stale_replace(int fd, const struct socket_address *address, mode_t mode,
                         const char **obstacle);

#endif
