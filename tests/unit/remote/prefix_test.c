/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "../check.h"
#include "remote/prefix.h"

static const char no_id[] = "does not begin with ID<tab>",
                  range[] = "has a priority that is out of range";

TEST(an_id_and_a_priority_are_split_from_the_message)
{
	static const struct {
		struct remote_prefix prefix;
		const char *text, *wrong, *id, *rest;
		int64_t priority;
	} rows[] = {
	    {{false, false}, "a\t7\tb", NULL, NULL, "a\t7\tb", -1},
	    {{false, false}, "", NULL, NULL, "", -1},
	    {{true, false}, "a\t7\tb", NULL, "a", "7\tb", -1},
	    {{true, false}, "!~\t", NULL, "!~", "", -1},
	    {{true, true}, "a\t7\tb", NULL, "a", "b", 7},
	    {{false, true}, "0\tb", NULL, NULL, "b", 0},
	    {{false, true}, "9223372036854775807\t", NULL, NULL, "", INT64_MAX},
	    {{true, false}, "", no_id, NULL, NULL, 0},
	    {{true, false}, "a", no_id, NULL, NULL, 0},
	    {{true, false}, "\tb", no_id, NULL, NULL, 0},
	    {{true, false}, "a b\tc", no_id, NULL, NULL, 0},
	    {{true, false}, "a\x7f\tc", no_id, NULL, NULL, 0},
	    {{true, false}, "\xc3\xa9\tc", no_id, NULL, NULL, 0},
	    {{false, true}, "9223372036854775808\t", range, NULL, NULL, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct engine_message message;
		char id[ENGINE_ID_MAX + 1] = "before";
		check_about("%s", rows[i].text);
		CHECK_EQUAL(remote_prefix_split(&rows[i].prefix, &message, id,
		                                rows[i].text, strlen(rows[i].text)),
		            rows[i].wrong);
		if (rows[i].wrong != NULL)
			continue;
		CHECK_EQUAL(message.id, rows[i].id);
		CHECK_EQUAL(message.priority, rows[i].priority);
		CHECK_BYTES(message.bytes, message.length, rows[i].rest,
		            strlen(rows[i].rest));
	}
}

TEST(an_id_has_at_most_255_bytes)
{
	static const struct remote_prefix prefix = {.with_id = true};
	struct engine_message message;
	char id[ENGINE_ID_MAX + 1], text[ENGINE_ID_MAX + 3];
	memset(text, 'x', sizeof text);
	text[ENGINE_ID_MAX] = '\t';
	CHECK_EQUAL(remote_prefix_split(&prefix, &message, id, text, ENGINE_ID_MAX + 2),
	            NULL);
	CHECK_EQUAL(strlen(message.id), ENGINE_ID_MAX);
	CHECK_BYTES(message.bytes, message.length, "x", 1);
	text[ENGINE_ID_MAX] = 'x';
	text[ENGINE_ID_MAX + 1] = '\t';
	CHECK_EQUAL(remote_prefix_split(&prefix, &message, id, text, ENGINE_ID_MAX + 2),
	            no_id);
}
