#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "shm/splice.h"

enum {
	AT_ONCE = 1024 * 1024, /* the clock and signals are looked at in between */
	/* larger ones than that were no faster, and fall out of the processor's cache */
	GOOD_PIPE = 256 * 1024,
	/* fs.pipe-max-size as the kernel has it: no user's pipe grows larger meanwhile */
	USUAL_PIPE_MAX = 1024 * 1024,
};

static mode_t kind_of(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

/*
 * In a pipe of the usual 64 KiB the two ends mostly wait for each other. Its size then;
 * refused (fs.pipe-user-pages-soft, see pipe(7)) it goes on with the one there is.
 */
static int grow_pipe(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);
	if (size >= GOOD_PIPE)
		return size;
	int grown = fcntl(fd, F_SETPIPE_SZ, GOOD_PIPE);
	return grown < 0 ? size : grown;
}

struct transfer transfer_out_of(const struct segment *segment, int64_t length)
{
	struct transfer transfer = {.fd = segment->fd,
	                            .last = USUAL_PIPE_MAX + TRANSFER_BLOCK_MAX};
	/* to files it is no faster, and from a socket nobody knows when a page is gone */
	if (segment->fd < 0 || length <= transfer.last ||
	    kind_of(STDOUT_FILENO) != S_IFIFO)
		return transfer;
	int size = grow_pipe(STDOUT_FILENO);
	if (size > USUAL_PIPE_MAX)
		transfer.last = (int64_t)size + TRANSFER_BLOCK_MAX;
	transfer.by = BY_PIPE;
	return transfer;
}

struct transfer transfer_in_to(const struct segment *segment)
{
	struct transfer transfer = {.fd = segment->fd};
	mode_t kind = segment->fd >= 0 ? kind_of(STDIN_FILENO) : 0;
	if (kind == S_IFIFO) {
		transfer.by = BY_PIPE;
		grow_pipe(STDIN_FILENO);
	} else if (kind == S_IFREG) {
		transfer.by = BY_FILE;
	}
	return transfer;
}

/* The system call itself does not wait: it would overlook a signal that came before. */
static bool wait_until_ready(int fd, short events)
{
	static const struct deadline never = {.patience = {.kind = FOR_EVER}};
	struct pollfd end = {.fd = fd, .events = events};
	return deadline_poll(&never, &end, 1) >= 0;
}

static size_t at_most(int64_t length)
{
	return length < AT_ONCE ? (size_t)length : AT_ONCE;
}

static int64_t moved(struct transfer *transfer, ssize_t count)
{
	if (count > 0)
		return count;
	if (count == 0 || (errno != EAGAIN && errno != EINTR))
		transfer->by = BY_NO_MEANS;
	return 0;
}

int64_t transfer_out(struct transfer *transfer, int64_t offset, int64_t length)
{
	if (transfer->by == BY_NO_MEANS || length <= transfer->last ||
	    !wait_until_ready(STDOUT_FILENO, POLLOUT))
		return 0;
	return moved(transfer, splice(transfer->fd, &offset, STDOUT_FILENO, NULL,
	                              at_most(length - transfer->last),
	                              SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

int64_t transfer_in(struct transfer *transfer, int64_t offset, int64_t length)
{
	if (transfer->by == BY_NO_MEANS || length == 0 ||
	    !wait_until_ready(STDIN_FILENO, POLLIN))
		return 0;
	if (transfer->by == BY_PIPE)
		return moved(transfer,
		             splice(STDIN_FILENO, NULL, transfer->fd, &offset,
		                    at_most(length), SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
	if (lseek(transfer->fd, offset, SEEK_SET) < 0)
		return 0;
	return moved(transfer,
	             sendfile(transfer->fd, STDIN_FILENO, NULL, at_most(length)));
}
