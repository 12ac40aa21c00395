/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../check.h"
#include "cli/option_default.h"
#include "probe.h"

static const struct option_row *row_of(const char *name)
{
	const struct option_row *row = applet_probe.self.options;
	while (row->name == NULL || strcmp(row->name, name) != 0)
		row++;
	return row;
}

/* The default of a row of the probe; NULL: it has none. */
static const char *default_of(const char *name)
{
	static char text[64];
	return option_default(&applet_probe.self, row_of(name), text, sizeof text) ? text
	                                                                           : NULL;
}

TEST(a_default_is_shown_as_one_would_write_it)
{
	CHECK_EQUAL(default_of("count"), "7");
	CHECK_EQUAL(default_of("mode"), "0600");
	CHECK_EQUAL(default_of("api"), "ofd");
}

TEST(an_option_whose_absence_is_none_of_its_values_has_no_default)
{
	static const char *const names[] = {"size", "text", "json", "nonblock", "timeout",
	                                    "rate", "red",  "word", "progress", "delay"};
	for (size_t i = 0; i < COUNT(names); i++) {
		check_about("%s", names[i]);
		CHECK_EQUAL(default_of(names[i]), NULL);
	}
}

TEST(without_a_struct_of_defaults_they_are_zeros)
{
	struct subcommand subcommand = applet_probe.self;
	char text[64];
	subcommand.defaults = NULL;
	CHECK(!option_default(&subcommand, row_of("count"), text, sizeof text));
	CHECK(option_default(&subcommand, row_of("mode"), text, sizeof text));
	CHECK_EQUAL(text, "0000");
}
