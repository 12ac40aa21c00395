/* SPDX-License-Identifier: MIT */
/*
 * The file of a socket: created by bind(2), and removed when the socket is closed, which
 * the kernel leaves to the process. See unix(7).
 */
#ifndef SOCKET_FILE_H
#define SOCKET_FILE_H

#include <sys/stat.h>

#include "socket/socket.h"

/*
 * The mode of a placeholder, see src/socket/stale.c: bind(2) with the modes of users sets
 * no sticky bit.
 */
enum { SOCKET_FILE_PLACEHOLDER_MODE = S_ISVTX | 0666 };

/* Is this a placeholder? It is soon removed, or renamed away. */
bool socket_file_is_placeholder(const struct stat *st);

/*
 * bind(2): the file has exactly the permission bits of the mode, from the beginning. 0,
 * or -1 with errno.
 */
int socket_file_bind(int fd, const struct socket_address *address, mode_t mode);

/*
 * After bind(2): note which file is the endpoint's, for socket_file_remove(). Nothing for
 * an abstract name. STATUS_FAILED, reported, if that cannot be found out.
 */
enum status socket_file_record(struct socket_endpoint *endpoint);

/*
 * Remove the file, unless it is removed already or another one has taken its place. Call
 * it while the socket is open: until then no other file has the inode number.
 * STATUS_FAILED, reported, if it cannot be removed.
 */
enum status socket_file_remove(struct socket_endpoint *endpoint);

#endif
