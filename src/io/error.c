/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/call.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/limit.h"
#include "io/report.h"

/* A byte for each number, and the texts one after the other. */
#define ERROR_TEXTS(X)                                                                   \
	X(E2BIG, "Argument list too long")                                               \
	X(EACCES, "Permission denied")                                                   \
	X(EADDRINUSE, "Address already in use")                                          \
	X(EAGAIN, "Resource temporarily unavailable")                                    \
	X(EBADF, "Bad file descriptor")                                                  \
	X(EBUSY, "Device or resource busy")                                              \
	X(ECHILD, "No child processes")                                                  \
	X(ECONNREFUSED, "Connection refused")                                            \
	X(ECONNRESET, "Connection reset by peer")                                        \
	X(EDEADLK, "Resource deadlock avoided")                                          \
	X(EDOM, "Numerical argument out of domain")                                      \
	X(EDQUOT, "Disk quota exceeded")                                                 \
	X(EEXIST, "File exists")                                                         \
	X(EFAULT, "Bad address")                                                         \
	X(EFBIG, "File too large")                                                       \
	X(EIDRM, "Identifier removed")                                                   \
	X(EINTR, "Interrupted system call")                                              \
	X(EINVAL, "Invalid argument")                                                    \
	X(EIO, "Input/output error")                                                     \
	X(EISDIR, "Is a directory")                                                      \
	X(ELIBBAD, "Accessing a corrupted shared library")                               \
	X(ELOOP, "Too many levels of symbolic links")                                    \
	X(EMFILE, "Too many open files")                                                 \
	X(EMSGSIZE, "Message too long")                                                  \
	X(ENAMETOOLONG, "File name too long")                                            \
	X(ENFILE, "Too many open files in system")                                       \
	X(ENODEV, "No such device")                                                      \
	X(ENOENT, "No such file or directory")                                           \
	X(ENOEXEC, "Exec format error")                                                  \
	X(ENOLCK, "No locks available")                                                  \
	X(ENOMEM, "Cannot allocate memory")                                              \
	X(ENOMSG, "No message of desired type")                                          \
	X(ENOPKG, "/proc is not mounted")                                                \
	X(ENOSPC, "No space left on device")                                             \
	X(ENOSYS, "Function not implemented")                                            \
	X(ENOTDIR, "Not a directory")                                                    \
	X(ENOTRECOVERABLE, "State not recoverable")                                      \
	X(ENOTSUP, "Operation not supported")                                            \
	X(ENOTTY, "Inappropriate ioctl for device")                                      \
	X(ENXIO, "No such device or address")                                            \
	X(EOVERFLOW, "Value too large for defined data type")                            \
	X(EPERM, "Operation not permitted")                                              \
	X(EPIPE, "Broken pipe")                                                          \
	X(EPROTOTYPE, "Protocol wrong type for socket")                                  \
	X(ERANGE, "Numerical result out of range")                                       \
	X(EROFS, "Read-only file system")                                                \
	X(ESPIPE, "Illegal seek")                                                        \
	X(ESRCH, "No such process")                                                      \
	X(ETIME, "no timer available")                                                   \
	X(ETIMEDOUT, "Timed out")                                                        \
	X(ETOOMANYREFS, "Too many references: cannot splice")                            \
	X(ETXTBSY, "Text file busy")                                                     \
	X(EUCLEAN, "Structure needs cleaning")

#define ERROR_TEXT_NUMBER(number_, text_) number_,
#define ERROR_TEXT_TEXT(number_, text_)   text_ "\0"
static const unsigned char error_numbers[] = {ERROR_TEXTS(ERROR_TEXT_NUMBER)};
static const char error_texts[] = ERROR_TEXTS(ERROR_TEXT_TEXT);

const char *error_text(int error)
{
	const char *text = error_texts;
	for (size_t i = 0; i < sizeof error_numbers; i++, text += strlen(text) + 1)
		if (error_numbers[i] == error)
			return text;
	return strerror(error);
}

const char *error_after(struct error_prefix *prefix, uint64_t count, const char *done)
{
	prefix->text[0] = '\0';
	if (count > 0)
		snprintf(prefix->text, sizeof prefix->text,
		         "%llu message%s %s, then: ", (unsigned long long)count,
		         count > 1 ? "s" : "", done);
	return prefix->text;
}

enum status error_status(int error)
{
	switch (error) {
	case ENOENT:
	case ESRCH: return STATUS_NOT_FOUND;
	case EEXIST: return STATUS_EXISTS;
	case EAGAIN: return STATUS_WOULD_BLOCK;
	case ETIMEDOUT: return STATUS_TIMED_OUT;
	default: return STATUS_FAILED;
	}
}

struct rlimit_row {
	int error, resource;
	const char *name, *unit;
	uint64_t least; /* of io/limit.h */
};

static const struct rlimit_row rlimit_rows[] = {
    {EMFILE, RLIMIT_NOFILE, "NOFILE", "", 1},
    {EFBIG, RLIMIT_FSIZE, "FSIZE", " bytes", RLIM_INFINITY},
    /* timer_create(2): a timer counts as a pending signal of the user */
    {ETIME, RLIMIT_SIGPENDING, "SIGPENDING", "", 1},
    {EAGAIN, RLIMIT_NPROC, "NPROC", "", 1},
};

/*
 * " (RLIMIT_NOFILE is 3)": the resource limit that is the reason for the error, if any,
 * and how it is raised.
 */
static void append_rlimit(struct report_line *line, int error)
{
	struct rlimit limit;
	struct limit_advice advice;
	char text[64];
	for (size_t i = 0; i < sizeof rlimit_rows / sizeof *rlimit_rows; i++) {
		const struct rlimit_row *row = &rlimit_rows[i];
		/* the system call, because the type of a resource is an enum in glibc and
		 * an int in musl */
		if (row->error != error ||
		    syscall(SYS_prlimit64, 0, row->resource, NULL, &limit) < 0 ||
		    limit.rlim_cur == RLIM_INFINITY)
			continue;
		snprintf(text, sizeof text, " (RLIMIT_%s is %llu%s)", row->name,
		         (unsigned long long)limit.rlim_cur, row->unit);
		report_append(line, text);
		report_append(line, limit_ulimit(&advice, row->resource, row->least));
	}
}

__attribute__((format(printf, 3, 0))) static void
write_errno_message(int error, bool with_limit, const char *format, va_list arguments)
{
	struct report_line line;
	report_begin_line(&line);
	size_t begin = line.length;
	report_append_format(&line, format, arguments);
	/* an object whose name is empty must be seen too */
	if (line.length == begin)
		report_append(&line, "''");
	report_append(&line, ": ");
	report_append(&line, error_text(error));
	if (with_limit)
		append_rlimit(&line, error);
	errno = error;
	report_write_line(&line);
}

enum status error_errno(const char *format, ...)
{
	int error = errno;
	int signal = termsig_pending();
	if (error == EINTR && signal != 0)
		return (enum status)(STATUS_SIGNAL + signal);
	va_list arguments;
	va_start(arguments, format);
	write_errno_message(error, error != EAGAIN, format, arguments);
	va_end(arguments);
	return error == EAGAIN ? STATUS_FAILED : error_status(error);
}

enum status error_errno_as(enum status status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	write_errno_message(errno, true, format, arguments);
	va_end(arguments);
	return status;
}

enum status error_as(enum status status, const char *format, ...)
{
	struct report_line line;
	int error = errno;
	report_begin_line(&line);
	va_list arguments;
	va_start(arguments, format);
	report_append_format(&line, format, arguments);
	va_end(arguments);
	errno = error;
	report_write_line(&line);
	return status;
}

enum status error_no_such(const char *name, const char *object, const char *maker)
{
	return error_as(STATUS_NOT_FOUND, "%s: no such %s (%s makes one)",
	                *name != '\0' ? name : "''", object, maker);
}

enum status error_truncated(const char *name)
{
	return error_as(STATUS_FAILED, "%s: the object has become shorter", name);
}

enum status error_usage(const char *format, ...)
{
	struct report_line line;
	report_begin_line(&line);
	va_list arguments;
	va_start(arguments, format);
	report_append_format(&line, format, arguments);
	va_end(arguments);
	report_append(&line, "\nTry '");
	report_append_escaped(&line, call_current->name);
	report_append(&line, " --help' for more information.");
	report_write_line(&line);
	return STATUS_USAGE;
}

enum status error_unless_valid(const char *text, const char *reason)
{
	return reason != NULL ? error_usage("'%s' is %s", text, reason) : STATUS_OK;
}
