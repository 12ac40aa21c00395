/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "shm/splice.h"

enum {
	CHUNK_MAX = 1024 * 1024, /* between two, the clock and signals are checked */
	/* larger pipes were no faster, and do not fit in the processor's cache */
	PIPE_SIZE_WANTED = 256 * 1024,
	/* the kernel's default of fs.pipe-max-size: an unprivileged reader cannot make
	 * the pipe larger in the meantime */
	PIPE_SIZE_MAX = 1024 * 1024,
};

static mode_t file_type_of(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

/*
 * Enlarge the pipe and return its size: with the default of 64 KiB the two ends mostly
 * wait for each other. If that is refused (fs.pipe-user-pages-soft, see pipe(7)), the
 * size stays.
 */
static int grow_pipe(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);
	if (size >= PIPE_SIZE_WANTED)
		return size;
	int grown = fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE_WANTED);
	return grown < 0 ? size : grown;
}

struct splice splice_out_begin(const struct segment *segment, int64_t length)
{
	struct splice transfer = {.fd = segment->fd,
	                          .tail = PIPE_SIZE_MAX + SPLICE_BLOCK_MAX};
	/* to files it is not faster, and a socket does not report when it has sent a page
	 */
	if (segment->fd < 0 || length <= transfer.tail ||
	    file_type_of(STDOUT_FILENO) != S_IFIFO)
		return transfer;
	int size = grow_pipe(STDOUT_FILENO);
	if (size > PIPE_SIZE_MAX)
		transfer.tail = (int64_t)size + SPLICE_BLOCK_MAX;
	transfer.method = SPLICE_PIPE;
	return transfer;
}

struct splice splice_in_begin(const struct segment *segment)
{
	struct splice transfer = {.fd = segment->fd};
	mode_t kind = segment->fd >= 0 ? file_type_of(STDIN_FILENO) : 0;
	if (kind == S_IFIFO) {
		transfer.method = SPLICE_PIPE;
		grow_pipe(STDIN_FILENO);
	} else if (kind == S_IFREG) {
		transfer.method = SPLICE_FILE;
	}
	return transfer;
}

/* Not in the system call itself, which would miss a signal that came just before it. */
static bool splice_wait(int fd, short events)
{
	struct pollfd end = {.fd = fd, .events = events};
	return deadline_poll(&DEADLINE_NEVER, &end, 1) >= 0;
}

static size_t chunk_length(int64_t length)
{
	return length < CHUNK_MAX ? (size_t)length : CHUNK_MAX;
}

static int64_t splice_result(struct splice *transfer, ssize_t count)
{
	if (count > 0)
		return count;
	if (count == 0 || (errno != EAGAIN && errno != EINTR))
		transfer->method = SPLICE_NONE;
	return 0;
}

int64_t splice_out(struct splice *transfer, int64_t offset, int64_t length)
{
	if (transfer->method == SPLICE_NONE || length <= transfer->tail ||
	    !splice_wait(STDOUT_FILENO, POLLOUT))
		return 0;
	return splice_result(transfer, splice(transfer->fd, &offset, STDOUT_FILENO, NULL,
	                                      chunk_length(length - transfer->tail),
	                                      SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

int64_t splice_in(struct splice *transfer, int64_t offset, int64_t length)
{
	if (transfer->method == SPLICE_NONE || length == 0 ||
	    !splice_wait(STDIN_FILENO, POLLIN))
		return 0;
	if (transfer->method == SPLICE_PIPE)
		return splice_result(transfer, splice(STDIN_FILENO, NULL, transfer->fd,
		                                      &offset, chunk_length(length),
		                                      SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
	if (lseek(transfer->fd, offset, SEEK_SET) < 0)
		return 0;
	return splice_result(
	    transfer, sendfile(transfer->fd, STDIN_FILENO, NULL, chunk_length(length)));
}
