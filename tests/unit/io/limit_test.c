/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "io/limit.h"

TEST(a_sysctl_that_cannot_be_written_gets_no_advice)
{
	struct limit_advice advice;
	CHECK_EQUAL(limit_sysctl(&advice, "SO_SNDBUF", "%d", 1), "");
	CHECK_EQUAL(limit_sysctl(&advice, "kernel.no_such_thing", "%d", 1), "");
	/* nobody may write it */
	CHECK_EQUAL(limit_sysctl(&advice, "kernel.version", "%d", 1), "");
}

TEST(a_sysctl_that_the_caller_may_write_is_named_with_its_value)
{
	struct limit_advice advice;
	bool writable = access("/proc/sys/fs/pipe-max-size", W_OK) == 0;
	CHECK_EQUAL(limit_sysctl(&advice, "fs.pipe-max-size", "%d", 4096),
	            writable ? "; 'sysctl fs.pipe-max-size=4096' raises it" : "");
	writable = access("/proc/sys/kernel/sem", W_OK) == 0;
	CHECK_EQUAL(limit_sysctl(&advice, "kernel.sem", "\"%d %d\"", 1, 2),
	            writable ? "; 'sysctl kernel.sem=\"1 2\"' raises it" : "");
}

TEST(a_soft_limit_is_raised_to_the_hard_one)
{
	struct limit_advice advice;
	setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){5, 70});
	CHECK_EQUAL(limit_ulimit(&advice, RLIMIT_SIGPENDING, 1),
	            "; 'ulimit -i 70' raises it");
	CHECK_EQUAL(limit_ulimit(&advice, RLIMIT_SIGPENDING, 70),
	            "; 'ulimit -i 70' raises it");
	CHECK_EQUAL(limit_pending_signals(&advice, 0),
	            "; 'prlimit --pid 0 --sigpending=70' raises it");
	setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){70, 70});
	CHECK_EQUAL(limit_pending_signals(&advice, 0), "");
}

/* May this process raise a hard limit? The answer of the kernel. */
static bool may_raise(void)
{
	int status = 1;
	pid_t child = fork();
	if (child == 0)
		_exit(setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){70, 140}) != 0);
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	return status == 0;
}

TEST(a_hard_limit_is_raised_by_whom_the_kernel_permits_it)
{
	struct limit_advice advice;
	struct rlimit limit;
	setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){70, 70});
	bool may = may_raise();
	CHECK_EQUAL(limit_ulimit(&advice, RLIMIT_SIGPENDING, 1),
	            may ? "; 'ulimit -i 140' raises it" : "");
	CHECK_EQUAL(limit_ulimit(&advice, RLIMIT_SIGPENDING, 100),
	            may ? "; 'ulimit -i 170' raises it" : "");
	CHECK_EQUAL(limit_ulimit(&advice, RLIMIT_SIGPENDING, RLIM_INFINITY),
	            may ? "; 'ulimit -i unlimited' raises it" : "");
	/* and nothing has changed */
	CHECK(getrlimit(RLIMIT_SIGPENDING, &limit) == 0);
	CHECK_EQUAL(limit.rlim_cur, 70);
	CHECK_EQUAL(limit.rlim_max, 70);
}

TEST(a_limit_is_doubled_up_to_the_highest_value)
{
	CHECK_EQUAL(limit_next(-1, INT_MAX), 1);
	CHECK_EQUAL(limit_next(0, INT_MAX), 1);
	CHECK_EQUAL(limit_next(256, 32768), 512);
	CHECK_EQUAL(limit_next(32000, 32768), 32768);
	CHECK_EQUAL(limit_next(INT64_MAX, INT64_MAX), INT64_MAX);
}
