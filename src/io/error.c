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

struct error_text_row {
	int error;
	const char *text;
};

static const struct error_text_row error_text_rows[] = {
    {E2BIG, "Argument list too long"},
    {EACCES, "Permission denied"},
    {EADDRINUSE, "Address already in use"},
    {EAGAIN, "Resource temporarily unavailable"},
    {EBADF, "Bad file descriptor"},
    {EBUSY, "Device or resource busy"},
    {ECHILD, "No child processes"},
    {ECONNREFUSED, "Connection refused"},
    {ECONNRESET, "Connection reset by peer"},
    {EDEADLK, "Resource deadlock avoided"},
    {EDOM, "Numerical argument out of domain"},
    {EDQUOT, "Disk quota exceeded"},
    {EEXIST, "File exists"},
    {EFAULT, "Bad address"},
    {EFBIG, "File too large"},
    {EIDRM, "Identifier removed"},
    {EINTR, "Interrupted system call"},
    {EINVAL, "Invalid argument"},
    {EIO, "Input/output error"},
    {EISDIR, "Is a directory"},
    {ELIBBAD, "Accessing a corrupted shared library"},
    {ELOOP, "Too many levels of symbolic links"},
    {EMFILE, "Too many open files"},
    {EMSGSIZE, "Message too long"},
    {ENAMETOOLONG, "File name too long"},
    {ENFILE, "Too many open files in system"},
    {ENODEV, "No such device"},
    {ENOENT, "No such file or directory"},
    {ENOEXEC, "Exec format error"},
    {ENOLCK, "No locks available"},
    {ENOMEM, "Cannot allocate memory"},
    {ENOMSG, "No message of desired type"},
    {ENOPKG, "/proc is not mounted"},
    {ENOSPC, "No space left on device"},
    {ENOSYS, "Function not implemented"},
    {ENOTDIR, "Not a directory"},
    {ENOTRECOVERABLE, "State not recoverable"},
    {ENOTSUP, "Operation not supported"},
    {ENOTTY, "Inappropriate ioctl for device"},
    {ENXIO, "No such device or address"},
    {EOVERFLOW, "Value too large for defined data type"},
    {EPERM, "Operation not permitted"},
    {EPIPE, "Broken pipe"},
    {EPROTOTYPE, "Protocol wrong type for socket"},
    {ERANGE, "Numerical result out of range"},
    {EROFS, "Read-only file system"},
    {ESPIPE, "Illegal seek"},
    {ESRCH, "No such process"},
    {ETIME, "no timer available"},
    {ETIMEDOUT, "Timed out"},
    {ETOOMANYREFS, "Too many references: cannot splice"},
    {ETXTBSY, "Text file busy"},
    {EUCLEAN, "Structure needs cleaning"},
};

const char *error_text(int error)
{
	for (size_t i = 0; i < sizeof error_text_rows / sizeof *error_text_rows; i++)
		if (error_text_rows[i].error == error)
			return error_text_rows[i].text;
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
