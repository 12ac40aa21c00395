/* SPDX-License-Identifier: MIT */
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
#include "io/error.h"
#include "io/output.h"
#include "io/shell_variable.h"

static const char standard_output[] = "standard output";

/* The name of the output in messages. */
static const char *output_name(void)
{
	const struct shell_variable *variable = shell_variable_current();
	return variable != NULL ? variable->name : standard_output;
}

static enum status report_variable_error(const struct shell_variable *variable)
{
	return error_as(STATUS_FAILED, "%s: %s", variable->name,
	                shell_variable_error_text(errno));
}

static enum status report_output_error(const char *what)
{
	if (errno == EPIPE)
		return STATUS_SIGPIPE;
	return status_signal_or_failed(error_errno("%s", what));
}

/*
 * Wait until the descriptor is writable: it may be non-blocking, and write(2) to a full
 * pipe would wait despite a signal that arrived just before it.
 */
static int wait_until_writable(int fd)
{
	struct deadline never = {.timeout = {.kind = TIMEOUT_NONE}};
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	return deadline_poll(&never, &poll_fd, 1) < 0 ? -1 : 0;
}

/*
 * A termination signal ends a write that is not complete, also one to a full pipe that it
 * has interrupted, whose only sign is that less was written.
 */
enum status output_write_to(int fd, const char *what, const void *bytes, size_t length)
{
	const char *rest = bytes;
	call_ignore_sigpipe();
	while (length > 0) {
		if (termsig_pending() != 0 && wait_until_writable(fd) < 0)
			return report_output_error(what);
		ssize_t written = write(fd, rest, length);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return report_output_error(what);
		if (written > 0) {
			rest += written;
			length -= (size_t)written;
		}
		if (length > 0 && termsig_pending() != 0) {
			errno = EINTR;
			return report_output_error(what);
		}
		if (written < 0 && wait_until_writable(fd) < 0)
			return report_output_error(what);
	}
	return STATUS_OK;
}

enum status output_write(const void *bytes, size_t length)
{
	struct shell_variable *variable = shell_variable_current();
	if (variable == NULL)
		return output_write_to(STDOUT_FILENO, standard_output, bytes, length);
	return shell_variable_write(variable, bytes, length) < 0
	           ? report_variable_error(variable)
	           : STATUS_OK;
}

enum status output_printf(const char *format, ...)
{
	/* not larger: each page of the stack that is used costs 1 % of the start time */
	char text[1024];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return report_output_error(standard_output);
	if ((size_t)length >= sizeof text)
		length = (int)sizeof text - 1;
	return output_write(text, (size_t)length);
}

enum status output_number(uint64_t number)
{
	char text[24];
	char *end = text + sizeof text;
	*--end = '\n';
	const char *begin = value_format_decimal(end, number);
	return output_write(begin, (size_t)(end + 1 - begin));
}

bool output_is_variable(void)
{
	return shell_variable_current() != NULL;
}

enum status output_begin(struct output *output)
{
	struct stat st;
	if (output_is_variable()) {
		*output = (struct output){.reader = -1};
		return STATUS_OK;
	}
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
		errno = EBADF;
		return report_output_error(standard_output);
	}
	if (fstat(STDOUT_FILENO, &st) < 0)
		return report_output_error(standard_output);
	bool has_reader = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
	/* other files raise neither SIGPIPE nor SIGXFSZ */
	if (has_reader || S_ISREG(st.st_mode))
		call_ignore_sigpipe();
	*output = (struct output){.may_block = !S_ISREG(st.st_mode),
	                          .reader = has_reader ? STDOUT_FILENO : -1,
	                          .nowait = !S_ISREG(st.st_mode)};
	struct pollfd reader = {.fd = output->reader};
	if (has_reader && poll(&reader, 1, 0) > 0 &&
	    (reader.revents & (POLLERR | POLLHUP)) != 0)
		return STATUS_SIGPIPE;
	return STATUS_OK;
}

/* False, and output->nowait is false, if the kernel does not support RWF_NOWAIT here. */
static bool write_nowait(struct output *output, const void *bytes, size_t length,
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
 * A signal that arrives just before a blocking write(2) to a full pipe would take effect
 * only when the pipe is read again. So write(2) must not block; deadline_poll() waits.
 */
static ssize_t write_interruptible(struct output *output, const void *bytes,
                                   size_t length)
{
	ssize_t written;
	if (write_nowait(output, bytes, length, &written))
		return written;
	if (output->may_block)
		termsig_catch();
	if (output->reader >= 0 || termsig_pending() != 0) {
		if (wait_until_writable(STDOUT_FILENO) < 0)
			return -1;
		/* pipe(7): after POLLOUT this much does not block */
		if (length > PIPE_BUF)
			length = PIPE_BUF;
	}
	return write(STDOUT_FILENO, bytes, length);
}

ssize_t output_write_nonblock(struct output *output, const void *bytes, size_t length)
{
	ssize_t written;
	if (write_nowait(output, bytes, length, &written))
		return written;
	/* as above */
	if (output->may_block && length > PIPE_BUF)
		length = PIPE_BUF;
	return write(STDOUT_FILENO, bytes, length);
}

enum status output_error(void)
{
	return report_output_error(standard_output);
}

struct output_failure output_failure(void)
{
	int signal = errno == EINTR ? termsig_pending() : 0;
	const char *name = output_name();
	if (output_is_variable())
		return (struct output_failure){STATUS_FAILED, name,
		                               shell_variable_error_text(errno)};
	if (signal != 0)
		return (struct output_failure){(enum status)(STATUS_SIGNAL + signal),
		                               name, "interrupted"};
	return (struct output_failure){errno == EPIPE ? STATUS_SIGPIPE : STATUS_FAILED,
	                               name, error_text(errno)};
}

bool output_is_writable(const struct output *output)
{
	struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
	return !output->may_block ||
	       (poll(&ready, 1, 0) == 1 && ready.revents == POLLOUT);
}

int output_try_write(struct output *output, const void *bytes, size_t length,
                     size_t *written)
{
	struct shell_variable *variable = shell_variable_current();
	*written = 0;
	if (variable != NULL) {
		if (shell_variable_write(variable, bytes, length) < 0)
			return -1;
		*written = length;
	}
	while (*written < length) {
		ssize_t more = write_interruptible(output, (const char *)bytes + *written,
		                                   length - *written);
		if (more >= 0)
			*written += (size_t)more;
		else if ((errno != EINTR && errno != EAGAIN) ||
		         wait_until_writable(STDOUT_FILENO) < 0)
			return -1;
	}
	return 0;
}
