/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sys/syscall.h>

#include "../check.h"
#include "inspect/blocked.h"

TEST(a_call_has_a_number_six_arguments_and_a_stack)
{
	struct blocked_call call;
	CHECK(blocked_parse(&call,
	                    "230 0x1 0x2 0x7ffcd3c11c70 0x4 0x5 0xffffffffffffffff "
	                    "0x7ffcd3c11c58 0x7fc1404ed503\n"));
	CHECK_EQUAL(call.number, 230);
	CHECK_EQUAL(call.arguments[0], 1);
	CHECK_EQUAL(call.arguments[1], 2);
	CHECK_EQUAL(call.arguments[2], 0x7ffcd3c11c70);
	CHECK_EQUAL(call.arguments[4], 5);
	CHECK(call.arguments[5] == UINT64_MAX);
	CHECK_EQUAL(call.stack, 0x7ffcd3c11c58);
}

TEST(a_thread_that_is_in_no_call_is_not_blocked_in_one)
{
	static const char *const texts[] = {"",
	                                    "running\n",
	                                    "-1 0x7ffcd3c11c58 0x7fc1404ed503\n",
	                                    "0",
	                                    "0 0x1",
	                                    "0 0x1 0x2 0x3 0x4 0x5 0x6\n",
	                                    "0 1 2 3 4 5 6 7 8\n"};
	struct blocked_call call;
	for (size_t i = 0; i < COUNT(texts); i++) {
		check_about("'%s'", texts[i]);
		CHECK(!blocked_parse(&call, texts[i]));
	}
}

static int find_on(int64_t number)
{
	const struct blocked_row *row = blocked_find(number);
	return row != NULL ? row->on : -1;
}

TEST(a_call_that_waits_says_for_what)
{
	CHECK_EQUAL(find_on(SYS_mq_timedsend), BLOCKED_ROOM);
	CHECK_EQUAL(find_on(SYS_mq_timedreceive), BLOCKED_MESSAGE);
	CHECK_EQUAL(find_on(SYS_semtimedop), BLOCKED_PERMITS);
	CHECK_EQUAL(find_on(SYS_wait4), BLOCKED_CHILD);
	CHECK_EQUAL(find_on(SYS_getpid), -1);
	CHECK_EQUAL(find_on(-1), -1);
	CHECK_EQUAL(find_on(INT64_C(0x10000) + SYS_wait4), -1);
}

TEST(a_call_that_was_restarted_is_told_by_the_function_it_sleeps_in)
{
	CHECK(blocked_find_restarted("futex_do_wait") == blocked_find(SYS_futex));
	CHECK(blocked_find_restarted("poll_schedule_timeout.constprop.0") ==
	      blocked_find(SYS_ppoll));
	CHECK(blocked_find_restarted("hrtimer_nanosleep") == blocked_find(SYS_nanosleep));
	CHECK(blocked_find_restarted("0") == NULL);
}

#ifndef SYS_semop
TEST(a_call_of_system_v_is_made_by_ipc)
{
	struct blocked_call call;
	char text[128];
	snprintf(text, sizeof text, "%d 0xc 0x7 0x40 0x9 0x1000 0x0 0x2000 0x3000\n",
	         SYS_ipc);
	CHECK(blocked_parse(&call, text));
	CHECK_EQUAL(call.number, SYS_msgrcv);
	CHECK_EQUAL(call.arguments[0], 7);
	CHECK_EQUAL(call.memory, 0x1000);
	snprintf(text, sizeof text, "%d 0x5 0x7 0x40 0x9 0x1000 0x0 0x2000 0x3000\n",
	         SYS_ipc);
	CHECK(blocked_parse(&call, text));
	CHECK_EQUAL(call.number, -1);
}
#endif
