/* SPDX-License-Identifier: MIT */
/*
 * Mechanisms that are read and written: pipes, FIFOs, local sockets.
 * See pipe(7), fifo(7), unix(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/transport.h"

static void close_and_clear(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int close_fds(struct transport *transport)
{
	for (int direction = 0; direction < 2; direction++) {
		if (transport->to[direction] != transport->from[direction])
			close_and_clear(&transport->to[direction]);
		close_and_clear(&transport->from[direction]);
	}
	return 0;
}

/* Keep only the descriptors of this end: then a read sees that the other end exited. */
static int keep_own_fds(struct transport *transport)
{
	int out = transport->end == TRANSPORT_END_A ? 0 : 1;
	close_and_clear(&transport->from[out]);
	close_and_clear(&transport->to[1 - out]);
	return 0;
}

static int open_pipes(struct transport *transport)
{
	for (int direction = 0; direction < 2; direction++) {
		int ends[2];
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -1;
		transport->from[direction] = ends[0];
		transport->to[direction] = ends[1];
	}
	return 0;
}

/* By a name in a directory of mode 0700, which is removed once it is open. */
static int open_fifo(struct transport *transport, int direction, const char *path)
{
	if (mkfifo(path, 0600) < 0)
		return -1;
	/* fifo(7): O_RDWR does not wait for the other end */
	int both = open(path, O_RDWR | O_CLOEXEC);
	if (both >= 0) {
		transport->from[direction] = open(path, O_RDONLY | O_CLOEXEC);
		transport->to[direction] = open(path, O_WRONLY | O_CLOEXEC);
	}
	int error = errno;
	close_and_clear(&both);
	unlink(path);
	errno = error;
	return transport->from[direction] < 0 || transport->to[direction] < 0 ? -1 : 0;
}

static int open_fifos(struct transport *transport)
{
	char directory[] = "/tmp/ipcbench.XXXXXX";
	char path[sizeof directory + sizeof "/fifo"];
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/fifo", directory);
	int result = open_fifo(transport, 0, path);
	if (result == 0)
		result = open_fifo(transport, 1, path);
	int error = errno;
	rmdir(directory);
	errno = error;
	return result;
}

/* One pair is for both directions. */
static int open_sockets(struct transport *transport, int type)
{
	int ends[2];
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	transport->to[0] = transport->from[1] = ends[0];
	transport->to[1] = transport->from[0] = ends[1];
	return 0;
}

static int close_sockets(struct transport *transport)
{
	close_and_clear(&transport->to[0]);
	close_and_clear(&transport->to[1]);
	return 0;
}

static int keep_own_socket(struct transport *transport)
{
	close_and_clear(&transport->to[transport->end == TRANSPORT_END_A ? 1 : 0]);
	return 0;
}

static int open_stream_sockets(struct transport *transport)
{
	return open_sockets(transport, SOCK_STREAM);
}

static int open_datagram_sockets(struct transport *transport)
{
	return open_sockets(transport, SOCK_DGRAM);
}

static int open_seqpacket_sockets(struct transport *transport)
{
	return open_sockets(transport, SOCK_SEQPACKET);
}

static int write_fd_message(const struct transport *transport, int direction,
                            const char *bytes)
{
	size_t done = 0;
	while (done < transport->size) {
		ssize_t part =
		    write(transport->to[direction], bytes + done, transport->size - done);
		if (part < 0)
			return -1;
		done += (size_t)part;
	}
	return 0;
}

static int read_fd_message(const struct transport *transport, int direction, char *bytes)
{
	size_t done = 0;
	while (done < transport->size) {
		ssize_t part = read(transport->from[direction], bytes + done,
		                    transport->size - done);
		if (part == 0)
			errno = EPIPE;
		if (part <= 0)
			return -1;
		done += (size_t)part;
	}
	return 0;
}

/* A datagram is sent and received whole. */
static int64_t datagram_max(const char **limit)
{
	int ends[2], bytes = 0;
	socklen_t length = sizeof bytes;
	*limit = "SO_SNDBUF";
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return 0;
	getsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, &length);
	close(ends[0]);
	close(ends[1]);
	/* unix(7): the kernel uses 32 bytes of it */
	return bytes - 32;
}

const struct transport_mechanism transport_pipe = {
    .name = "pipe",
    .summary = "two pipes",
    .open = open_pipes,
    .join = keep_own_fds,
    .send = write_fd_message,
    .receive = read_fd_message,
    .close = close_fds,
};

const struct transport_mechanism transport_fifo = {
    .name = "fifo",
    .summary = "two FIFOs",
    .open = open_fifos,
    .join = keep_own_fds,
    .send = write_fd_message,
    .receive = read_fd_message,
    .close = close_fds,
};

const struct transport_mechanism transport_stream = {
    .name = "stream",
    .summary = "a pair of stream sockets",
    .open = open_stream_sockets,
    .join = keep_own_socket,
    .send = write_fd_message,
    .receive = read_fd_message,
    .close = close_sockets,
};

const struct transport_mechanism transport_datagram = {
    .name = "datagram",
    .summary = "a pair of datagram sockets",
    .largest = datagram_max,
    .open = open_datagram_sockets,
    .join = keep_own_socket,
    .send = write_fd_message,
    .receive = read_fd_message,
    .close = close_sockets,
};

const struct transport_mechanism transport_seqpacket = {
    .name = "seqpacket",
    .summary = "a pair of sockets with records",
    .largest = datagram_max,
    .open = open_seqpacket_sockets,
    .join = keep_own_socket,
    .send = write_fd_message,
    .receive = read_fd_message,
    .close = close_sockets,
};
