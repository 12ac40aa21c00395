/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "signal/target.h"

TEST(a_target_is_a_process_a_thread_a_group_or_all)
{
	static const struct {
		const char *text;
		enum signal_target_kind kind;
		pid_t pid, thread;
		uint64_t inode;
	} rows[] = {
	    {"123", SIGNAL_TARGET_PROCESS, 123, 0, 0},
	    {"1", SIGNAL_TARGET_PROCESS, 1, 0, 0},
	    {"0123", SIGNAL_TARGET_PROCESS, 123, 0, 0},
	    {"2147483647", SIGNAL_TARGET_PROCESS, 2147483647, 0, 0},
	    {"123:4567", SIGNAL_TARGET_IDENTITY, 123, 0, 4567},
	    {"123:0", SIGNAL_TARGET_IDENTITY, 123, 0, 0},
	    {"1:18446744073709551615", SIGNAL_TARGET_IDENTITY, 1, 0, UINT64_MAX},
	    {"123/124", SIGNAL_TARGET_THREAD, 123, 124, 0},
	    {"-123", SIGNAL_TARGET_GROUP, 123, 0, 0},
	    {"-2", SIGNAL_TARGET_GROUP, 2, 0, 0},
	    {"-2147483647", SIGNAL_TARGET_GROUP, 2147483647, 0, 0},
	    {"0", SIGNAL_TARGET_OWN_GROUP, 0, 0, 0},
	    {"-1", SIGNAL_TARGET_ALL, 0, 0, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct signal_target target;
		check_about("'%s'", rows[i].text);
		CHECK_EQUAL(signal_target_parse(&target, rows[i].text), STATUS_OK);
		CHECK_EQUAL(target.kind, rows[i].kind);
		CHECK_EQUAL(target.pid, rows[i].pid);
		CHECK_EQUAL(target.thread, rows[i].thread);
		CHECK_EQUAL(target.inode, rows[i].inode);
		CHECK_EQUAL(target.text, rows[i].text);
	}
}

/* A mistake here would signal other processes than those that were meant. */
TEST(a_text_that_is_not_a_target_is_refused)
{
	static const char *const texts[] = {"",
	                                    "-",
	                                    "--1",
	                                    "-0",
	                                    "00",
	                                    "+1",
	                                    " 1",
	                                    "1 ",
	                                    "1x",
	                                    "x",
	                                    "-x",
	                                    "0x1",
	                                    "2147483648",
	                                    "-2147483648",
	                                    "4294967297",
	                                    "18446744073709551617",
	                                    "1:",
	                                    ":1",
	                                    "1:x",
	                                    "1:-1",
	                                    "1:1:1",
	                                    "0:1",
	                                    "-1:1",
	                                    "1/",
	                                    "/1",
	                                    "1/0",
	                                    "0/1",
	                                    "1/-1",
	                                    "1/1/1",
	                                    "-1/1",
	                                    "1/1:1",
	                                    "1:1/1",
	                                    "1:18446744073709551616",
	                                    "1\n",
	                                    "%1",
	                                    "self",
	                                    "1,2",
	                                    "-1-1",
	                                    "1/2147483648",
	                                    "-5/6",
	                                    "-5:6",
	                                    "00000000000000001"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct signal_target target;
		char expected[256];
		check_about("'%s'", texts[i]);
		check_capture(STDERR_FILENO);
		CHECK_EQUAL(signal_target_parse(&target, texts[i]), STATUS_USAGE);
		snprintf(
		    expected, sizeof expected,
		    "ipctool: '%s' is not a process: PID (1 to 2147483647), PID:INODE, "
		    "PID/TID or -PGID\nTry 'ipctool --help' for more information.\n",
		    strcmp(texts[i], "1\n") == 0 ? "1\\x0a" : texts[i]);
		CHECK_EQUAL(check_captured(STDERR_FILENO), expected);
	}
}
