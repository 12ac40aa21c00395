/* SPDX-License-Identifier: MIT */
/*
 * Running a command for each connection to a socket, several at the same time.
 */
#ifndef SOCKET_SERVE_H
#define SOCKET_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timeout.h"
#include "socket/socket.h"

struct socket_server {
	struct socket_endpoint *endpoint; /* stream or seqpacket; closed here */
	char **command;
	int max_commands;       /* at the same time; further connections wait */
	int max_per_user;       /* of these; further ones are refused; 0: no limit */
	int64_t count;          /* connections to serve; 0: no limit */
	struct timeout timeout; /* for the next connection, while no command runs */
	struct timeout limit;   /* of each connection, see socket/served.h */
	bool drain;             /* the first SIGTERM only ends the accepting */
	bool ignores_term;      /* the commands ignore SIGTERM */
};

/*
 * Each command has the connection as its standard input and output, and the peer's
 * credentials in its environment: SOCK_PEER_PID, SOCK_PEER_UID, SOCK_PEER_GID. Signals
 * are forwarded to all commands (process/children.h), but the first SIGTERM of drain is
 * not: then the status is STATUS_OK. Returns when all commands have terminated; STATUS_OK
 * even if commands failed.
 */
enum status socket_serve(const struct socket_server *server);

#endif
