/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../check.h"
#include "trace/tracefs_line.h"

#define SENDER "              sh-23107   [001] d..1.  2170.442105: "

TEST(a_call_begins_with_its_arguments)
{
	struct tracefs_line line;
	CHECK(tracefs_line_parse(
	    &line, "         ipctool-23109   [001] .....  2170.438126: "
	           "sys_mq_timedsend(mqdes: 3, u_msg_ptr: 0x7ffe3a2188be, "
	           "msg_len: 0x2000, msg_prio: 0, u_abs_timeout: 0x40f130)"));
	CHECK_EQUAL(line.kind, TRACEFS_LINE_BEGIN);
	CHECK_EQUAL(line.command, "ipctool");
	CHECK_EQUAL(line.thread, 23109);
	CHECK_EQUAL(line.time, 2170438126000);
	CHECK_EQUAL(line.call_length, strlen("mq_timedsend"));
	CHECK(strncmp(line.call, "mq_timedsend(", line.call_length + 1) == 0);
	CHECK_EQUAL(line.args[0], 3);
	CHECK_EQUAL(line.args[1], 0x7ffe3a2188be);
	CHECK_EQUAL(line.args[2], 0x2000);
	CHECK_EQUAL(line.args[4], 0x40f130);
	CHECK_EQUAL(line.args[5], 0);
}

TEST(a_string_among_the_arguments_is_none_of_them)
{
	struct tracefs_line line;
	CHECK(tracefs_line_parse(
	    &line, SENDER "sys_mq_open(u_name: 0x7f00 \"a: 0x5, b: 6\", oflag: 0x41)"));
	CHECK_EQUAL(line.args[0], 0x7f00);
	CHECK_EQUAL(line.args[1], 0x41);
}

TEST(a_call_ends_with_its_result)
{
	struct tracefs_line line;
	CHECK(tracefs_line_parse(&line, SENDER "sys_semop -> 0xfffffffffffffff5"));
	CHECK_EQUAL(line.kind, TRACEFS_LINE_END);
	CHECK_EQUAL(line.result, -11);
	CHECK_EQUAL(line.call_length, strlen("semop"));
}

TEST(a_signal_has_its_fate_whatever_the_target_is_called)
{
	struct tracefs_line line;
	CHECK(tracefs_line_parse(&line,
	                         SENDER "signal_generate: sig=10 errno=0 code=-1 "
	                                "comm=x pid=1 res=9 pid=23119 grp=1 res=2"));
	CHECK_EQUAL(line.kind, TRACEFS_LINE_SIGNAL);
	CHECK_EQUAL(line.signal, 10);
	CHECK_EQUAL(line.code, -1);
	CHECK_EQUAL(line.target, 23119);
	CHECK_EQUAL(line.target_command, "x pid=1 res=9");
	CHECK_EQUAL(line.fate, 2);
}

TEST(the_name_of_a_command_may_look_like_the_rest_of_a_line)
{
	struct tracefs_line line;
	CHECK(tracefs_line_parse(&line,
	                         " a-1 [000] . 1: -23107   [001] .....  2170.442105: "
	                         "sys_semop -> 0x0"));
	CHECK_EQUAL(line.command, "a-1 [000] . 1: ");
	CHECK_EQUAL(line.thread, 23107);
}

TEST(lost_events_are_counted)
{
	struct tracefs_line line;
	CHECK(tracefs_line_parse(&line, "CPU:1 [LOST 1234 EVENTS]"));
	CHECK_EQUAL(line.kind, TRACEFS_LINE_LOST);
	CHECK_EQUAL(line.result, 1234);
}

TEST(a_line_of_another_form_is_refused)
{
	static const char *const lines[] = {
	    "",
	    "-1",
	    "                ",
	    "                -",
	    "              sh 23107   [001] .....  2170.442105: sys_semop -> 0x0",
	    "              sh-x       [001] .....  2170.442105: sys_semop -> 0x0",
	    "              sh-23107   001] .....  2170.442105: sys_semop -> 0x0",
	    "              sh-23107   [001] .....  2170: sys_semop -> 0x0",
	    "              sh-23107   [001] .....  99999999999999999999.1: sys_semop -> "
	    "0x0",
	    "              sh-23107   [001] .....  2170.442105: sys_semop",
	    "              sh-23107   [001] .....  2170.442105: other: sig=1",
	    "              sh-23107   [001]",
	    SENDER "signal_generate: sig=10 errno=0 code=0",
	    SENDER "signal_generate: sig=10 errno=0 code=0 comm=sh",
	    SENDER "signal_generate: sig=10 errno=0 code=0 comm=sh pid=1",
	    "CPU:1",
	};
	struct tracefs_line line;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		CHECK(!tracefs_line_parse(&line, lines[i]));
}
