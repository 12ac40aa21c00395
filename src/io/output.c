#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/call.h"
#include "base/deadline.h"
#include "base/termsig.h"
#include "base/value.h"
#include "io/output.h"
#include "io/report.h"

static const char standard_output[] = "standard output";

static enum status failed(const char *what)
{
	if (errno == EPIPE)
		return STATUS_READER_GONE;
	enum status status = fail("%s", what);
	return status > STATUS_SIGNAL ? status : STATUS_FAILED;
}

/*
 * Wait until a write may go on: for a descriptor that somebody made non-blocking, and so
 * that a signal that came before a write to a full pipe is not overlooked.
 */
static int wait_writable(int fd)
{
	struct deadline never = {.patience = {.kind = FOR_EVER}};
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	return deadline_poll(&never, &poll_fd, 1) < 0 ? -1 : 0;
}

/*
 * A signal that came meanwhile ends a write that is not finished: also one to a full pipe
 * that it cut short, which tells so only by writing less.
 */
enum status output_write_to(int fd, const char *what, const void *bytes, size_t length)
{
	const char *rest = bytes;
	front_guard();
	while (length > 0) {
		if (interrupt_pending() != 0 && wait_writable(fd) < 0)
			return failed(what);
		ssize_t written = write(fd, rest, length);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return failed(what);
		if (written > 0) {
			rest += written;
			length -= (size_t)written;
		}
		if (length > 0 && interrupt_pending() != 0) {
			errno = EINTR;
			return failed(what);
		}
		if (written < 0 && wait_writable(fd) < 0)
			return failed(what);
	}
	return STATUS_DONE;
}

enum status output_write(const void *bytes, size_t length)
{
	return output_write_to(STDOUT_FILENO, standard_output, bytes, length);
}

enum status output_print(const char *format, ...)
{
	/* no larger: each page of the stack that is touched costs a start 1 % */
	char text[1024];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return failed(standard_output);
	if ((size_t)length >= sizeof text)
		length = (int)sizeof text - 1;
	return output_write(text, (size_t)length);
}

enum status output_number(uint64_t number)
{
	char text[24];
	char *end = text + sizeof text;
	*--end = '\n';
	const char *begin = value_decimal(end, number);
	return output_write(begin, (size_t)(end + 1 - begin));
}

enum status output_begin(struct output *output)
{
	struct stat st;
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
		errno = EBADF;
		return failed(standard_output);
	}
	if (fstat(STDOUT_FILENO, &st) < 0)
		return failed(standard_output);
	bool has_reader = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
	/* the others send no signal */
	if (has_reader || S_ISREG(st.st_mode))
		front_guard();
	*output = (struct output){.may_wait = !S_ISREG(st.st_mode),
	                          .reader = has_reader ? STDOUT_FILENO : -1,
	                          .nowait = !S_ISREG(st.st_mode)};
	struct pollfd reader = {.fd = output->reader};
	if (has_reader && poll(&reader, 1, 0) > 0 &&
	    (reader.revents & (POLLERR | POLLHUP)) != 0)
		return STATUS_READER_GONE;
	return STATUS_DONE;
}

/* False, with output->nowait, where the kernel has no write that does not wait. */
static bool write_without_waiting(struct output *output, const void *bytes, size_t length,
                                  ssize_t *written)
{
	enum { NOWAIT = 8, /* RWF_NOWAIT of <linux/fs.h> */ CURRENT_POSITION = -1 };
	if (!output->nowait)
		return false;
	struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
	*written = syscall(SYS_pwritev2, STDOUT_FILENO, &part, 1L, (long)CURRENT_POSITION,
	                   0L, (long)NOWAIT);
	/* a FIFO, or a pipe of a kernel before 6.4 */
	if (*written < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		output->nowait = false;
	return output->nowait;
}

/*
 * A signal that comes just before a blocking write(2) to a full pipe would be seen only
 * when the pipe is read again. So the write must not block; the wait is
 * deadline_poll()'s.
 */
static ssize_t write_some(struct output *output, const void *bytes, size_t length)
{
	ssize_t written;
	if (write_without_waiting(output, bytes, length, &written))
		return written;
	if (output->may_wait)
		interrupt_arm();
	if (output->reader >= 0 || interrupt_pending() != 0) {
		if (wait_writable(STDOUT_FILENO) < 0)
			return -1;
		/* pipe(7): as much does not block after that */
		if (length > PIPE_BUF)
			length = PIPE_BUF;
	}
	return write(STDOUT_FILENO, bytes, length);
}

ssize_t output_now(struct output *output, const void *bytes, size_t length)
{
	ssize_t written;
	if (write_without_waiting(output, bytes, length, &written))
		return written;
	/* as above */
	if (output->may_wait && length > PIPE_BUF)
		length = PIPE_BUF;
	return write(STDOUT_FILENO, bytes, length);
}

enum status output_failed(void)
{
	return failed(standard_output);
}

bool output_is_ready(const struct output *output)
{
	struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
	return !output->may_wait || (poll(&ready, 1, 0) == 1 && ready.revents == POLLOUT);
}

int output_try(struct output *output, const void *bytes, size_t length, size_t *written)
{
	*written = 0;
	while (*written < length) {
		ssize_t more =
		    write_some(output, (const char *)bytes + *written, length - *written);
		if (more >= 0)
			*written += (size_t)more;
		else if ((errno != EINTR && errno != EAGAIN) ||
		         wait_writable(STDOUT_FILENO) < 0)
			return -1;
	}
	return 0;
}
