/* SPDX-License-Identifier: MIT */
/*
 * A descriptor received over a socket, for a command or for the shell.
 */
#ifndef SOCKET_RECEIVED_FD_H
#define SOCKET_RECEIVED_FD_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "base/status.h"
#include "process/fdpass.h"
#include "socket/socket.h"

/*
 * The variables SOCK_FD, SOCK_MESSAGE, SOCK_PEER_PID, SOCK_PEER_UID, SOCK_PEER_GID; with
 * all also SOCK_FDS.
 */
struct received_fd {
	bool all;              /* keep all descriptors, not only the first */
	struct fdpass_set fds; /* at least one */
	char message[4096]; /* up to the first NUL, or newline of a stream; truncated */
	struct ucred sender;
	enum status closed; /* STATUS_FAILED: the socket's file could not be removed */
};

/*
 * received->all is set by the caller. Receive a message that carries a descriptor. The
 * endpoint listens, or with is_connected is connected, and is closed. A failure is
 * reported; a message without a descriptor is a failure.
 */
enum status received_fd_receive(struct received_fd *received,
                                struct socket_endpoint *endpoint, bool is_connected,
                                bool peercred, const struct deadline *deadline);

/*
 * Run the command with the descriptors open at the lowest free numbers from 3, and the
 * variables in its environment; returns the command's status. The descriptors are
 * closed in the calling process.
 */
enum status received_fd_run_command(struct received_fd *received, char **command);

/*
 * In a builtin, before anything is received: STATUS_FAILED, reported, if one of the
 * variables cannot be set.
 */
enum status received_fd_check_variables(bool all);

/*
 * In a builtin: leave the descriptors open in the shell, at the lowest free numbers
 * from 10, and set the shell's variables.
 */
enum status received_fd_keep_open(struct received_fd *received);

#endif
