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

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_files(struct channel *channel)
{
	for (int way = 0; way < 2; way++) {
		if (channel->to[way] != channel->from[way])
			close_one(&channel->to[way]);
		close_one(&channel->from[way]);
	}
}

/* Keep only the ends of this side: then the other's end is the end of what is read. */
static int keep_own_ends(struct channel *channel)
{
	int out = channel->side == SIDE_A ? 0 : 1;
	close_one(&channel->from[out]);
	close_one(&channel->to[1 - out]);
	return 0;
}

static int open_pipes(struct channel *channel)
{
	for (int way = 0; way < 2; way++) {
		int ends[2];
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -1;
		channel->from[way] = ends[0];
		channel->to[way] = ends[1];
	}
	return 0;
}

/* Through a name in a folder that only we can enter, and that is gone when it is open. */
static int open_fifo(struct channel *channel, int way, const char *path)
{
	if (mkfifo(path, 0600) < 0)
		return -1;
	/* fifo(7): opened for both it waits for nobody */
	int both = open(path, O_RDWR | O_CLOEXEC);
	if (both >= 0) {
		channel->from[way] = open(path, O_RDONLY | O_CLOEXEC);
		channel->to[way] = open(path, O_WRONLY | O_CLOEXEC);
	}
	int error = errno;
	close_one(&both);
	unlink(path);
	errno = error;
	return channel->from[way] < 0 || channel->to[way] < 0 ? -1 : 0;
}

static int open_fifos(struct channel *channel)
{
	char folder[] = "/tmp/ipcbench.XXXXXX";
	char path[sizeof folder + sizeof "/fifo"];
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/fifo", folder);
	int result = open_fifo(channel, 0, path);
	if (result == 0)
		result = open_fifo(channel, 1, path);
	int error = errno;
	rmdir(folder);
	errno = error;
	return result;
}

/* One pair serves both ways. */
static int open_sockets(struct channel *channel, int type)
{
	int ends[2];
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	channel->to[0] = channel->from[1] = ends[0];
	channel->to[1] = channel->from[0] = ends[1];
	return 0;
}

static void close_sockets(struct channel *channel)
{
	close_one(&channel->to[0]);
	close_one(&channel->to[1]);
}

static int keep_own_socket(struct channel *channel)
{
	close_one(&channel->to[channel->side == SIDE_A ? 1 : 0]);
	return 0;
}

static int open_stream(struct channel *channel)
{
	return open_sockets(channel, SOCK_STREAM);
}

static int open_datagram(struct channel *channel)
{
	return open_sockets(channel, SOCK_DGRAM);
}

static int open_seqpacket(struct channel *channel)
{
	return open_sockets(channel, SOCK_SEQPACKET);
}

static int write_whole(const struct channel *channel, int way, const char *bytes)
{
	size_t done = 0;
	while (done < channel->size) {
		ssize_t part =
		    write(channel->to[way], bytes + done, channel->size - done);
		if (part < 0)
			return -1;
		done += (size_t)part;
	}
	return 0;
}

static int read_whole(const struct channel *channel, int way, char *bytes)
{
	size_t done = 0;
	while (done < channel->size) {
		ssize_t part =
		    read(channel->from[way], bytes + done, channel->size - done);
		if (part == 0)
			errno = EPIPE;
		if (part <= 0)
			return -1;
		done += (size_t)part;
	}
	return 0;
}

/* A datagram goes and comes in one piece, or not at all. */
static int64_t send_buffer(const char **limit)
{
	int ends[2], bytes = 0;
	socklen_t length = sizeof bytes;
	*limit = "SO_SNDBUF";
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return 0;
	getsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, &length);
	close(ends[0]);
	close(ends[1]);
	/* unix(7): 32 bytes of it are the kernel's */
	return bytes - 32;
}

const struct mechanism mechanism_pipe = {
    .name = "pipe",
    .summary = "two pipes",
    .open = open_pipes,
    .join = keep_own_ends,
    .send = write_whole,
    .receive = read_whole,
    .close = close_files,
};

const struct mechanism mechanism_fifo = {
    .name = "fifo",
    .summary = "two FIFOs",
    .open = open_fifos,
    .join = keep_own_ends,
    .send = write_whole,
    .receive = read_whole,
    .close = close_files,
};

const struct mechanism mechanism_stream = {
    .name = "stream",
    .summary = "a pair of stream sockets",
    .open = open_stream,
    .join = keep_own_socket,
    .send = write_whole,
    .receive = read_whole,
    .close = close_sockets,
};

const struct mechanism mechanism_datagram = {
    .name = "datagram",
    .summary = "a pair of datagram sockets",
    .largest = send_buffer,
    .open = open_datagram,
    .join = keep_own_socket,
    .send = write_whole,
    .receive = read_whole,
    .close = close_sockets,
};

const struct mechanism mechanism_seqpacket = {
    .name = "seqpacket",
    .summary = "a pair of sockets with records",
    .largest = send_buffer,
    .open = open_seqpacket,
    .join = keep_own_socket,
    .send = write_whole,
    .receive = read_whole,
    .close = close_sockets,
};
