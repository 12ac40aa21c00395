/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "../check.h"
#include "signal/escalation.h"

TEST(an_escalation_is_signals_with_the_time_until_the_next)
{
	struct escalation plan = {0};
	CHECK_EQUAL(escalation_parse(&plan, "TERM:5s,sigint:200ms,9"), STATUS_OK);
	CHECK_EQUAL(plan.count, 3);
	CHECK_EQUAL(plan.steps[0].signal, SIGTERM);
	CHECK_EQUAL(plan.steps[0].timeout.kind, TIMEOUT_AFTER);
	CHECK_EQUAL(plan.steps[0].timeout.nanoseconds, 5000000000);
	CHECK_EQUAL(plan.steps[1].signal, SIGINT);
	CHECK_EQUAL(plan.steps[1].timeout.nanoseconds, 200000000);
	CHECK_EQUAL(plan.steps[2].signal, SIGKILL);
	CHECK_EQUAL(plan.steps[2].timeout.kind, TIMEOUT_NONE);
	CHECK_EQUAL(escalation_parse(&plan, "KILL:1"), STATUS_OK);
	CHECK_EQUAL(plan.count, 1);
	CHECK_EQUAL(plan.steps[0].timeout.kind, TIMEOUT_AFTER);
}

TEST(an_escalation_that_is_not_one_is_refused)
{
	static const struct {
		const char *text;
		enum status status;
	} rows[] = {{"", STATUS_FAILED},          {"NOPE", STATUS_FAILED},
	            {"TERM:5s,", STATUS_FAILED},  {",TERM", STATUS_FAILED},
	            {"TERM,KILL", STATUS_USAGE},  {"TERM:", STATUS_USAGE},
	            {"TERM:-1", STATUS_USAGE},    {"TERM:1:2", STATUS_USAGE},
	            {"TERM:1x,INT", STATUS_USAGE}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct escalation plan = {0};
		check_about("'%s'", rows[i].text);
		CHECK_EQUAL(escalation_parse(&plan, rows[i].text), rows[i].status);
	}
}

TEST(the_duration_of_a_wait_may_be_left_out)
{
	struct timeout timeout = {0};
	bool given = true;
	CHECK_EQUAL(escalation_parse_wait(NULL, &given, &timeout), STATUS_OK);
	CHECK(!given);
	CHECK_EQUAL(escalation_parse_wait("", &given, &timeout), STATUS_OK);
	CHECK(given);
	CHECK_EQUAL(timeout.kind, TIMEOUT_NONE);
	CHECK_EQUAL(escalation_parse_wait("2s", &given, &timeout), STATUS_OK);
	CHECK_EQUAL(timeout.kind, TIMEOUT_AFTER);
	CHECK_EQUAL(timeout.nanoseconds, 2000000000);
	CHECK_EQUAL(escalation_parse_wait("x", &given, &timeout), STATUS_USAGE);
}
