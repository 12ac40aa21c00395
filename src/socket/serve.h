/*
 * A command for each connection to a socket, several at once.
 */
#ifndef SOCKET_SERVE_H
#define SOCKET_SERVE_H

#include <stdint.h>

#include "base/deadline.h"
#include "socket/socket.h"

struct socket_server {
	struct socket_endpoint *endpoint; /* stream or seqpacket; closed in the end */
	char **command;
	int max_commands;       /* commands at once; who connects meanwhile waits */
	int64_t count;          /* connections to serve; 0: for ever */
	struct timeout timeout; /* for each connection */
};

/*
 * Each command has the connection as its standard input and output, and in its
 * environment who is at the other end: SOCK_PEER_PID, SOCK_PEER_UID, SOCK_PEER_GID.
 * Signals are passed on to all (process/children.h). Returns when all commands have
 * ended, STATUS_OK whatever theirs were.
 */
enum status socket_serve(const struct socket_server *server);

#endif
