/* SPDX-License-Identifier: MIT */
/*
 * Binding a socket to an address, and accepting connections. See bind(2),
 * listen(2), accept(2), unix(7).
 */
#ifndef SOCKET_LISTEN_H
#define SOCKET_LISTEN_H

#include <stdbool.h>

#include "base/deadline.h"
#include "socket/socket.h"

struct socket_bind_options {
	mode_t mode;        /* of the file, exactly */
	bool takes_fds;     /* descriptors may be passed to it: see socket_create() */
	bool verbose;       /* report the address on standard error, with its port */
	bool replace_stale; /* replace a file that no socket belongs to any more */
};

/*
 * Bind, and listen unless it is inherited, and unless it is a datagram socket. A failure
 * is reported; STATUS_EXISTS if the address is in use or the file exists.
 */
enum status socket_listen(struct socket_endpoint *endpoint,
                          const struct socket_address *address, enum socket_type type,
                          const struct socket_bind_options *bind_options);

/*
 * Accept a connection before the deadline: its descriptor, blocking and close-on-exec, or
 * -1 with errno as deadline_poll() and accept(2) set it. *peer, unless it is NULL, is the
 * address that connected, known also if that has reset the connection already; of a local
 * socket it has yet to be asked for the credentials.
 */
int socket_accept(const struct socket_endpoint *endpoint, const struct deadline *deadline,
                  struct socket_peer *peer);

/* Is the error of accept(2) that of the connection, so that the next one may be accepted?
 */
bool socket_accept_is_transient(int error);

/*
 * Failures of socket_accept() one after the other, as when too many files are open; zeros
 * at first, and after each connection.
 */
struct socket_accept_failures {
	int count;
};

enum { SOCKET_ACCEPT_PAUSE = 10000000 }; /* nanoseconds */

/*
 * After such a failure: true if the caller should try again after SOCKET_ACCEPT_PAUSE.
 * The first one is reported then. False if waiting is of no use: after two seconds, or at
 * once if this process itself has too many files open, unless may_close: it has
 * connections or commands whose end closes some.
 */
bool socket_accept_should_retry(const struct socket_endpoint *endpoint,
                                struct socket_accept_failures *failures, bool may_close);

/* Report why no connection can be accepted, unless the first failure was reported. */
enum status socket_report_accept_error(const struct socket_endpoint *endpoint,
                                       const struct socket_accept_failures *failures);

/* Report why waiting for a connection or a message failed: "timed out: no connection". */
enum status socket_report_wait_error(const struct socket_endpoint *endpoint);

#endif
