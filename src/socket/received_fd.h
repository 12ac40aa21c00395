/*
 * A descriptor that came over a socket, for a command or for the shell.
 */
#ifndef SOCKET_RECEIVED_FD_H
#define SOCKET_RECEIVED_FD_H

#include <sys/socket.h>

#include "base/status.h"

/* What came: SOCK_FD, SOCK_MESSAGE, SOCK_PEER_PID, SOCK_PEER_UID, SOCK_PEER_GID. */
struct received_fd {
	int fd;
	char message[4096]; /* up to a NUL, and cut at its end */
	struct ucred sender;
};

/*
 * Run the command with the descriptor open in it, at the lowest free number from 3, and
 * all of that in its environment; its status. The descriptor is closed here.
 */
enum status received_fd_run_command(struct received_fd *received, char **command);

/*
 * Leave it open in the shell whose builtin we are, at the lowest free number from 10, and
 * set its variables.
 */
enum status received_fd_keep_open(struct received_fd *received);

#endif
