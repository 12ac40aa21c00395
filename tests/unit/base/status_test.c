/* SPDX-License-Identifier: MIT */
#include "../check.h"
#include "base/status.h"

TEST(the_first_failure_is_the_status_of_the_whole)
{
	CHECK_EQUAL(status_first_failure(STATUS_OK, STATUS_OK), STATUS_OK);
	CHECK_EQUAL(status_first_failure(STATUS_OK, STATUS_EXISTS), STATUS_EXISTS);
	CHECK_EQUAL(status_first_failure(STATUS_NOT_FOUND, STATUS_OK), STATUS_NOT_FOUND);
	CHECK_EQUAL(status_first_failure(STATUS_NOT_FOUND, STATUS_EXISTS),
	            STATUS_NOT_FOUND);
}

TEST(a_failure_of_what_runs_a_command_is_not_mistaken_for_the_commands)
{
	for (int status = 0; status <= STATUS_MAX; status++) {
		int expected = status == STATUS_OK || status > STATUS_SIGNAL ? status
		               : status == STATUS_WOULD_BLOCK                ? 123
		               : status == STATUS_TIMED_OUT                  ? 124
		                                                             : 125;
		check_about("status %d", status);
		CHECK_EQUAL(status_before_command((enum status)status), expected);
	}
}
