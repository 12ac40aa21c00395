/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "../check.h"
#include "lock/range.h"

TEST(a_range_is_a_start_and_a_length)
{
	struct lock_attributes attributes = {.start = 1, .length = 1};
	CHECK_EQUAL(lock_range_parse("0:0", &attributes), STATUS_OK);
	CHECK_EQUAL(attributes.start, 0);
	CHECK_EQUAL(attributes.length, 0);
	CHECK_EQUAL(lock_range_parse("4K:1M", &attributes), STATUS_OK);
	CHECK_EQUAL(attributes.start, 4096);
	CHECK_EQUAL(attributes.length, 1048576);
	CHECK_EQUAL(lock_range_parse("9223372036854775806:2", &attributes), STATUS_OK);
	CHECK_EQUAL(attributes.length, 2);
}

TEST(anything_else_is_a_usage_error)
{
	struct lock_attributes attributes;
	static const char *const bad[] = {
	    "",
	    ":",
	    "1",
	    "1:",
	    ":1",
	    "1:2:3",
	    "-1:1",
	    "1:x",
	    "9223372036854775806:3",
	    "0000000000000000000000000000000000000000000000000000000000000001:1"};
	for (size_t i = 0; i < COUNT(bad); i++) {
		check_about("%s", bad[i]);
		check_capture(STDERR_FILENO);
		CHECK_EQUAL(lock_range_parse(bad[i], &attributes), STATUS_USAGE);
		check_captured(STDERR_FILENO);
	}
}
