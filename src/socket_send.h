/*
 * Messages to a connected socket, whole and in order.
 */
#ifndef SOCKET_SEND_H
#define SOCKET_SEND_H

#include "frame.h"
#include "socket.h"

struct sending {
	const struct endpoint *endpoint;
	enum framing framing; /* what ends a message on a stream */
	size_t longest;       /* bytes of a message */
	int fd;               /* to pass with the next one; -1: none, or it is passed */
	uint64_t sent;        /* messages */
};

/* "3 messages sent, then: ", to stand before what went wrong. */
struct progress {
	char text[48];
};

const char *sending_progress(struct progress *progress, const struct sending *sending);

/*
 * Functions that return a status have reported their failure. Nothing is to be ended:
 * endpoint and fd stay the caller's.
 */
enum status sending_begin(struct sending *sending, const struct endpoint *endpoint,
                          enum framing framing, int fd);

/* Reports a message that is too long; `cut`: it has more bytes than these. */
enum status sending_check(const struct sending *sending, size_t length, bool cut);

/* One message, and on a stream what ends it. */
enum status sending_send(struct sending *sending, const char *bytes, size_t length,
                         const struct deadline *deadline);

/* These bytes and no more: on a stream a part of what is sent, else a message. */
enum status sending_write(struct sending *sending, const char *bytes, size_t length,
                          const struct deadline *deadline);

#endif
