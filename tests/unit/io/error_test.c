/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../check.h"
#include "io/error.h"
#include "io/limit.h"

/* What error_errno() reports of an errno. */
static const char *message_of(int error, enum status expected)
{
	check_capture(STDERR_FILENO);
	errno = error;
	CHECK_EQUAL(error_errno("%s", "/jobs"), expected);
	CHECK_EQUAL(errno, error);
	return check_captured(STDERR_FILENO);
}

TEST(a_failure_has_the_status_and_the_text_of_errno)
{
	CHECK_EQUAL(message_of(ENOENT, STATUS_NOT_FOUND),
	            "ipctool: /jobs: No such file or directory\n");
	CHECK_EQUAL(message_of(ESRCH, STATUS_NOT_FOUND),
	            "ipctool: /jobs: No such process\n");
	CHECK_EQUAL(message_of(EEXIST, STATUS_EXISTS), "ipctool: /jobs: File exists\n");
	CHECK_EQUAL(message_of(EAGAIN, STATUS_FAILED),
	            "ipctool: /jobs: Resource temporarily unavailable\n");
	CHECK_EQUAL(message_of(ETIMEDOUT, STATUS_TIMED_OUT),
	            "ipctool: /jobs: Timed out\n");
	CHECK_EQUAL(message_of(EACCES, STATUS_FAILED),
	            "ipctool: /jobs: Permission denied\n");
	CHECK_EQUAL(message_of(EINTR, STATUS_FAILED),
	            "ipctool: /jobs: Interrupted system call\n");
}

TEST(only_a_wait_that_failed_with_eagain_would_block)
{
	CHECK_EQUAL(error_status(EAGAIN), STATUS_WOULD_BLOCK);
	CHECK_EQUAL(error_status(ETIMEDOUT), STATUS_TIMED_OUT);
}

TEST(an_empty_name_is_seen_in_the_message)
{
	check_capture(STDERR_FILENO);
	errno = ENOENT;
	CHECK_EQUAL(error_errno("%s", ""), STATUS_NOT_FOUND);
	errno = ENOENT;
	CHECK_EQUAL(error_errno_as(STATUS_RUN_ERROR, "%s", ""), STATUS_RUN_ERROR);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "ipctool: '': No such file or directory\n"
	            "ipctool: '': No such file or directory\n");
}

/* tests/unit/io/limit_test.c says when a limit can be raised. */
static const char *expected_with(struct limit_advice *advice, const char *reason,
                                 int resource, uint64_t least)
{
	static char text[256];
	snprintf(text, sizeof text, "ipctool: /jobs: %s%s\n", reason,
	         limit_ulimit(advice, resource, least));
	return text;
}

TEST(a_limit_of_the_process_is_named)
{
	struct limit_advice advice;
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 230;
	CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_EQUAL(message_of(EMFILE, STATUS_FAILED),
	            expected_with(&advice, "Too many open files (RLIMIT_NOFILE is 230)",
	                          RLIMIT_NOFILE, 1));
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 4096;
	CHECK_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
	CHECK_EQUAL(message_of(EFBIG, STATUS_FAILED),
	            expected_with(&advice, "File too large (RLIMIT_FSIZE is 4096 bytes)",
	                          RLIMIT_FSIZE, RLIM_INFINITY));
}

TEST(a_status_and_a_text_can_be_chosen)
{
	check_capture(STDERR_FILENO);
	errno = ENOENT;
	CHECK_EQUAL(error_errno_as(STATUS_RUN_ERROR, "%s", "x"), STATUS_RUN_ERROR);
	CHECK_EQUAL(error_as(STATUS_EXISTS, "%s: full (%d)", "x", 3), STATUS_EXISTS);
	CHECK_EQUAL(error_usage("missing %s", "operand"), STATUS_USAGE);
	CHECK_EQUAL(errno, ENOENT);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "ipctool: x: No such file or directory\n"
	            "ipctool: x: full (3)\n"
	            "ipctool: missing operand\nTry 'ipctool --help' for more "
	            "information.\n");
}

TEST(the_reason_of_a_failure_survives_a_long_name)
{
	static char name[9000];
	memset(name, 'x', sizeof name - 1);
	check_capture(STDERR_FILENO);
	errno = EACCES;
	error_errno("%s", name);
	CHECK(strstr(check_captured(STDERR_FILENO), "x...: Permission denied\n") != NULL);
}

#ifdef __GLIBC__
TEST(the_texts_of_errors_are_those_of_glibc)
{
	for (int error = 1; error < 134; error++) {
		check_about("error %d", error);
		/* its own words: glibc has "Timer expired" and "Connection timed out" */
		if (error != ETIME && error != ENOPKG && error != ETIMEDOUT &&
		    strerrordesc_np(error) != NULL)
			CHECK_EQUAL(error_text(error), strerrordesc_np(error));
	}
}
#endif
