/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "base/ksig.h"
#include "process/helper.h"

enum { STATUS_OF_HELPER = 7 };

static void check_helper(void)
{
	uint64_t mask, mine = ksig_procmask(SIG_BLOCK, 0);
	int wait_status;
	pid_t parent = getpid();
	pid_t pid = helper_fork(&mask);
	if (pid == 0)
		_exit(getppid() == parent ? STATUS_OF_HELPER : 1);
	CHECK(pid > 0);
	CHECK(mask == mine);
	CHECK(ksig_procmask(SIG_BLOCK, 0) == mine);
	CHECK_EQUAL(helper_wait(pid, &wait_status), 0);
	CHECK(WIFEXITED(wait_status));
	CHECK_EQUAL(WEXITSTATUS(wait_status), STATUS_OF_HELPER);
	CHECK_EQUAL(helper_wait(pid, &wait_status), -1);
	CHECK_EQUAL(errno, ECHILD);
}

TEST(a_helper_is_waited_for_by_its_pid)
{
	check_helper();
}

/* LeakSanitizer makes such a clone at the end of a process. */
#ifndef __SANITIZE_ADDRESS__

/* Of <linux/filter.h> and <linux/seccomp.h>, which a musl tool chain may lack. */
struct filter_rule {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t constant;
};

/* As qemu-user does; false if the emulator knows no filters either. */
static bool refuse_clone_without_a_signal(void)
{
	enum {
		LOAD = 0x20,
		JUMP_IF_EQUAL = 0x15,
		JUMP_IF_BITS = 0x45,
		RETURN = 0x06,
		ERROR = 0x50000,
		ALLOW = 0x7fff0000,
		MODE_FILTER = 2,
		NUMBER = 0,
		ARGUMENTS = 16,
		SIGNAL = 0xff
	};
	enum { LOW_HALF = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0 };
#ifdef __s390__
	enum { FLAGS = ARGUMENTS + 8 };
#else
	enum { FLAGS = ARGUMENTS };
#endif
	struct filter_rule rules[] = {
	    {LOAD, 0, 0, NUMBER},           {JUMP_IF_EQUAL, 0, 3, SYS_clone},
	    {LOAD, 0, 0, FLAGS + LOW_HALF}, {JUMP_IF_BITS, 1, 0, SIGNAL},
	    {RETURN, 0, 0, ERROR | EINVAL}, {RETURN, 0, 0, ALLOW},
	};
	struct {
		unsigned short count;
		struct filter_rule *rules;
	} program = {COUNT(rules), rules};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, MODE_FILTER, &program) == 0;
}

TEST(a_helper_is_started_where_each_process_has_a_signal_at_its_end)
{
	if (!refuse_clone_without_a_signal())
		CHECK(errno == EINVAL || errno == ENOSYS);
	check_helper();
}

#endif
