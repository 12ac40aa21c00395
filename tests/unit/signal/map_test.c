/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <unistd.h>

#include "../check.h"
#include "signal/map.h"

static enum status parse(struct signal_map *map, const char *one, const char *other)
{
	struct string_list texts = {.count = other != NULL ? 2 : 1, .at = {one, other}};
	return signal_map_parse(map, &texts);
}

TEST(pairs_come_in_one_text_or_in_several)
{
	struct signal_map map;
	CHECK_EQUAL(parse(&map, "INT:TERM,SIGUSR1:0", "1:rtmin"), STATUS_OK);
	CHECK_EQUAL(map.to[SIGINT], SIGTERM);
	CHECK_EQUAL(map.to[SIGUSR1], 0);
	CHECK_EQUAL(map.to[SIGHUP], KSIG_RTMIN);
	CHECK_EQUAL(map.to[SIGTERM], SIGTERM);
	CHECK_EQUAL(signal_map_changed(&map),
	            ksig_bit(SIGINT) | ksig_bit(SIGUSR1) | ksig_bit(SIGHUP));
}

TEST(each_signal_from_the_first_to_the_last_can_be_mapped)
{
	struct signal_map map;
	CHECK_EQUAL(parse(&map, "HUP:0,RTMAX:0", NULL), STATUS_OK);
	CHECK_EQUAL(signal_map_changed(&map), ksig_bit(1) | ksig_bit(KSIG_COUNT));
}

TEST(a_signal_that_is_mapped_to_itself_is_not_changed)
{
	struct signal_map map;
	CHECK_EQUAL(parse(&map, "INT:TERM", "INT:INT"), STATUS_OK);
	CHECK_EQUAL(signal_map_changed(&map), 0);
}

TEST(a_signal_may_be_forwarded_as_one_that_cannot_be_caught_but_not_for_one)
{
	struct signal_map map;
	CHECK_EQUAL(parse(&map, "INT:KILL", NULL), STATUS_OK);
	CHECK_EQUAL(map.to[SIGINT], SIGKILL);
	check_capture(STDERR_FILENO);
	CHECK_EQUAL(parse(&map, "KILL:INT", NULL), STATUS_FAILED);
	check_captured(STDERR_FILENO);
}

TEST(a_text_that_is_not_a_pair_is_refused)
{
	static const struct {
		const char *text;
		enum status status;
	} rows[] = {
	    {"", STATUS_USAGE},
	    {"INT", STATUS_USAGE},
	    {"INT:TERM,", STATUS_USAGE},
	    {",INT:TERM", STATUS_USAGE},
	    {"INT,TERM:INT", STATUS_USAGE},
	    {"INT:", STATUS_FAILED},
	    {":INT", STATUS_FAILED},
	    {"INT:TERM:HUP", STATUS_FAILED},
	    {"INT:FOO", STATUS_FAILED},
	    {"INTINTINTINTINTINTINTINTINTINTINT:TERM", STATUS_USAGE},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct signal_map map;
		check_about("'%s'", rows[i].text);
		check_capture(STDERR_FILENO);
		CHECK_EQUAL(parse(&map, rows[i].text, NULL), rows[i].status);
		CHECK(*check_captured(STDERR_FILENO) != '\0');
	}
}
