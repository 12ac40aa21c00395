/* SPDX-License-Identifier: MIT */
/*
 * A process that means harm, at the other end of a stream socket. ADDRESS is a path or
 * @NAME.
 *
 *   hostile flood ADDRESS N   connect N times, send nothing, print "ready", stay
 *   hostile half ADDRESS      connect, close the sending side, print "ready", stay
 *   hostile pass ADDRESS N    connect, send an "x\n" with N descriptors; print how
 *                             many were passed, or the error
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 253 }; /* SCM_MAX_FD */

static int connected(const char *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(text);
	if (length >= sizeof address.sun_path)
		exit(2);
	memcpy(address.sun_path, text, length);
	if (text[0] == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address,
	            (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0) {
		perror("hostile");
		exit(1);
	}
	return fd;
}

static _Noreturn void stay(void)
{
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static int pass(int to, int count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MOST * sizeof(int))];
	} control;
	int fds[MOST] = {0};
	struct iovec text = {(void *)"x\n", 2};
	struct msghdr message = {.msg_iov = &text,
	                         .msg_iovlen = 1,
	                         .msg_control = &control,
	                         .msg_controllen =
	                             CMSG_SPACE((size_t)count * sizeof(int))};
	for (int i = 0; i < count; i++)
		fds[i] = open("/dev/null", O_RDONLY);
	memset(&control, 0, sizeof control);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, (size_t)count * sizeof(int));
	if (sendmsg(to, &message, MSG_NOSIGNAL) < 0) {
		printf("%s\n", strerror(errno));
		return 0;
	}
	printf("%d\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	long count = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
	if (strcmp(argv[1], "pass") == 0 && count > 0 && count <= MOST)
		return pass(connected(argv[2]), (int)count);
	if (strcmp(argv[1], "half") == 0) {
		shutdown(connected(argv[2]), SHUT_WR);
		stay();
	}
	if (strcmp(argv[1], "flood") != 0)
		return 2;
	for (long i = 0; i < count; i++)
		connected(argv[2]);
	stay();
}
