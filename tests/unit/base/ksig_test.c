/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../check.h"
#include "base/ksig.h"

static volatile int caught;
static volatile uint64_t mask_in_handler;

static void note(int signal)
{
	caught = signal;
	mask_in_handler = ksig_procmask(SIG_BLOCK, 0);
}

static void send_to_self(int signal)
{
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

TEST(every_signal_but_two_can_be_caught)
{
	CHECK_EQUAL(ksig_catchable(), ~(UINT64_C(1) << 8 | UINT64_C(1) << 18));
	for (int number = 1; number <= 64; number++) {
		const struct sigaction action = {.sa_handler = note};
		struct sigaction before;
		check_about("signal %d", number);
		if (number == SIGKILL || number == SIGSTOP) {
			CHECK_EQUAL(ksig_action(number, &action, &before), -1);
			continue;
		}
		CHECK_EQUAL(ksig_action(number, &action, &before), 0);
		send_to_self(number);
		CHECK_EQUAL(caught, number);
		CHECK_EQUAL(mask_in_handler, ksig_bit(number));
		/* and as it was */
		CHECK_EQUAL(ksig_action(number, &before, NULL), 0);
		CHECK_EQUAL(ksig_procmask(SIG_BLOCK, 0), 0);
	}
}

TEST(a_handler_runs_with_the_mask_that_was_asked_for)
{
	struct sigaction action = {.sa_handler = note};
	memset(&action.sa_mask, 0xff, sizeof action.sa_mask);
	CHECK_EQUAL(ksig_action(SIGUSR1, &action, NULL), 0);
	send_to_self(SIGUSR1);
	CHECK_EQUAL(mask_in_handler, ksig_catchable());
}

TEST(a_mask_holds_all_64_signals)
{
	for (int number = 1; number <= 64; number++) {
		uint64_t expected = ksig_bit(number) & ksig_catchable();
		check_about("signal %d", number);
		ksig_procmask(SIG_SETMASK, ksig_bit(number));
		CHECK_EQUAL(ksig_procmask(SIG_SETMASK, 0), expected);
	}
}

TEST(a_blocked_signal_can_be_read)
{
	struct signalfd_siginfo info;
	ksig_procmask(SIG_BLOCK, ksig_bit(34));
	int fd = ksig_signalfd(ksig_bit(34));
	CHECK(fd >= 0);
	CHECK_EQUAL(read(fd, &info, sizeof info), -1);
	send_to_self(34);
	CHECK_EQUAL(read(fd, &info, sizeof info), sizeof info);
	CHECK_EQUAL(info.ssi_signo, 34);
}

TEST(as_many_signals_can_be_pending_as_the_limit_and_one_of_each)
{
	struct rlimit limit = {100, RLIM_INFINITY};
	getrlimit(RLIMIT_SIGPENDING, &limit);
	limit.rlim_cur = 100;
	CHECK_EQUAL(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
	CHECK_EQUAL(ksig_pending_max(), 164);
}
