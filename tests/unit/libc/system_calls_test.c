/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "../check.h"

static bool is_closed_at_exec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

TEST(descriptors_have_the_flags_that_were_asked_for)
{
	int fds[2], copy;
	CHECK_EQUAL(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	CHECK(is_closed_at_exec(fds[0]));
	CHECK((fcntl(fds[1], F_GETFL) & O_NONBLOCK) != 0);
	CHECK_EQUAL(fcntl(fds[1], F_SETFL, 0), 0);
	CHECK_EQUAL(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	copy = fcntl(fds[0], F_DUPFD_CLOEXEC, 100);
	CHECK(copy >= 100);
	CHECK(is_closed_at_exec(copy));
	CHECK_EQUAL(dup3(fds[1], copy, 0), copy);
	CHECK(!is_closed_at_exec(copy));
	CHECK_EQUAL(dup3(copy, copy, 0), -1);
	CHECK_EQUAL(errno, EINVAL);
	close(copy);
	CHECK_EQUAL(fcntl(copy, F_GETFD), -1);
	CHECK_EQUAL(errno, EBADF);
	close(fds[0]);
	close(fds[1]);
}

TEST(fcntl_locks_and_tells_who_would_be_in_the_way)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	char path[] = "/tmp/system_calls_test.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	CHECK(fd >= 0);
	unlink(path);
	CHECK_EQUAL(fcntl(fd, F_OFD_SETLK, &lock), 0);
	CHECK_EQUAL(fcntl(fd, F_GETLK, &lock), 0);
	CHECK_EQUAL(lock.l_type, F_WRLCK);
	CHECK_EQUAL(lock.l_pid, -1);
	close(fd);
}

TEST(sockets_are_connected_and_epoll_sees_what_arrives)
{
	int pair[2], epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x123456789abcdef0};
	CHECK_EQUAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	CHECK(is_closed_at_exec(pair[0]));
	CHECK(is_closed_at_exec(epoll));
	CHECK_EQUAL(epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event), 0);
	event = (struct epoll_event){0};
	CHECK_EQUAL(epoll_wait(epoll, &event, 1, 0), 0);
	CHECK_EQUAL(write(pair[1], "x", 1), 1);
	CHECK_EQUAL(epoll_wait(epoll, &event, 1, 1000), 1);
	CHECK_EQUAL(event.data.u64, 0x123456789abcdef0);
	CHECK_EQUAL(accept4(pair[0], NULL, NULL, 0), -1);
	CHECK_EQUAL(errno, EINVAL);
	CHECK_EQUAL(socket(-1, SOCK_STREAM, 0), -1);
	CHECK_EQUAL(errno, EAFNOSUPPORT);
	close(pair[0]);
	close(pair[1]);
	close(epoll);
}

TEST(a_file_system_is_the_same_by_path_and_by_descriptor)
{
	struct statfs path = {0}, file = {0};
	int fd = open("/proc", O_PATH | O_CLOEXEC);
	CHECK_EQUAL(statfs("/proc", &path), 0);
	CHECK_EQUAL(fstatfs(fd, &file), 0);
	CHECK_EQUAL(path.f_type, 0x9fa0);
	CHECK_EQUAL(file.f_type, path.f_type);
	CHECK_EQUAL(file.f_bsize, sysconf(_SC_PAGESIZE));
	close(fd);
}
