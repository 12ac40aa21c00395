/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../check.h"

/* Not constants for the compiler, which knows what strstr(3) does. */
static const char *volatile text = "Pid:\t1\nTracerPid:\t0\nTracerPid";

TEST(the_first_place_of_a_part_is_found)
{
	CHECK_EQUAL(strstr(text, "Pid:") - text, 0);
	CHECK_EQUAL(strstr(text, "\nTracerPid:") - text, 6);
	CHECK_EQUAL(strstr(text, "TracerPid\0x") - text, 7);
	CHECK_EQUAL(strstr(text, "0\nTracerPid") - text, 18);
	CHECK_EQUAL(strstr(text, "") - text, 0);
	CHECK(strstr(text, "TracerPid:\t0\nTracerPid:") == NULL);
	CHECK(strstr(text + strlen(text), "T") == NULL);
	CHECK_EQUAL(*strstr(text + strlen(text), ""), '\0');
}
