/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../check.h"
#include "signal/procstat.h"

static uint64_t bit(int signal)
{
	return UINT64_C(1) << (signal - 1);
}

static void ignore_it(int signal)
{
	(void)signal;
}

TEST(the_masks_of_a_process_are_those_that_it_has_set)
{
	sigset_t set;
	struct procstat procstat;
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, ignore_it);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, 64);
	sigprocmask(SIG_SETMASK, &set, NULL);
	kill(getpid(), SIGTERM);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGHUP);
	prctl(PR_SET_NAME, "\nPid:\t9\\n\\");
	for (int thread = 0; thread < 2; thread++) {
		CHECK_EQUAL(procstat_read(&procstat, getpid(), thread ? getpid() : 0), 0);
		CHECK_EQUAL(procstat.process, getpid());
		CHECK_EQUAL(procstat.thread, getpid());
		CHECK((procstat.ignored & (bit(SIGUSR1) | bit(SIGUSR2))) == bit(SIGUSR1));
		CHECK((procstat.caught & (bit(SIGUSR1) | bit(SIGUSR2))) == bit(SIGUSR2));
		CHECK_EQUAL(procstat.blocked, bit(SIGHUP) | bit(SIGTERM) | bit(64));
		CHECK_EQUAL(procstat.pending, bit(SIGTERM));
		CHECK_EQUAL(procstat.thread_pending, bit(SIGHUP));
		CHECK(procstat.queued >= 1);
		CHECK(procstat.queue_limit > 0);
		CHECK_EQUAL(procstat.state, 'R');
		CHECK_EQUAL(procstat.parent, getppid());
		CHECK_EQUAL(procstat.user, getuid());
		CHECK(procstat.inner > 0);
		CHECK(procstat.has_memory);
		CHECK_EQUAL(procstat.command, "\nPid:\t9\\n\\");
	}
}

TEST(a_process_that_does_not_exist_is_reported_by_errno)
{
	struct procstat procstat;
	CHECK_EQUAL(procstat_read(&procstat, 2147483647, 0), -1);
	CHECK_EQUAL(errno, ESRCH);
	CHECK_EQUAL(procstat_read(&procstat, getpid(), 2147483647), -1);
	CHECK_EQUAL(errno, ESRCH);
}
