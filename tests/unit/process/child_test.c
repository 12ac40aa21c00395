/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "../check.h"
#include "base/call.h"
#include "process/child.h"

TEST(the_status_of_a_command_is_adopted_with_the_signal_that_killed_it)
{
	enum { CORE = 0x80 }; /* WCOREDUMP of waitpid(2) */
	static const struct {
		int wait_status, status, signal;
	} rows[] = {
	    {0, 0, 0},
	    {3 << 8, 3, 0},
	    {(128 + SIGINT) << 8, 128 + SIGINT, 0},
	    {SIGINT, 128 + SIGINT, SIGINT},
	    {SIGKILL, 128 + SIGKILL, SIGKILL},
	    {SIGSEGV | CORE, 128 + SIGSEGV, SIGSEGV},
	    {0, 0, 0},
	};
	struct call call;
	call_begin(&call, "test");
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_about("wait status %#x", rows[i].wait_status);
		CHECK_EQUAL((int)child_adopt_status(rows[i].wait_status), rows[i].status);
		CHECK_EQUAL(call.command_signal, rows[i].signal);
	}
	call_end(&call);
}
