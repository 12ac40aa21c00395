/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "../check.h"
#include "shm/cell.h"

static void check_value(const char *text, uint64_t expected)
{
	uint64_t value = 4711;
	check_about("'%s'", text);
	CHECK_EQUAL(cell_value_parse(text, &value), NULL);
	CHECK(value == expected);
}

static void check_no_value(const char *text, const char *why)
{
	uint64_t value = 4711;
	check_about("'%s'", text);
	CHECK_EQUAL(cell_value_parse(text, &value), why);
	CHECK(value == 4711);
}

TEST(a_value_of_a_cell_is_a_number_as_in_c)
{
	check_value("0", 0);
	check_value("017", 15);
	check_value("18446744073709551615", UINT64_MAX);
	check_value("0x0", 0);
	check_value("0Xfe", 254);
	check_value("0xFFFFffffFFFFffff", UINT64_MAX);
	check_value("0x000000ffffffffffffffff", UINT64_MAX);
}

TEST(a_negative_value_of_a_cell_counts_from_2_to_the_64)
{
	check_value("-0", 0);
	check_value("-1", UINT64_MAX);
	check_value("-0x10", UINT64_MAX - 15);
	check_value("-18446744073709551615", 1);
}

TEST(what_is_not_a_value_of_a_cell_is_refused)
{
	static const char *const texts[] = {"",    "-",    "+1", "--1", "1 ",
	                                    " 1",  "1.5",  "0x", "-0x", "0xg",
	                                    "1e3", "0x1g", "x1", "4K"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_no_value(texts[i], "not a number");
	check_no_value("18446744073709551616", "more than 18446744073709551615");
	check_no_value("0x10000000000000000", "more than 18446744073709551615");
	check_no_value("0xffffffffffffffff0", "more than 18446744073709551615");
}

TEST(a_condition_has_a_sign_or_letters)
{
	static const struct {
		const char *texts[3];
		enum cell_test test;
		bool less, equal, greater; /* holds for 4, 5, 6 */
	} rows[] = {
	    {{"=", "eq", "=="}, CELL_EQ, false, true, false},
	    {{"!=", "ne"}, CELL_NE, true, false, true},
	    {{"<", "lt"}, CELL_LT, true, false, false},
	    {{"<=", "le"}, CELL_LE, true, true, false},
	    {{">", "gt"}, CELL_GT, false, false, true},
	    {{">=", "ge"}, CELL_GE, false, true, true},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t k = 0; k < 3 && rows[i].texts[k] != NULL; k++) {
			struct cell_condition condition = {.value = 5};
			check_about("'%s'", rows[i].texts[k]);
			CHECK(cell_test_parse(rows[i].texts[k], &condition.test));
			CHECK_EQUAL(condition.test, rows[i].test);
			CHECK_EQUAL(cell_condition_holds(&condition, 4), rows[i].less);
			CHECK_EQUAL(cell_condition_holds(&condition, 5), rows[i].equal);
			CHECK_EQUAL(cell_condition_holds(&condition, 6), rows[i].greater);
		}
}

TEST(another_text_is_no_condition)
{
	static const char *const texts[] = {"", "===", "=>", "<>", "EQ", "-eq", "e"};
	enum cell_test test;
	for (size_t i = 0; i < COUNT(texts); i++) {
		check_about("'%s'", texts[i]);
		CHECK(!cell_test_parse(texts[i], &test));
	}
}

TEST(values_of_a_cell_are_compared_as_unsigned)
{
	const struct cell_condition condition = {.test = CELL_GT, .value = 1};
	CHECK(cell_condition_holds(&condition, UINT64_MAX));
	CHECK(!cell_condition_holds(&condition, 0));
}
