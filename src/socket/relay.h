/* SPDX-License-Identifier: MIT */
/*
 * Copying standard input to a connected socket, and the socket to standard output, at the
 * same time, until both have ended. Neither direction waits for the other.
 *
 * At the end of standard input the peer sees the end of file (shutdown(2)), and can go on
 * writing. Some servers take that for the end of the connection: with keep_open the peer
 * sees it only when it has closed its end. On a datagram or seqpacket socket each block
 * read is sent as one message, and received messages are written without their
 * boundaries. Datagrams have no end of file: such a relay ends with standard input, with
 * keep_open not at all.
 *
 * The time of `answer` begins when something is to be sent, and again whenever something
 * could be sent or was received; it ends with data from the peer, or after the end of
 * standard input with the relay. It does not run while received data waits for the reader
 * of standard output. With it a relay of datagrams does not end before it has received
 * one.
 */
#ifndef SOCKET_RELAY_H
#define SOCKET_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timeout.h"
#include "socket/socket.h"

struct relay {
	int fd;
	enum socket_type type;
	const char *name;      /* of the socket, for messages */
	bool peercred;         /* print the peer's credentials on standard error before */
	bool keep_open;        /* no shutdown(2): go on until the peer closes */
	bool accepted;         /* the connection was accepted here, not made */
	struct timeout limit;  /* of the whole connection */
	struct timeout answer; /* how long the peer may leave this process waiting */
	bool input_ended; /* standard input is at its end: set by the caller or here */
	bool peer_failed; /* set here if the failure was that of the connection */
};

/*
 * A failure is reported; but STATUS_SIGPIPE, if standard output has no reader, is not.
 * STATUS_TIMED_OUT after the time of limit or answer.
 */
enum status relay_run(struct relay *relay);

struct relay_server {
	struct socket_endpoint *endpoint; /* listens; closed after the last connection */
	int64_t count;                    /* connections; 0: no limit */
	struct timeout timeout;           /* for each next connection */
	struct timeout limit;             /* of each connection */
	bool peercred;                    /* as in struct relay */
};

/*
 * Relay one connection after the other. An error of a connection, which is reported, does
 * not end it and is the status in the end; any other failure ends it.
 */
enum status relay_serve(const struct relay_server *server);

#endif
