/*
 * Binding a local socket to an address, and accepting connections. See bind(2),
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
	bool replace_stale; /* replace a file that no socket belongs to any more */
};

/*
 * Bind, and listen unless it is a datagram socket. A failure is reported; STATUS_EXISTS
 * if the address is in use or the file exists.
 */
enum status socket_listen(struct socket_endpoint *endpoint,
                          const struct socket_address *address, enum socket_type type,
                          const struct socket_bind_options *bind_options);

/*
 * Accept a connection before the deadline: its descriptor, blocking and close-on-exec, or
 * -1 with errno as deadline_poll() and accept(2) set it.
 */
int socket_accept(const struct socket_endpoint *endpoint,
                  const struct deadline *deadline);

/* May socket_accept() succeed later after this error, as when too many files are open? */
bool socket_accept_may_retry(int error);

/* Report why waiting for a connection or a message failed: "timed out: no connection". */
enum status socket_report_wait_error(const struct socket_endpoint *endpoint);

#endif
