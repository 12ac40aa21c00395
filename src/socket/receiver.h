/*
 * Messages that come to a socket: datagrams, or those of one connection after the other.
 * On a stream a framing tells where one ends (stream/frame.h).
 */
#ifndef SOCKET_RECEIVER_H
#define SOCKET_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "socket/socket.h"
#include "stream/frame.h"

struct socket_receiver {
	struct socket_endpoint *endpoint;
	enum framing framing; /* of a stream */
	bool peercred;        /* say who is at the other end */
	bool one_connection;  /* its end is the end */
	bool receives_fd; /* a stream too is taken as it comes, with what came along */
	int reader_of_output; /* as in struct output */
	int connection;       /* -1: none */
	struct ucred peer;    /* of the connection */
	struct frame_reader reader;
	char *buffer; /* for what has boundaries of its own */
	size_t size;
};

/* A message; its bytes stay until the next call. */
struct socket_message {
	const char *bytes;
	size_t length;
	int fd; /* that came along, the caller's now; -1: none */
	struct ucred sender;
};

/*
 * The endpoint listens, or is connected itself; the source closes it in the end. A
 * failure is reported.
 */
enum status socket_receiver_begin(struct socket_receiver *receiver,
                                  struct socket_endpoint *endpoint, bool is_connected);

/*
 * STATUS_OK with a message, or with *ended where there are no more. A failure is
 * reported, `before` in front of the reason. STATUS_SIGPIPE, silently, where the
 * reader of the output has left meanwhile.
 */
enum status socket_receiver_next(struct socket_receiver *receiver,
                                 struct socket_message *message, bool *ended,
                                 const struct deadline *deadline, const char *before);

void socket_receiver_end(struct socket_receiver *receiver);

#endif
