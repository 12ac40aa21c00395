/* SPDX-License-Identifier: MIT */
/*
 * Passes a descriptor that nobody asked for, and whose last close(2) waits: a TCP
 * connection with unsent bytes and SO_LINGER. TYPE is stream, dgram or seqpacket, ADDRESS
 * a path or @NAME. The caller may configure the loopback interface.
 *
 *   linger TYPE ADDRESS TEXT    connect, pass it with TEXT, close it; print how
 *                               sendmsg(2) ended; send TEXT again without it; stay
 *
 * The receiver must be stopped until it has printed that: then the receiver's close is
 * the last one.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINGER_SECONDS = 3000 };

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

/* In a new network namespace it is down. */
static void set_loopback_up(int fd)
{
	struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
	strcpy(request.ifr_name, "lo");
	ioctl(fd, SIOCSIFFLAGS, &request);
}

/* The address of a listener that never accepts. */
static struct sockaddr_in listening(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0), small = 4096;
	set_loopback_up(fd);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	if (bind(fd, (struct sockaddr *)&at, length) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &length) < 0)
		die("TCP");
	return at;
}

static int lingering(const struct sockaddr_in *at)
{
	static char bytes[1 << 16];
	struct linger linger = {.l_onoff = 1, .l_linger = LINGER_SECONDS};
	int small = 4096;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	if (connect(fd, (const struct sockaddr *)at, sizeof *at) < 0)
		die("TCP");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	/* until the window of the other end is full too */
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	while (poll(&room, 1, 20) > 0)
		if (write(fd, bytes, sizeof bytes) < 0 && errno != EAGAIN)
			die("TCP");
	return fd;
}

static int connected(const char *type, const char *address)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t length = strlen(address);
	memcpy(to.sun_path, address, length);
	if (*address == '@')
		to.sun_path[0] = '\0';
	else
		length++;
	int fd = socket(AF_UNIX,
	                strcmp(type, "dgram") == 0       ? SOCK_DGRAM
	                : strcmp(type, "seqpacket") == 0 ? SOCK_SEQPACKET
	                                                 : SOCK_STREAM,
	                0);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&to,
	            (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		die(address);
	return fd;
}

static int pass(int fd, int file, char *text)
{
	char space[CMSG_SPACE(sizeof file)] = "";
	struct iovec part = {text, strlen(text)};
	struct msghdr message = {.msg_iov = &part,
	                         .msg_iovlen = 1,
	                         .msg_control = space,
	                         .msg_controllen = sizeof space};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof file);
	memcpy(CMSG_DATA(header), &file, sizeof file);
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	struct sockaddr_in at = listening();
	int file = lingering(&at), fd = connected(argv[1], argv[2]);
	int error = pass(fd, file, argv[3]);
	/* refused, it would be this process that waits */
	if (error == 0)
		close(file);
	puts(error == 0 ? "passed" : strerror(error));
	fflush(stdout);
	if (send(fd, argv[3], strlen(argv[3]), MSG_NOSIGNAL) < 0)
		die("send");
	for (;;)
		pause();
}
