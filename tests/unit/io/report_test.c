/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "base/call.h"
#include "io/report.h"

TEST(a_line_is_written_at_once_and_errno_stays)
{
	int ends[2];
	char text[64] = "";
	CHECK_EQUAL(pipe2(ends, O_DIRECT), 0); /* a read returns what one write wrote */
	int saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	errno = EXDEV;
	report_info("%s and %d", "one\x1b[2J\n", 2);
	CHECK_EQUAL(errno, EXDEV);
	dup2(saved, STDERR_FILENO);
	CHECK(read(ends[0], text, sizeof text - 1) > 0);
	CHECK_EQUAL(text, "one\\x1b[2J\\x0a and 2\n");
}

TEST(a_long_line_is_cut_and_still_one_line)
{
	static const size_t lengths[] = {3000, 4000, 4095, 4096, 5000, 100000};
	static char text[100001];
	for (int control = 0; control < 2; control++)
		for (size_t i = 0; i < COUNT(lengths); i++) {
			memset(text, control ? '\n' : 'x', lengths[i]);
			text[lengths[i]] = '\0';
			check_about("%zu bytes", lengths[i]);
			check_capture(STDERR_FILENO);
			report_info("%s", text);
			const char *line = check_captured(STDERR_FILENO);
			size_t length = strlen(line);
			CHECK(length <= REPORT_LINE_MAX);
			CHECK(strchr(line, '\n') == line + length - 1);
			if (lengths[i] > 3000 || control)
				CHECK_EQUAL(line + length - 4, "...\n");
			else
				CHECK_EQUAL(length, 3001);
		}
}

TEST(a_message_erases_the_status_line_first)
{
	struct call call;
	call_begin(&call, "probe");
	check_capture(STDERR_FILENO);
	report_overwrite("status", 6);
	CHECK_EQUAL(call.shown, 6);
	report_overwrite("more", 4);
	report_info("message");
	CHECK_EQUAL(call.shown, 0);
	CHECK_EQUAL(check_captured(STDERR_FILENO), "\rstatus\rmore  \r    \rmessage\n");
	call_end(&call);
}
