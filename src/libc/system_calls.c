/* SPDX-License-Identifier: MIT */
/*
 * System calls for the static program, where a long has 64 bits. musl calls older ones if
 * a flag is not known, for systems before Linux 2.6.27; its fcntl(2) corrects F_GETOWN,
 * which is not used here; and statvfs(3) comes with its statfs(2).
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#if LONG_MAX > INT_MAX

int socket(int domain, int type, int protocol)
{
	return (int)syscall(SYS_socket, domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
	return (int)syscall(SYS_socketpair, domain, type, protocol, fds);
}

int accept4(int fd, struct sockaddr *restrict peer, socklen_t *restrict length, int flags)
{
	return (int)syscall(SYS_accept4, fd, peer, length, flags);
}

int pipe2(int fds[2], int flags)
{
	return (int)syscall(SYS_pipe2, fds, flags);
}

int dup3(int from, int to, int flags)
{
	return (int)syscall(SYS_dup3, from, to, flags);
}

int epoll_create1(int flags)
{
	return (int)syscall(SYS_epoll_create1, flags);
}

int epoll_ctl(int fd, int operation, int watched, struct epoll_event *event)
{
	return (int)syscall(SYS_epoll_ctl, fd, operation, watched, event);
}

int epoll_wait(int fd, struct epoll_event *events, int room, int timeout)
{
	return (int)syscall(SYS_epoll_pwait, fd, events, room, timeout, NULL, _NSIG / 8);
}

int fstatfs(int fd, struct statfs *to)
{
	return (int)syscall(SYS_fstatfs, fd, to);
}

int statfs(const char *path, struct statfs *to)
{
	return (int)syscall(SYS_statfs, path, to);
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	va_start(arguments, command);
	long argument = va_arg(arguments, long);
	va_end(arguments);
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

#endif
