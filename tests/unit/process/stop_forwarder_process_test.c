/* SPDX-License-Identifier: MIT */
#include "../check.h"
#include "process/stop_forwarder_process.h"

TEST(the_state_follows_the_name_whatever_that_is)
{
	static const struct {
		const char *stat;
		char state;
	} rows[] = {{"12 (sleep) T 1 12 12", 'T'},
	            {"12 (sleep) S 1", 'S'},
	            {"1 (a) S b) R 1", 'R'},
	            {"1 ()) T) Z 1", 'Z'},
	            {"1 () T", 'T'}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_about("'%s'", rows[i].stat);
		CHECK_EQUAL(stop_forwarder_parse_state(rows[i].stat), rows[i].state);
	}
}

TEST(other_text_has_no_state)
{
	static const char *const texts[] = {"",           "12",          "12 (sleep",
	                                    "12 (sleep)", "12 (sleep) ", ")T"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		check_about("'%s'", texts[i]);
		CHECK_EQUAL(stop_forwarder_parse_state(texts[i]), '\0');
	}
}
