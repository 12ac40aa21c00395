/* SPDX-License-Identifier: MIT */
/*
 * Messages of several connections at once, without end: sockrecv --follow.
 *
 * A connection that breaks the framing, sends a message that is too long, fails, or
 * brings no message within the timeout is dropped, which is reported, and the others go
 * on. The messages of one connection stay in order.
 *
 * At most SOCKET_FOLLOW_CONNECTIONS are open; further ones wait in the backlog. The
 * buffers begin small and grow with the messages, all together to SOCKET_FOLLOW_BYTES,
 * and one of them to the longest message in any case: a connection that needs more is not
 * read until others need less.
 */
#ifndef SOCKET_FOLLOW_H
#define SOCKET_FOLLOW_H

#include <stdbool.h>

#include "base/timeout.h"
#include "socket/receiver.h"

enum { SOCKET_FOLLOW_CONNECTIONS = 64, SOCKET_FOLLOW_BYTES = 32 << 20 };

struct socket_follower {
	struct socket_endpoint *endpoint; /* listens: stream or seqpacket */
	enum framing framing;             /* of a stream */
	struct timeout timeout;           /* for the next message of each connection */
	bool peercred;        /* print the credentials of each peer on standard error */
	int reader_of_output; /* struct output.reader; -1: none */
	/* Called for each message, whose bytes are valid until it returns; anything but
	 * STATUS_OK ends it. */
	enum status (*write)(void *argument, const struct socket_message *message);
	void *argument;
};

/*
 * Returns only after a failure, which is reported, or a termination signal; with
 * STATUS_SIGPIPE, unreported, if the reader of the output closes it. The endpoint stays
 * open.
 */
enum status socket_follow(const struct socket_follower *follower);

#endif
