/*
 * Addresses of local sockets. See unix(7).
 *
 * An address is a pathname, whose file remains when its socket is closed, or @NAME, an
 * abstract name: it has no file and no permission bits, belongs to the network namespace,
 * and exists until the last descriptor of the socket is closed. Each type of socket has
 * abstract names of its own. (./@NAME is a pathname.)
 */
#ifndef SOCKET_ADDRESS_H
#define SOCKET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/status.h"
#include "base/value_mode.h"

enum { SOCKET_ADDRESS_BYTES_MAX = 107 }; /* sun_path has 108, one of them for a NUL */

struct socket_address {
	struct sockaddr_un sockaddr;
	socklen_t length; /* of sockaddr, for bind(2) and connect(2) */
	bool is_abstract;
	char text[SOCKET_ADDRESS_BYTES_MAX + 2]; /* as given, for messages */
};

/* STATUS_USAGE, reported, if the text is not an address; makes no system call. */
enum status socket_address_parse(struct socket_address *address, const char *text);

/* STATUS_USAGE, reported, if a mode is given for an abstract name. */
enum status socket_address_check_mode(const struct socket_address *address,
                                      const struct value_mode *mode);

/* Is the file at the pathname, symbolic links followed, a socket? */
bool socket_address_is_socket_file(const struct socket_address *address);

#endif
