/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "process/pidfd.h"

TEST(a_process_is_a_pid_with_or_without_an_inode)
{
	static const struct {
		const char *text;
		pid_t pid;
		bool has_inode;
		uint64_t inode;
	} rows[] = {{"1", 1, false, 0},
	            {"0123", 123, false, 0},
	            {"2147483647", 2147483647, false, 0},
	            {"1:0", 1, true, 0},
	            {"12:18446744073709551615", 12, true, UINT64_MAX}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pidfd_target target = {0};
		check_about("'%s'", rows[i].text);
		CHECK(pidfd_parse(rows[i].text, &target));
		CHECK_EQUAL(target.pid, rows[i].pid);
		CHECK_EQUAL(target.has_inode, rows[i].has_inode);
		CHECK_EQUAL(target.inode, rows[i].inode);
	}
}

TEST(other_text_is_no_process)
{
	static const char *const texts[] = {"",
	                                    "0",
	                                    "-1",
	                                    "+1",
	                                    "x",
	                                    "1x",
	                                    "2147483648",
	                                    "1:",
	                                    "1:x",
	                                    "1:-1",
	                                    ":1",
	                                    "1/2",
	                                    " 1",
	                                    "1 ",
	                                    "1:2:",
	                                    "1:18446744073709551616",
	                                    "00000000000000000001"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct pidfd_target target = {.pid = 7};
		check_about("'%s'", texts[i]);
		CHECK(!pidfd_parse(texts[i], &target));
		CHECK_EQUAL(target.pid, 7);
	}
}

TEST(a_pidfd_is_readable_when_its_process_has_ended)
{
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	struct pidfd_target target = {.pid = pid};
	struct pollfd ended = {.fd = pidfd_open_target(&target), .events = POLLIN};
	CHECK(ended.fd >= 0);
	CHECK_EQUAL(poll(&ended, 1, 0), 0);
	kill(pid, SIGKILL);
	CHECK_EQUAL(poll(&ended, 1, 5000), 1);
	CHECK_EQUAL(waitpid(pid, NULL, 0), pid);
	CHECK_EQUAL(poll(&ended, 1, 0), 1);
	CHECK_EQUAL(pidfd_open_target(&target), -1);
	CHECK_EQUAL(errno, ESRCH);
}

TEST(another_inode_is_another_process)
{
	struct pidfd_target target = {.pid = getpid(), .has_inode = true, .inode = 0};
	CHECK_EQUAL(pidfd_open_target(&target), -1);
	CHECK(errno == ESRCH || errno == ENOTSUP);
}

TEST(a_pidfd_has_an_inode_of_its_own)
{
	struct pidfd_target target = {.pid = getpid()};
	struct pidfd_target parent = {.pid = getppid()};
	uint64_t inode = 0, other = 0;
	int pidfd = pidfd_open_target(&target), parent_pidfd = pidfd_open_target(&parent);
	if (pidfd_inode(pidfd, &inode) == 0) {
		CHECK_EQUAL(pidfd_inode(parent_pidfd, &other), 0);
		CHECK(other != inode);
		target.has_inode = true;
		target.inode = inode;
		int again = pidfd_open_target(&target);
		CHECK(again >= 0);
		close(again);
	} else {
		CHECK_EQUAL(errno, ENOTSUP);
	}
	close(pidfd);
	close(parent_pidfd);
	CHECK_EQUAL(pidfd_inode(-1, &inode), -1);
	CHECK_EQUAL(errno, EBADF);
}

static pid_t start_child(int status)
{
	pid_t pid = fork();
	if (pid == 0 && status >= 0)
		_exit(status);
	while (pid == 0)
		pause();
	return pid;
}

TEST(how_a_process_ended_is_known_before_it_is_waited_for)
{
	static const struct {
		int status, signal, wait_status;
	} rows[] = {
	    {0, 0, 0}, {3, 0, 3 << 8}, {-1, SIGKILL, SIGKILL}, {-1, SIGTERM, SIGTERM}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pidfd_target target = {.pid = start_child(rows[i].status)};
		int pidfd = pidfd_open_target(&target);
		int wait_status = -1, again = -1, reaped;
		struct pollfd end = {.fd = pidfd, .events = POLLIN};
		if (rows[i].signal != 0) {
			CHECK(!pidfd_has_ended(pidfd));
			CHECK_EQUAL(pidfd_send(pidfd, rows[i].signal, NULL), 0);
		}
		CHECK_EQUAL(poll(&end, 1, 5000), 1);
		CHECK(pidfd_has_ended(pidfd));
		CHECK(pidfd_wait_status(pidfd, target.pid, &wait_status));
		CHECK_EQUAL(wait_status, rows[i].wait_status);
		CHECK_EQUAL(waitpid(target.pid, &reaped, 0), target.pid);
		/* since Linux 6.15 */
		if (pidfd_wait_status(pidfd, target.pid, &again))
			CHECK_EQUAL(again, reaped);
		CHECK_EQUAL(pidfd_send(pidfd, 0, NULL), -1);
		CHECK_EQUAL(errno, ESRCH);
		close(pidfd);
	}
}

TEST(of_a_process_that_runs_no_end_is_known)
{
	struct pidfd_target target = {.pid = start_child(-1)};
	int pidfd = pidfd_open_target(&target), wait_status;
	CHECK(!pidfd_wait_status(pidfd, target.pid, &wait_status));
	kill(target.pid, SIGKILL);
	waitpid(target.pid, NULL, 0);
	close(pidfd);
}
