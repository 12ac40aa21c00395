/*
 * Messages to a connected socket, whole and in order.
 */
#ifndef SOCKET_SENDER_H
#define SOCKET_SENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "socket/socket.h"
#include "stream/sender.h"

struct socket_sender {
	const struct socket_endpoint *endpoint;
	enum framing framing; /* what ends a message on a stream */
	int fd;               /* to pass with the next one; -1: none, or it is passed */
	bool verbose;         /* say of each that it was sent */
	struct sender sender;
};

/*
 * Functions that return a status have reported their failure. Nothing is to be ended:
 * endpoint and fd stay the caller's.
 */

/* What of the feed is not there yet. */
enum status socket_sender_begin(struct socket_sender *socket_sender);

/* These bytes and no more: on a stream a part of what is sent, else a message. */
enum status socket_sender_write(struct socket_sender *socket_sender, const char *bytes,
                                size_t length, const struct deadline *deadline);

#endif
