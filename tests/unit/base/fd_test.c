/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "../check.h"
#include "base/fd.h"

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

TEST(closing_leaves_errno)
{
	int fd = open("/dev/null", O_RDONLY);
	errno = EXDEV;
	fd_close_keep_errno(fd);
	CHECK_EQUAL(errno, EXDEV);
	CHECK(!is_open(fd));
	errno = EXDEV;
	fd_close_keep_errno(-1);
	fd_close_keep_errno(fd);
	CHECK_EQUAL(errno, EXDEV);
}

TEST(a_descriptor_moves_to_the_lowest_free_number)
{
	int fd = open("/dev/null", O_RDONLY);
	int first = fcntl(fd, F_DUPFD, 40);
	int moved = fd_move_above(fd, 40);
	CHECK_EQUAL(first, 40);
	CHECK_EQUAL(moved, 41);
	CHECK(!is_open(fd));
	CHECK_EQUAL(fcntl(moved, F_GETFD), FD_CLOEXEC);
	CHECK_EQUAL(fd_move_above(moved, 40), 41);
	CHECK_EQUAL(fd_move_above(moved, 41), 41);
}

TEST(a_descriptor_that_cannot_move_stays_open)
{
	struct rlimit limit = {30, 30};
	int fd = open("/dev/null", O_RDONLY);
	CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_EQUAL(fd_move_above(fd, 30), -1);
	CHECK_EQUAL(errno, EINVAL);
	CHECK(is_open(fd));
}
