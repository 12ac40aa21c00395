/* SPDX-License-Identifier: MIT */
/*
 * The other end of a local socket, by the system's C library. TYPE is stream, dgram or
 * seqpacket, ADDRESS a path or @NAME.
 *
 *   socket serve TYPE ADDRESS TEXT    accept one, write TEXT, print what comes until its
 *                                     end: "<text>" for each message, of a stream "text";
 *                                     a datagram is answered with TEXT
 *   socket call TYPE ADDRESS TEXT...  connect, write each TEXT, end writing, print too
 *   socket hasty TYPE ADDRESS TEXT    accept one, read, close at once at an end of file,
 *                                     else write TEXT after 100 ms and close
 *   socket refuse TYPE ADDRESS        listen, close as soon as there is a connection
 *   socket bind TYPE ADDRESS          bind, not listen; stay
 *   socket deaf TYPE ADDRESS          bind and listen with a backlog of 0; stay
 *   socket silent TYPE ADDRESS        connect; stay
 *   socket give TYPE ADDRESS FILE     connect, pass FILE open for reading with an "x"
 *   socket pair TYPE ADDRESS FILE     the same with two descriptors
 *   socket take TYPE ADDRESS          accept one, print what can be read from the
 *                                     descriptor that comes; of a seqpacket socket also
 *                                     what follows
 *   socket here TYPE -                the same with the socket on standard input, to
 *                                     standard error
 *   socket add ADDRESS N              connect, write the number N as 8 bytes to the
 *                                     descriptor that comes with a byte
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static int type_of(const char *text)
{
	return strcmp(text, "dgram") == 0       ? SOCK_DGRAM
	       : strcmp(text, "seqpacket") == 0 ? SOCK_SEQPACKET
	                                        : SOCK_STREAM;
}

static socklen_t address_of(struct sockaddr_un *to, const char *text)
{
	size_t length = strlen(text);
	memset(to, 0, sizeof *to);
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path, text, length);
	if (*text == '@')
		to->sun_path[0] = '\0';
	else
		length++;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static int bound(const char *type, const char *address, int backlog)
{
	struct sockaddr_un to;
	socklen_t length = address_of(&to, address);
	int fd = socket(AF_UNIX, type_of(type), 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, length) < 0)
		die(address);
	if (backlog >= 0 && type_of(type) != SOCK_DGRAM && listen(fd, backlog) < 0)
		die("listen");
	return fd;
}

static int accepted(const char *type, const char *address)
{
	int fd = bound(type, address, 5);
	if (type_of(type) == SOCK_DGRAM)
		return fd;
	fd = accept(fd, NULL, NULL);
	unlink(address);
	return fd;
}

static int connected(const char *type, const char *address)
{
	struct sockaddr_un to;
	socklen_t length = address_of(&to, address);
	int fd = socket(AF_UNIX, type_of(type), 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, length) < 0)
		die(address);
	return fd;
}

/* A datagram has no end: one is all. */
static void print_all(int fd, const char *type)
{
	static char bytes[1 << 18];
	struct iovec part = {bytes, sizeof bytes};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t length;
	while ((length = recvmsg(fd, &message, 0)) > 0) {
		bool whole = type_of(type) != SOCK_STREAM;
		printf("%s", whole ? "<" : "");
		fwrite(bytes, 1, (size_t)length, stdout);
		/* no room for it was given */
		printf("%s", message.msg_flags & MSG_CTRUNC ? " and a descriptor" : "");
		printf("%s", whole ? ">\n" : "");
		fflush(stdout);
		if (type_of(type) == SOCK_DGRAM)
			return;
	}
}

static void pass(int fd, int file, size_t times)
{
	int files[] = {file, file};
	size_t size = times * sizeof file;
	char byte = 'x', space[CMSG_SPACE(sizeof files)] = "";
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
	                         .msg_iovlen = 1,
	                         .msg_control = space,
	                         .msg_controllen = CMSG_SPACE(size)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header == NULL)
		die("CMSG_FIRSTHDR");
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), files, size);
	if (sendmsg(fd, &message, 0) != 1)
		die("sendmsg");
}

static int taken(int fd)
{
	char byte, space[CMSG_SPACE(sizeof(int))];
	int file;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
	                         .msg_iovlen = 1,
	                         .msg_control = space,
	                         .msg_controllen = sizeof space};
	if (recvmsg(fd, &message, 0) != 1)
		exit(3);
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_type != SCM_RIGHTS)
		exit(4);
	memcpy(&file, CMSG_DATA(header), sizeof file);
	return file;
}

/* It can only where the other end has a name of its own. */
static int answer_datagram(int fd, const char *text)
{
	struct sockaddr_un from;
	socklen_t length = sizeof from;
	char bytes[4096];
	ssize_t received =
	    recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
	if (received < 0)
		die("recvfrom");
	printf("<%.*s>\n", (int)received, bytes);
	if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&from, length) < 0)
		die("sendto");
	return 0;
}

/* As servers do that take an end of file for the end of the connection. */
static int answer_hastily(int fd, const char *text)
{
	char bytes[4096];
	struct pollfd more = {.fd = fd, .events = POLLIN};
	if (read(fd, bytes, sizeof bytes) <= 0)
		return 0;
	if (poll(&more, 1, 100) > 0 && read(fd, bytes, sizeof bytes) <= 0)
		return 0;
	return send(fd, text, strlen(text), 0) < 0;
}

static int refuse(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	poll(&ready, 1, -1);
	return 0;
}

static _Noreturn void stay(void)
{
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static int serve_or_call(int argc, char **argv)
{
	const char *type = argv[2], *address = argv[3];
	int fd = *argv[1] == 's' ? accepted(type, address) : connected(type, address);
	if (*argv[1] == 's' && type_of(type) == SOCK_DGRAM && argc > 4 &&
	    *argv[4] != '\0')
		return answer_datagram(fd, argv[4]);
	for (int i = 4; i < argc; i++)
		if (*argv[i] != '\0' && send(fd, argv[i], strlen(argv[i]), 0) < 0)
			die("send");
	if (*argv[1] == 'c') {
		shutdown(fd, SHUT_WR);
		if (type_of(type) == SOCK_DGRAM)
			return 0;
	}
	print_all(fd, type);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	const char *what = argv[1];
	if (strcmp(what, "add") == 0) {
		uint64_t n = strtoull(argv[3], NULL, 10);
		return write(taken(connected("stream", argv[2])), &n, sizeof n) !=
		       sizeof n;
	}
	if (strcmp(what, "serve") == 0 || strcmp(what, "call") == 0)
		return serve_or_call(argc, argv);
	if (strcmp(what, "hasty") == 0 && argc == 5)
		return answer_hastily(accepted(argv[2], argv[3]), argv[4]);
	if (strcmp(what, "refuse") == 0)
		return refuse(bound(argv[2], argv[3], 5));
	if (strcmp(what, "bind") == 0 && bound(argv[2], argv[3], -1) >= 0)
		stay();
	if (strcmp(what, "deaf") == 0 && bound(argv[2], argv[3], 0) >= 0)
		stay();
	if (strcmp(what, "silent") == 0 && connected(argv[2], argv[3]) >= 0)
		stay();
	bool pair = strcmp(what, "pair") == 0;
	if ((pair || strcmp(what, "give") == 0) && argc == 5) {
		pass(connected(argv[2], argv[3]), open(argv[4], O_RDONLY), 1 + pair);
		return 0;
	}
	if (strcmp(what, "take") == 0 || strcmp(what, "here") == 0) {
		char bytes[4096];
		bool here = *what == 'h';
		int fd = here ? STDIN_FILENO : accepted(argv[2], argv[3]);
		ssize_t length = read(taken(fd), bytes, sizeof bytes);
		if (length < 0 || write(1 + here, bytes, (size_t)length) != length)
			return 1;
		if (type_of(argv[2]) == SOCK_SEQPACKET)
			print_all(fd, argv[2]);
		return 0;
	}
	return 2;
}
