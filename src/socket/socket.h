/* SPDX-License-Identifier: MIT */
/*
 * Sockets: what every use of one has in common. See socket(7), unix(7).
 *
 * Functions that return a status have reported their failure.
 */
#ifndef SOCKET_SOCKET_H
#define SOCKET_SOCKET_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/status.h"
#include "socket/address.h"

/* Maximum length in bytes of a message on a stream. */
enum { SOCKET_STREAM_MESSAGE_MAX = 16 << 20 };

/*
 * Option rows, see applet.h, of the applets of sockets. before and after are the help
 * text around "a datagram socket", whom is "the peer" or "each peer".
 */
#define SOCKET_TYPES(s, member, group, before, after, ...)                               \
	CHOICE(0, "dgram", socket_type, s, member, group, SOCKET_DGRAM,                  \
	       before "a datagram socket" after, __VA_ARGS__),                           \
	    CHOICE(0, "seqpacket", socket_type, s, member, group, SOCKET_SEQPACKET,      \
	           before "a seqpacket socket" after)

#define SOCKET_PEERCRED(s, member, whom)                                                 \
	FLAG(0, "peercred", s, member, 0,                                                \
	     "print the pid, uid and gid of " whom " on standard error")
#define SOCKET_REPLACE_STALE(s, member)                                                  \
	FLAG(0, "replace-stale", s, member, 0,                                           \
	     "replace a stale socket file, one whose socket no longer exists")

/* A socket that is connected to an address, or bound to it. */
struct socket_endpoint {
	const struct socket_address *address;
	enum socket_type type;
	bool is_local; /* of unix(7): there are credentials, and descriptors can be passed
	                */
	bool was_blocking; /* an inherited one, and is to be again */
	int fd; /* close-on-exec; non-blocking if it listens, otherwise maybe */
	bool may_hold_fds; /* descriptors can be passed to it: see socket_create() */
	bool has_file;     /* which socket_close() removes if it is still this one */
	dev_t device;
	ino_t inode;
};

/*
 * "NAME: 3 messages received, then: the text of errno": `before` is that of
 * error_after(), or "". Otherwise as error_errno().
 */
enum status socket_error(const char *name, const char *before);

/* Of socket_address_bind() and _connect(): ENAMETOOLONG. STATUS_FAILED. */
enum status socket_report_long_path(const struct socket_address *address);

/*
 * 128 + N if a termination signal has arrived, else STATUS_OK. A wait reports descriptors
 * that are ready first: without this a peer that always sends keeps a server from ending.
 */
enum status socket_check_signal(void);

/*
 * socket_address_check_local() for a socket that is open: what an inherited one is, is
 * known only now.
 */
enum status socket_check_local(const struct socket_endpoint *endpoint, bool given,
                               const char *option, const char *what);

/* Is it the error of a call that did not wait, to be repeated after poll(2)? */
bool socket_would_block(int error);

/* "stream", "seqpacket" or "datagram". */
const char *socket_type_name(enum socket_type type);

/*
 * A local socket: socket(2) into endpoint->fd, close-on-exec and non-blocking: 0, or -1
 * with errno. Unless takes_fds, the kernel refuses descriptors that other processes pass
 * to it (process/fdpass.h) if it can, which sets endpoint->may_hold_fds to false.
 */
int socket_create(struct socket_endpoint *endpoint, enum socket_type type,
                  bool takes_fds);

/* The same in another address family than AF_UNIX. */
int socket_create_internet(struct socket_endpoint *endpoint, int domain,
                           enum socket_type type);

/* The type of a SOCK_* constant; SOCKET_ANY if it is none. */
enum socket_type socket_type_of(int kernel_type);

/* A local socket: the credentials of the peer of a connection: SO_PEERCRED. 0, or -1 with
 * errno. */
int socket_peer_credentials(int fd, struct ucred *peer);

/* The process or address at the other end. */
struct socket_peer {
	struct ucred credentials;       /* of a local socket */
	char address[SOCKET_PEER_TEXT]; /* of any other, as socket/resolve.h; else "" */
};

/* The peer of a connection of the endpoint: 0, or -1 with errno. */
int socket_peer(const struct socket_endpoint *endpoint, int fd, struct socket_peer *peer);

/* "pid 123 uid 0", or the address. */
void socket_format_peer(char text[SOCKET_PEER_TEXT], const struct socket_peer *peer);

/*
 * Receive the sender's credentials with each message (process/fdpass.h), an empty one
 * included: SO_PASSCRED; nothing on a socket that is not local. 0, or -1 with errno.
 */
int socket_enable_passcred(int fd);

/*
 * The length of the next message to be received on a datagram or seqpacket socket, 0 also
 * at the end of a connection; -1 with errno, EAGAIN if there is no message.
 */
ssize_t socket_next_length(int fd);

/*
 * Make room for a message of that length: the buffer (NULL at first) of *size bytes stays
 * or is replaced, without its contents; the caller frees it. false, with errno ENOMEM and
 * *buffer NULL, if there is no memory.
 */
bool socket_reserve_packet(char **buffer, size_t *size, size_t length);

/* "Peer: pid 123, uid 0, gid 0" on standard error. */
void socket_print_credentials(const struct ucred *peer);

/* The same for the peer of a connection; name is for messages. */
enum status socket_print_peer(int fd, enum socket_type type, const char *name);

/*
 * Close a connection that was accepted from the endpoint. A descriptor that was passed to
 * it and not received does not make this wait.
 */
void socket_close_connection(const struct socket_endpoint *endpoint, int connection);

/*
 * Remove the file and close the socket likewise; nothing if it is closed already.
 * STATUS_FAILED if the file cannot be removed.
 */
enum status socket_close(struct socket_endpoint *endpoint);

#endif
