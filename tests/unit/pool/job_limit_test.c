/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "pool/job_limit.h"

enum { LIMIT = 1000 };

TEST(a_command_gets_TERM_at_its_limit_and_KILL_after_the_grace)
{
	struct job_limit limit = {.started = 500};
	CHECK_EQUAL(job_limit_left(&limit, LIMIT, 500), 1000);
	CHECK_EQUAL(job_limit_left(&limit, LIMIT, 1400), 100);
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGTERM, SIG_IGN);
		for (;;)
			pause();
	}
	job_limit_enforce(&limit, pid, LIMIT, 1400);
	CHECK_EQUAL(limit.stage, JOB_LIMIT_NONE);
	/* it may not ignore the signal yet: send none before KILL to it */
	limit.stage = JOB_LIMIT_TERMINATED;
	limit.terminated = 1600;
	CHECK_EQUAL(job_limit_left(&limit, LIMIT, 1600), JOB_LIMIT_GRACE);
	job_limit_enforce(&limit, pid, LIMIT, 1600 + JOB_LIMIT_GRACE - 1);
	CHECK_EQUAL(limit.stage, JOB_LIMIT_TERMINATED);
	job_limit_enforce(&limit, pid, LIMIT, 1600 + JOB_LIMIT_GRACE);
	CHECK_EQUAL(limit.stage, JOB_LIMIT_KILLED);
	CHECK_EQUAL(job_limit_left(&limit, LIMIT, 1601), INT64_MAX);
	int wait_status;
	CHECK_EQUAL(waitpid(pid, &wait_status, 0), pid);
	CHECK(WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL);
}

TEST(a_command_that_has_stopped_is_terminated_too)
{
	struct job_limit limit = {.started = 0};
	pid_t pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		_exit(0);
	}
	int wait_status;
	CHECK_EQUAL(waitpid(pid, &wait_status, WUNTRACED), pid);
	job_limit_enforce(&limit, pid, LIMIT, 2000);
	CHECK_EQUAL(limit.stage, JOB_LIMIT_TERMINATED);
	CHECK_EQUAL(limit.terminated, 2000);
	CHECK_EQUAL(waitpid(pid, &wait_status, 0), pid);
	CHECK(WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGTERM);
}
