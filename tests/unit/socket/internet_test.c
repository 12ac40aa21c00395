/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../check.h"
#include "socket/internet.h"

/* A socket that does not block, bound to a loopback address: its descriptor. */
static int bound(int type, struct sockaddr_storage *address, socklen_t *length)
{
	struct sockaddr_in loopback = {.sin_family = AF_INET,
	                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);
	CHECK(fd >= 0);
	CHECK_EQUAL(bind(fd, (struct sockaddr *)&loopback, sizeof loopback), 0);
	*length = sizeof *address;
	memset(address, 0, sizeof *address);
	CHECK_EQUAL(getsockname(fd, (struct sockaddr *)address, length), 0);
	return fd;
}

TEST(a_connection_to_itself_is_a_refusal)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
	for (size_t i = 0; i < COUNT(types); i++) {
		struct sockaddr_storage address;
		socklen_t length;
		struct deadline soon = deadline_in(10 * 1000000000LL);
		int fd = bound(types[i], &address, &length);
		check_about("type %d", types[i]);
		errno = 0;
		CHECK_EQUAL(socket_internet_connect_to(fd, &address, length, &soon), -1);
		CHECK_EQUAL(errno, ECONNREFUSED);
		close(fd);
		/* the port is not kept for the connection that was none */
		fd = socket(AF_INET, types[i], 0);
		CHECK_EQUAL(bind(fd, (struct sockaddr *)&address, length), 0);
		close(fd);
	}
}

TEST(a_connection_to_a_listener_is_none_to_itself)
{
	struct sockaddr_storage address;
	socklen_t length;
	struct deadline soon = deadline_in(10 * 1000000000LL);
	int listener = bound(SOCK_STREAM, &address, &length);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK_EQUAL(socket_internet_connect_to(fd, &address, length, &soon), -1);
	CHECK_EQUAL(errno, ECONNREFUSED);
	close(fd);
	CHECK_EQUAL(listen(listener, 1), 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK_EQUAL(socket_internet_connect_to(fd, &address, length, &soon), 0);
	close(fd);
	close(listener);
}
