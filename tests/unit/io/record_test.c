/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "io/record.h"

static const struct record_column columns[] = {
    {"name", -6}, {"size", 5}, {"last", -4}, {NULL, 0}};

/* What a record of three members writes. */
static const char *written_record(bool json, const char *name, int64_t size,
                                  const char *last)
{
	static struct record record;
	check_capture(STDOUT_FILENO);
	record_begin(&record, columns, json);
	record_text(&record, name);
	record_number(&record, size);
	record_text(&record, last);
	CHECK_EQUAL(record_end(&record), STATUS_OK);
	return check_captured(STDOUT_FILENO);
}

TEST(a_row_is_aligned_and_has_no_padding_at_its_end)
{
	CHECK_EQUAL(written_record(false, "jobs", 10, "x"), "jobs      10 x\n");
	CHECK_EQUAL(written_record(false, "longer-name", -123456, "tail"),
	            "longer-name -123456 tail\n");
	CHECK_EQUAL(written_record(false, "", 0, ""), "           0 \n");
}

TEST(a_control_character_is_shown_and_counts_as_it_is_shown)
{
	CHECK_EQUAL(written_record(false, "a\n", 1, "\x1b[2J"),
	            "a\\x0a      1 \\x1b[2J\n");
	CHECK_EQUAL(written_record(false, "\\", 1,
	                           "\xc2\x9b"
	                           "1m\xff"),
	            "\\\\         1 \\xc2\\x9b1m\\xff\n");
}

TEST(an_unknown_value_is_a_dash_or_null)
{
	CHECK_EQUAL(written_record(false, NULL, 1, NULL), "-          1 -\n");
	CHECK_EQUAL(written_record(true, NULL, 1, NULL),
	            "{\"name\":null,\"size\":1,\"last\":null}\n");
}

TEST(an_object_has_the_names_of_the_columns)
{
	CHECK_EQUAL(
	    written_record(true, "/a\"b", INT64_MIN, "é\n"),
	    "{\"name\":\"/a\\\"b\",\"size\":-9223372036854775808,\"last\":\"é\\n\"}\n");
}

TEST(a_text_that_is_not_utf8_is_an_object_with_its_base64)
{
	CHECK_EQUAL(written_record(true, "\xff\xfe\xfd", 1, ""),
	            "{\"name\":{\"base64\":\"//79\"},\"size\":1,\"last\":\"\"}\n");
}

TEST(numbers_truths_and_modes_are_members_of_their_own_type)
{
	static const struct record_column all[] = {
	    {"n", 0}, {"u", 0}, {"c", 0},    {"none", 0}, {"pid", 0}, {"no", 0},
	    {"t", 0}, {"f", 0}, {"mode", 0}, {"user", 0}, {NULL, 0}};
	static const char *const expected[] = {
	    "-1 18446744073709551615 0 - 7 - true false 0640 4294967294\n",
	    "{\"n\":-1,\"u\":18446744073709551615,\"c\":0,\"none\":null,\"pid\":7,\"no\":"
	    "null,"
	    "\"t\":true,\"f\":false,\"mode\":\"0640\",\"user\":\"4294967294\"}\n"};
	static struct record record;
	for (int json = 0; json < 2; json++) {
		check_capture(STDOUT_FILENO);
		record_begin(&record, all, json);
		record_number(&record, -1);
		record_unsigned(&record, UINT64_MAX);
		record_count(&record, 0);
		record_count(&record, -1);
		record_pid(&record, 7);
		record_pid(&record, 0);
		record_boolean(&record, true);
		record_boolean(&record, false);
		record_mode(&record, 0100640);
		record_user(&record, 4294967294);
		CHECK_EQUAL(record_end(&record), STATUS_OK);
		CHECK_EQUAL(check_captured(STDOUT_FILENO), expected[json]);
	}
}

TEST(the_heading_is_in_capitals_and_comes_once)
{
	bool shown = false;
	check_capture(STDOUT_FILENO);
	CHECK_EQUAL(record_heading(columns, true, &shown), STATUS_OK);
	CHECK(!shown);
	CHECK_EQUAL(record_heading(columns, false, &shown), STATUS_OK);
	CHECK(shown);
	CHECK_EQUAL(record_heading(columns, false, &shown), STATUS_OK);
	CHECK_EQUAL(check_captured(STDOUT_FILENO), "NAME    SIZE LAST\n");
}

TEST(a_line_may_have_any_length)
{
	static const size_t lengths[] = {RECORD_BYTES_MAX - 20, RECORD_BYTES_MAX,
	                                 RECORD_BYTES_MAX + 1, 65000};
	static char longest[65001];
	for (size_t i = 0; i < COUNT(lengths); i++)
		for (int json = 0; json < 2; json++) {
			memset(longest, 'x', lengths[i]);
			longest[lengths[i]] = '\0';
			check_about("%zu bytes, json %d", lengths[i], json);
			const char *line = written_record(json, longest, 1, "x");
			const char *rest =
			    json ? "\",\"size\":1,\"last\":\"x\"}\n" : "     1 x\n";
			size_t before = json ? strlen("{\"name\":\"") : 0;
			CHECK_EQUAL(strlen(line), before + lengths[i] + strlen(rest));
			CHECK_EQUAL(strspn(line + before, "x"), lengths[i]);
			CHECK_EQUAL(line + before + lengths[i], rest);
		}
}

TEST(a_member_may_be_a_list_of_texts_or_of_objects)
{
	static const struct record_column all[] = {
	    {"none", 0}, {"texts", 0}, {"objects", 0}, {"last", 0}, {0}};
	static const struct record_column own[] = {{"n", 0}, {"list", 0}, {0}};
	static struct record record;
	check_capture(STDOUT_FILENO);
	record_begin(&record, all, true);
	record_begin_list(&record);
	record_end_list(&record);
	record_begin_list(&record);
	record_item(&record, "a\n");
	record_item(&record, "\xff");
	record_end_list(&record);
	record_begin_list(&record);
	for (int i = 1; i < 3; i++) {
		record_begin_object(&record, own);
		record_number(&record, i);
		record_begin_list(&record);
		record_item(&record, "x");
		record_end_list(&record);
		record_end_object(&record);
	}
	record_end_list(&record);
	record_number(&record, 7);
	CHECK_EQUAL(record_end(&record), STATUS_OK);
	CHECK_EQUAL(
	    check_captured(STDOUT_FILENO),
	    "{\"none\":[],\"texts\":[\"a\\n\",{\"base64\":\"/w==\"}],\"objects\":["
	    "{\"n\":1,\"list\":[\"x\"]},{\"n\":2,\"list\":[\"x\"]}],\"last\":7}\n");
}

TEST(seconds_have_six_decimal_places)
{
	static const struct record_column seconds[] = {
	    {"a", 0}, {"b", 0}, {"c", 12}, {NULL, 0}};
	static struct record record;
	for (int json = 0; json < 2; json++) {
		check_capture(STDOUT_FILENO);
		record_begin(&record, seconds, json);
		record_seconds(&record, 0);
		record_seconds(&record, 1999);
		record_seconds(&record, 12345678901234);
		CHECK_EQUAL(record_end(&record), STATUS_OK);
		CHECK_EQUAL(check_captured(STDOUT_FILENO),
		            json ? "{\"a\":0.000000,\"b\":0.000001,\"c\":12345.678901}\n"
		                 : "0.000000 0.000001 12345.678901\n");
	}
}

TEST(bytes_may_be_a_NUL_or_not_UTF8)
{
	static const struct record_column data[] = {{"a", 0}, {"b", 0}, {NULL, 0}};
	static struct record record;
	check_capture(STDOUT_FILENO);
	record_begin(&record, data, true);
	record_data(&record, "x\0\"", 3);
	record_data(&record, "\xff", 1);
	CHECK_EQUAL(record_end(&record), STATUS_OK);
	CHECK_EQUAL(check_captured(STDOUT_FILENO),
	            "{\"a\":\"x\\u0000\\\"\",\"b\":{\"base64\":\"/w==\"}}\n");
}

TEST(a_record_can_be_stored_or_discarded)
{
	static struct record record;
	char line[64];
	check_capture(STDOUT_FILENO);
	record_begin(&record, columns, true);
	record_text(&record, "x");
	size_t length = record_store(&record, line);
	CHECK_BYTES(line, length, "{\"name\":\"x\"}\n", strlen("{\"name\":\"x\"}\n"));
	record_begin(&record, columns, true);
	record_text(&record, "x");
	record_discard(&record);
	CHECK_EQUAL(check_captured(STDOUT_FILENO), "");
}

TEST(every_byte_of_a_path_may_be_escaped)
{
	static char path[4096];
	memset(path, 1, sizeof path - 1);
	CHECK_EQUAL(strlen(written_record(true, path, 1, "")),
	            6 * (sizeof path - 1) +
	                strlen("{\"name\":\"\",\"size\":1,\"last\":\"\"}\n"));
}
