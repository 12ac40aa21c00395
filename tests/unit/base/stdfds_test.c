/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../check.h"
#include "base/stdfds.h"

static void (*disposition(int signal))(int)
{
	struct sigaction action;
	sigaction(signal, NULL, &action);
	return action.sa_handler;
}

TEST(a_closed_descriptor_is_filled_so_that_its_use_fails_and_closed_again)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stdfds stdfds;
		char byte = 'x';
		int saved = fcntl(fd, F_DUPFD_CLOEXEC, 100);
		close(fd);
		check_about("descriptor %d", fd);
		stdfds_fill(&stdfds);
		CHECK(stdfds.filled[fd]);
		CHECK_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
		errno = 0;
		CHECK_EQUAL(fd == 0 ? read(fd, &byte, 1) : write(fd, &byte, 1), -1);
		CHECK_EQUAL(errno, EBADF);
		stdfds_restore(&stdfds);
		CHECK_EQUAL(fcntl(fd, F_GETFD), -1);
		dup2(saved, fd);
	}
}

TEST(an_open_descriptor_is_left_alone)
{
	struct stdfds stdfds;
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			dup2(open("/dev/null", O_RDWR), fd);
	stdfds_fill(&stdfds);
	for (int fd = 0; fd < 3; fd++)
		CHECK(!stdfds.filled[fd]);
	stdfds_restore(&stdfds);
	for (int fd = 0; fd < 3; fd++)
		CHECK(fcntl(fd, F_GETFD) >= 0);
}

TEST(two_signals_are_ignored_once_and_as_they_were_in_the_end)
{
	struct stdfds stdfds;
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN);
	stdfds_fill(&stdfds);
	CHECK(disposition(SIGPIPE) == SIG_DFL);
	stdfds_ignore_sigpipe(&stdfds);
	stdfds_ignore_sigpipe(&stdfds);
	CHECK(disposition(SIGPIPE) == SIG_IGN);
	CHECK(disposition(SIGXFSZ) == SIG_IGN);
	stdfds_restore(&stdfds);
	CHECK(disposition(SIGPIPE) == SIG_DFL);
	CHECK(disposition(SIGXFSZ) == SIG_IGN);
}
