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
