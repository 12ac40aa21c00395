/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "../check.h"

TEST(the_size_of_a_page_the_ticks_of_a_second_and_the_processors)
{
	CHECK_EQUAL(sysconf(_SC_PAGESIZE), getpagesize());
	CHECK_EQUAL(sysconf(_SC_CLK_TCK), 100);
	CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
}
