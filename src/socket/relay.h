/*
 * Standard input to a connected socket, and what comes from it to standard output, at the
 * same time, until both have ended. Neither waits for the other.
 *
 * The end of standard input is told to the other end (shutdown(2)), which can go on
 * writing. Where messages have boundaries each block that is read is one, and what comes
 * is written without them. Datagrams know no end: there it is that of standard input.
 */
#ifndef SOCKET_RELAY_H
#define SOCKET_RELAY_H

#include <stdbool.h>

#include "socket/socket.h"

struct relay {
	int fd;
	enum socket_type type;
	const char *name; /* of the other end, for messages */
	bool input_ended; /* there is no standard input, or not any more */
	bool peer_failed; /* set where it was the other end's doing that it failed */
};

/* A failure is reported. STATUS_SIGPIPE, silently, where the output's reader left. */
enum status relay_run(struct relay *relay);

#endif
