/* SPDX-License-Identifier: MIT */
/*
 * Addresses of sockets.
 *
 *   PATH             a local socket with a file, which stays when its socket is closed
 *   @NAME            a local socket with an abstract name: it has no file and no
 *                    permission bits, belongs to the network namespace, and exists until
 *                    the last descriptor of the socket is closed. Each type of socket has
 *                    abstract names of its own. (./@NAME is a pathname.)
 *   abns@NAME        the same, padded with NUL bytes to the length of sun_path, as
 *                    HAProxy writes and binds it
 *   tcp:HOST:PORT    HOST is empty (the loopback address 127.0.0.1), an address, IPv6 in
 *   udp:HOST:PORT    brackets, or a name; PORT is decimal
 *   vsock:CID:PORT   CID is empty or "local" (1), "host" (2), "any" or decimal
 *   fd:N, fd:NAME    a socket that this process has inherited, by its number or its name
 *                    in $LISTEN_FDNAMES, see sd_listen_fds(3)
 *
 * See unix(7), ip(7), ipv6(7), tcp(7), udp(7), vsock(7).
 */
#ifndef SOCKET_ADDRESS_H
#define SOCKET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/status.h"
#include "base/value_mode.h"

enum {
	SOCKET_ADDRESS_BYTES_MAX = 107, /* sun_path has 108, one of them for a NUL */
	SOCKET_ADDRESS_PATH_MAX = 4095,
	/* the last component of a longer path: "/proc/self/fd/1234567890/" is before it
	 */
	SOCKET_ADDRESS_LONG_NAME_MAX = 82,
	SOCKET_ADDRESS_HOST_MAX = 253,
	SOCKET_PEER_TEXT = 80
};

enum socket_family {
	SOCKET_LOCAL,
	SOCKET_TCP,
	SOCKET_UDP,
	SOCKET_VSOCK,
	SOCKET_INHERITED
};

enum socket_type {
	SOCKET_ANY, /* to connect: the type of the listener; to listen: a stream */
	SOCKET_STREAM,
	SOCKET_SEQPACKET,
	SOCKET_DGRAM
};

struct socket_address {
	enum socket_family family;
	/* as given, and the pathname of a local socket; owned by the caller of parse */
	const char *text;
	bool is_abstract;
	/* of a local socket; length 0: a pathname that does not fit */
	struct sockaddr_un sockaddr;
	socklen_t length;
	char host[SOCKET_ADDRESS_HOST_MAX + 1]; /* tcp and udp, without brackets */
	uint32_t cid, port;                     /* of vsock; of tcp, udp and vsock */
	int fd;                                 /* inherited; -1: its name is `host` */
};

/*
 * STATUS_USAGE, reported, if the text is not an address; makes no system call. The text
 * must outlive the address.
 */
enum status socket_address_parse(struct socket_address *address, const char *text);

/* Is there a file, or will there be one? */
bool socket_address_has_file(const struct socket_address *address);

/* STATUS_USAGE, reported, if a mode is given for an address without a file. */
enum status socket_address_check_mode(const struct socket_address *address,
                                      const struct value_mode *mode);

/*
 * STATUS_USAGE, reported, if `given` and the address is certainly not that of a local
 * socket: "--peercred cannot be used with 'tcp::80': only local sockets have WHAT".
 */
enum status socket_address_check_local(const struct socket_address *address, bool given,
                                       const char *option, const char *what);

/* Report that, whatever the address is: STATUS_USAGE. */
enum status socket_address_report_not_local(const struct socket_address *address,
                                            const char *option, const char *what);

/* STATUS_USAGE, reported, if --replace-stale is given and no file is made. */
enum status socket_address_check_replace(const struct socket_address *address,
                                         bool given);

/*
 * A tcp socket is a stream, a udp socket a datagram socket: *type is set, or STATUS_USAGE
 * is returned, reported, if it is another one.
 */
enum status socket_address_choose_type(const struct socket_address *address,
                                       enum socket_type *type);

/*
 * The two of the above for what most applets have: *type, --peercred, and --fd or another
 * option that passes descriptors.
 */
enum status socket_address_check_options(const struct socket_address *address,
                                         enum socket_type *type, bool peercred,
                                         const char *fd_option);

/* Is the file at the pathname, symbolic links followed, a socket? */
bool socket_address_is_socket_file(const struct socket_address *address);

/*
 * bind(2) and connect(2) of a local socket. A pathname that does not fit into a
 * sockaddr_un is reached through a descriptor of its directory and /proc/self/fd; if
 * /proc is not mounted: errno ENAMETOOLONG.
 */
int socket_address_bind(int fd, const struct socket_address *address);
int socket_address_connect(int fd, const struct socket_address *address);

/*
 * The directory of a path, to work on names in it even if another process exchanges the
 * directory: a descriptor, or -1 with errno. *name is the last component.
 */
int socket_address_open_directory(const char *path, const char **name);

#endif
