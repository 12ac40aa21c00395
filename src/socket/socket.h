/*
 * Local sockets: addresses, and getting connected. See unix(7).
 *
 * An address is a path, whose file outlives its socket, or @NAME, an abstract name: it
 * has no file and no mode, belongs to the network namespace, and is gone with the last
 * descriptor. An abstract name is one for each type of socket. (./@NAME is a file.)
 *
 * Functions that return a status have reported their failure.
 */
#ifndef SOCKET_SOCKET_H
#define SOCKET_SOCKET_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/deadline.h"
#include "base/status.h"
#include "base/value.h"

enum { SOCKET_ADDRESS_BYTES_MAX = 107 }; /* sun_path has 108, with a NUL */

struct socket_address {
	struct sockaddr_un sockaddr;
	socklen_t length;
	bool is_abstract;
	char text[SOCKET_ADDRESS_BYTES_MAX + 2]; /* as messages show it */
};

/* What is wrong is a usage error, before any system call. */
enum status socket_address_parse(struct socket_address *address, const char *text);

/* Bytes of a message on a stream at most. */
enum { SOCKET_STREAM_MESSAGE_MAX = 16 << 20 };

enum socket_type {
	SOCKET_ANY, /* to connect: the one that is found there; to listen: a stream */
	SOCKET_STREAM,
	SOCKET_SEQPACKET,
	SOCKET_DGRAM
};

/* A socket that is connected to an address, or waits there. */
struct socket_endpoint {
	const struct socket_address *address;
	enum socket_type type;
	int fd;        /* close-on-exec; where it listens non-blocking, else perhaps */
	bool has_file; /* which socket_close() removes, as long as it is this one */
	dev_t device;
	ino_t inode;
};

/*
 * Connect before the deadline. Where there is no such socket STATUS_NOT_FOUND; a file
 * where nobody listens STATUS_WOULD_BLOCK, as a full backlog. With `wait` these are
 * waited for. A datagram socket gets a name of its own, so that it can be answered.
 */
enum status socket_connect(struct socket_endpoint *endpoint,
                           const struct socket_address *address, enum socket_type type,
                           bool wait, const struct deadline *deadline);

struct socket_bind_options {
	mode_t mode;        /* of the file, exactly */
	bool replace_stale; /* a file that no socket belongs to any more */
};

/* Bind, and listen where it is no datagram socket. STATUS_EXISTS where that is taken. */
enum status socket_listen(struct socket_endpoint *endpoint,
                          const struct socket_address *address, enum socket_type type,
                          const struct socket_bind_options *bind_options);

/* A connection, blocking and close-on-exec; -1 with errno as deadline_poll() has it. */
int socket_accept(const struct socket_endpoint *endpoint,
                  const struct deadline *deadline);

/* Report why a wait for somebody to connect or send ended: "timed out: nobody came". */
enum status socket_report_wait_error(const struct socket_endpoint *endpoint);

/* Who is at the other end of a connection: SO_PEERCRED. 0, or -1 with errno. */
int socket_peer_credentials(int fd, struct ucred *peer);

/* Be told who sent each message (process/fdpass.h), and of empty ones: SO_PASSCRED. */
int socket_enable_passcred(int fd);

/*
 * How long the message is that is to be received next, where they have boundaries; -1
 * with errno, EAGAIN where none is there. 0 also at the end of a connection.
 */
ssize_t socket_next_length(int fd);

/* "Peer: pid 123, uid 0, gid 0" on standard error. */
void socket_print_credentials(const struct ucred *peer);

/* The same of who is at the other end of a connection; name is for messages. */
enum status socket_print_peer(int fd, enum socket_type type, const char *name);

/* Is a failure of socket_accept() worth another try: too many files are open? */
bool socket_accept_may_retry(int error);

/* Close it, after its file is removed. */
void socket_close(struct socket_endpoint *endpoint);

#endif
