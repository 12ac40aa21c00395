/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "pool/job.h"
#include "pool/job_report.h"

static struct job job_of(char *bytes)
{
	return (struct job){.bytes = bytes, .length = strlen(bytes), .priority = 3};
}

TEST(an_excerpt_is_the_whole_of_a_short_message)
{
	char text[65];
	memset(text, 'x', 64);
	text[64] = '\0';
	struct job job = job_of(text);
	CHECK_EQUAL(job_excerpt_length(&job), 64);
	job.length = 0;
	CHECK_EQUAL(job_excerpt_length(&job), 0);
}

TEST(an_excerpt_has_no_part_of_a_character)
{
	static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac",
	                                         "\xf0\x9f\x98\x80"};
	for (size_t i = 0; i < COUNT(characters); i++)
		for (size_t before = 60; before <= 64; before++) {
			char text[80];
			size_t length = strlen(characters[i]);
			memset(text, 'x', before);
			strcpy(text + before, characters[i]);
			strcat(text, "yyyyy");
			struct job job = job_of(text);
			check_about("character of %zu bytes after %zu", length, before);
			CHECK_EQUAL(job_excerpt_length(&job),
			            before + length > 64 ? before : 64);
		}
}

TEST(an_excerpt_of_bytes_that_are_not_utf8_has_64)
{
	static const char *const ends[] = {"\xff\xff", "\xe2\x82", "\x80\x80\x80\x80",
	                                   "\xc3\xc3"};
	for (size_t i = 0; i < COUNT(ends); i++)
		for (size_t before = 61; before <= 64; before++) {
			char text[80];
			memset(text, 'x', before);
			strcpy(text + before, ends[i]);
			strcat(text, "zzzzz");
			struct job job = job_of(text);
			check_about("%zu after %zu", i, before);
			CHECK_EQUAL(job_excerpt_length(&job), 64);
		}
}

TEST(a_report_names_the_message_and_shows_no_control_character)
{
	char text[] = "a\0\x1b\\\xff";
	char longer[101];
	struct job job = {.bytes = text, .length = sizeof text - 1, .priority = 3};
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(job_report_error(STATUS_FAILED, "/q\n", &job, "lost: %d", 7),
	            STATUS_FAILED);
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "ipctool: /q\\x0a: message 'a\\x00\\x1b\\\\\\xff' of 5 bytes, "
	            "priority 3: lost: 7\n");
	memset(longer, 'y', 100);
	longer[100] = '\0';
	job = job_of(longer);
	check_capture(STDERR_FILENO);
	job_report_error(STATUS_FAILED, "/q", &job, "lost");
	CHECK_EQUAL(check_captured(STDERR_FILENO),
	            "ipctool: /q: message "
	            "'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'"
	            "... of 100 bytes, priority 3: lost\n");
}
