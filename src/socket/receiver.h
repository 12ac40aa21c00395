/* SPDX-License-Identifier: MIT */
/*
 * Messages received on a socket: datagrams, or the messages of one connection after the
 * other. On a stream a framing determines where a message ends (stream/frame.h).
 */
#ifndef SOCKET_RECEIVER_H
#define SOCKET_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "process/fdpass.h"
#include "socket/socket.h"
#include "stream/frame.h"

struct socket_receiver {
	struct socket_endpoint *endpoint;
	enum framing framing; /* of a stream */
	bool peercred;        /* print the credentials of each peer on standard error */
	bool one_connection;  /* stop at the end of the first connection */
	bool receives_fd; /* read a stream by recvmsg(2), without framing, for descriptors
	                   */
	struct fdpass_set *fds; /* where all descriptors of a message go; NULL: one is
	                           kept */
	int reader_of_output;   /* struct output.reader; -1: none */
	/* the receiver's own */
	int connection;          /* -1: none */
	struct socket_peer peer; /* of the connection */
	struct frame_reader reader;
	char *buffer; /* for datagrams and seqpackets */
	size_t size;
};

/* A message; its bytes are valid until the next call. */
struct socket_message {
	const char *bytes;
	size_t length;
	int fd; /* the first descriptor passed with it, owned by the caller; -1: none */
	int closed_fds; /* how many others were passed with it; some more if fds_cut */
	bool fds_cut;
	struct socket_peer sender;
};

/*
 * The endpoint listens, or with is_connected is connected. A failure is reported. Call
 * socket_receiver_end() in any case; it closes the endpoint.
 */
enum status socket_receiver_begin(struct socket_receiver *receiver,
                                  struct socket_endpoint *endpoint, bool is_connected);

/*
 * STATUS_OK with a message, or with *ended true at the end of the only connection. A
 * failure is reported, with the prefix `before` (error_after()). STATUS_SIGPIPE,
 * unreported, if the reader of the output closes it while waiting.
 */
enum status socket_receiver_next(struct socket_receiver *receiver,
                                 struct socket_message *message, bool *ended,
                                 const struct deadline *deadline, const char *before);

/* STATUS_FAILED, reported, if the socket's file cannot be removed. */
enum status socket_receiver_end(struct socket_receiver *receiver);

#endif
