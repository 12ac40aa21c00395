/* SPDX-License-Identifier: MIT */
/*
 * Numeric addresses of hosts: IPv4 in all forms of inet_aton(3), IPv6 with a scope, as
 * getaddrinfo(3) reads them.
 */
#ifndef SOCKET_HOST_H
#define SOCKET_HOST_H

#include <sys/socket.h>

/* The length of the address, whose port is 0; 0 if the text is not an address. */
socklen_t socket_host_parse(struct sockaddr_storage *address, const char *text);

#endif
