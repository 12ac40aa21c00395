/* SPDX-License-Identifier: MIT */
/*
 * Sending messages to a connected socket, whole and in order.
 */
#ifndef SOCKET_SENDER_H
#define SOCKET_SENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "process/fdpass.h"
#include "socket/socket.h"
#include "stream/sender.h"

struct socket_sender {
	const struct socket_endpoint *endpoint;
	enum framing framing;   /* how a message ends on a stream */
	struct fdpass_set *fds; /* to pass with the next message; then it is empty */
	bool verbose;           /* report each message on standard error */
	struct sender sender;
};

/*
 * Functions that return a status have reported their failure. There is no function to end
 * it: endpoint and fds are owned by the caller.
 */

/* Set the members of `sender` that depend on the socket. */
enum status socket_sender_begin(struct socket_sender *socket_sender);

/*
 * Send these bytes without a framing: a message, or a part of a stream. Waits until the
 * deadline for room.
 */
enum status socket_sender_write(struct socket_sender *socket_sender, const char *bytes,
                                size_t length, const struct deadline *deadline);

/*
 * After the last message, before the endpoint is closed: wait until the other system has
 * received it, if that is not certain (socket/internet.h).
 */
enum status socket_sender_end(const struct socket_sender *socket_sender);

#endif
