/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/limit.h"

static bool sysctl_is_writable(const char *name)
{
	char path[64];
	int error = errno;
	int length = snprintf(path, sizeof path, "/proc/sys/%s", name);
	for (char *c = path; length < (int)sizeof path && *c != '\0'; c++)
		if (*c == '.')
			*c = '/';
	/* not of a read-only mount either, as /proc/sys is in most containers */
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	errno = error;
	return fd >= 0;
}

const char *limit_sysctl(struct limit_advice *advice, const char *name,
                         const char *format, ...)
{
	char value[64];
	va_list arguments;
	advice->text[0] = '\0';
	if (!sysctl_is_writable(name))
		return advice->text;
	va_start(arguments, format);
	vsnprintf(value, sizeof value, format, arguments);
	va_end(arguments);
	snprintf(advice->text, sizeof advice->text, "; 'sysctl %s=%s' raises it", name,
	         value);
	return advice->text;
}

int64_t limit_next(int64_t limit, int64_t highest)
{
	if (limit <= 0)
		return 1;
	return limit > highest / 2 ? highest : 2 * limit;
}

/* ----------------------------------------------------------- resource limits */

static const struct {
	int resource;
	char letter;
} limit_letters[] = {
    {RLIMIT_NOFILE, 'n'},     {RLIMIT_FSIZE, 'f'}, {RLIMIT_MSGQUEUE, 'q'},
    {RLIMIT_SIGPENDING, 'i'}, {RLIMIT_NPROC, 'u'},
};

static char limit_letter(int resource)
{
	for (size_t i = 0; i < sizeof limit_letters / sizeof *limit_letters; i++)
		if (limit_letters[i].resource == resource)
			return limit_letters[i].letter;
	return '\0';
}

/* The system call, because the type of a resource is an enum in glibc, an int in musl. */
static int change_limit(pid_t pid, int resource, const struct rlimit *new,
                        struct rlimit *old)
{
	return (int)syscall(SYS_prlimit64, pid, resource, new, old);
}

/*
 * Only the kernel knows: the capability does not count in a user namespace, and a few
 * limits have a maximum of their own (fs.nr_open). So it is tried, and changed back,
 * which needs no permission.
 */
static bool may_exceed_hard_limit(int resource, const struct rlimit *limit,
                                  uint64_t value)
{
	struct rlimit higher = {.rlim_cur = limit->rlim_cur, .rlim_max = value};
	return value > limit->rlim_max && change_limit(0, resource, &higher, NULL) == 0 &&
	       change_limit(0, resource, limit, NULL) == 0;
}

static uint64_t add_limits(uint64_t a, uint64_t b)
{
	return a > RLIM_INFINITY - b ? RLIM_INFINITY : a + b;
}

static void print_limit(char *text, size_t size, uint64_t value)
{
	if (value == RLIM_INFINITY)
		snprintf(text, size, "unlimited");
	else
		snprintf(text, size, "%llu", (unsigned long long)value);
}

const char *limit_ulimit(struct limit_advice *advice, int resource, uint64_t least)
{
	struct rlimit limit;
	char value[24];
	int error = errno;
	advice->text[0] = '\0';
	if (change_limit(0, resource, NULL, &limit) == 0) {
		uint64_t most = limit.rlim_max;
		/* other objects of the user may already count for all of the limit */
		uint64_t enough = add_limits(
		    limit.rlim_cur, least > limit.rlim_cur ? least : limit.rlim_cur);
		bool may = most > limit.rlim_cur && most >= least;
		if (!may) {
			most = enough;
			may = may_exceed_hard_limit(resource, &limit, most);
		}
		print_limit(value, sizeof value, most);
		if (may)
			snprintf(advice->text, sizeof advice->text,
			         "; 'ulimit -%c %s' raises it", limit_letter(resource),
			         value);
	}
	errno = error;
	return advice->text;
}

const char *limit_pending_signals(struct limit_advice *advice, pid_t pid)
{
	struct rlimit limit;
	char value[24];
	int error = errno;
	advice->text[0] = '\0';
	/* the permission to read it is the one to change it */
	if (change_limit(pid, RLIMIT_SIGPENDING, NULL, &limit) == 0 &&
	    limit.rlim_max > limit.rlim_cur) {
		print_limit(value, sizeof value, limit.rlim_max);
		snprintf(advice->text, sizeof advice->text,
		         "; 'prlimit --pid %lld --sigpending=%s' raises it",
		         (long long)pid, value);
	}
	errno = error;
	return advice->text;
}
