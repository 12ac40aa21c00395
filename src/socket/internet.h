/* SPDX-License-Identifier: MIT */
/*
 * Sockets of tcp:, udp: and vsock: addresses: binding, listening and connecting. Called
 * by socket/listen.h and socket/connect.h.
 *
 * A tcp socket is set to TCP_NODELAY, since messages are sent whole by one call each, and
 * to SO_KEEPALIVE, so that a peer whose system is down is noticed after two hours
 * (tcp_keepalive_time); a listening one also to SO_REUSEADDR, so that a server can be
 * started again at once. Connections inherit these from the listening socket.
 */
#ifndef SOCKET_INTERNET_H
#define SOCKET_INTERNET_H

#include "base/deadline.h"
#include "socket/socket.h"

/*
 * Bind the first address of the host that this system has, and listen unless it is a
 * datagram socket. A failure is reported; STATUS_EXISTS if the address is in use.
 */
enum status socket_internet_listen(struct socket_endpoint *endpoint,
                                   enum socket_type type);

/*
 * Connect to the first address of the host that accepts; each has an equal share of the
 * time that is left. With `wait` a refusal by all is no failure before the deadline. A
 * failure is reported.
 */
enum status socket_internet_connect(struct socket_endpoint *endpoint,
                                    enum socket_type type, bool wait,
                                    const struct deadline *deadline);

/*
 * Connect a socket that does not block, not beyond the deadline: 0, or -1 with errno. A
 * connection to itself, which tcp(7) and udp(7) allow, is ECONNREFUSED: no process
 * listens.
 */
int socket_internet_connect_to(int fd, const struct sockaddr_storage *to,
                               socklen_t length, const struct deadline *deadline);

/*
 * How many bytes that were sent the peer's system has not acknowledged: SIOCOUTQ. 0 if
 * the kernel does not report it.
 */
size_t socket_internet_unacknowledged(int fd);

/*
 * End the sending side of a stream, and wait until the peer's system has acknowledged
 * everything; what the peer sends is discarded. To be called before close(2): with
 * received bytes that were not read, that resets the connection, and what was not
 * acknowledged is lost. Without a wait (TIMEOUT_ZERO) nothing is waited for. 0, or -1
 * with errno.
 */
int socket_internet_finish(int fd, const struct deadline *deadline);

#endif
