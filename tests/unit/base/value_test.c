/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>

#include "../check.h"
#include "base/value.h"

static const int64_t untouched = 4711;

/* A reader gives NULL and the value of a text, or says why and leaves the value alone. */
static void check_value(const char *(*read)(const char *, int64_t, int64_t, int64_t *,
                                            struct value_error *),
                        const char *text, int64_t min, int64_t max, const char *why,
                        int64_t expected)
{
	struct value_error reason;
	int64_t n = untouched;
	check_about("'%s'", text);
	CHECK_EQUAL(read(text, min, max, &n, &reason), why);
	CHECK_EQUAL(n, expected);
}

/* The same, of a duration or a rate. */
static void check_nanoseconds(const char *(*read)(const char *, int64_t *),
                              const char *text, const char *why, int64_t expected)
{
	int64_t n = untouched;
	check_about("'%s'", text);
	CHECK_EQUAL(read(text, &n), why);
	CHECK_EQUAL(n, expected);
}

/* ---------------------------------------------------------------- numbers */

static void check_number(const char *text, int64_t min, int64_t max, int64_t expected)
{
	check_value(value_number, text, min, max, NULL, expected);
}

static void check_no_number(const char *text, int64_t min, int64_t max, const char *why)
{
	check_value(value_number, text, min, max, why, untouched);
}

TEST(a_number_is_decimal_with_an_optional_sign)
{
	check_number("0", INT64_MIN, INT64_MAX, 0);
	check_number("-0", INT64_MIN, INT64_MAX, 0);
	check_number("+7", INT64_MIN, INT64_MAX, 7);
	check_number("-7", INT64_MIN, INT64_MAX, -7);
	check_number("0010", INT64_MIN, INT64_MAX, 10);
	check_number("00000000000000000000000000000000000012", 0, 12, 12);
	check_number("9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX);
	check_number("-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN);
}

TEST(a_number_is_the_whole_text)
{
	static const char *const texts[] = {"",
	                                    " ",
	                                    "x",
	                                    "1.5",
	                                    "1K",
	                                    " 1",
	                                    "1 ",
	                                    "+",
	                                    "-",
	                                    "--1",
	                                    "+-1",
	                                    "0x10",
	                                    "1e3",
	                                    "1\n",
	                                    "1,5",
	                                    "=5",
	                                    "5n",
	                                    "\xd9\xa1",
	                                    "99999999999999999999x"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_no_number(texts[i], INT64_MIN, INT64_MAX, "not a number");
}

TEST(a_number_that_is_out_of_its_bounds_is_refused_with_the_bound)
{
	check_number("5", 5, 9, 5);
	check_number("9", 5, 9, 9);
	check_no_number("4", 5, 9, "less than 5");
	check_no_number("10", 5, 9, "more than 9");
	check_no_number("-1", 0, 32767, "less than 0");
	check_no_number("32768", 0, 32767, "more than 32767");
	check_no_number("99999999999999999999", 0, 9, "more than 9");
	check_no_number("-99999999999999999999", -3, 9, "less than -3");
	check_no_number("9223372036854775808", INT64_MIN, INT64_MAX,
	                "more than 9223372036854775807");
	check_no_number("-9223372036854775809", INT64_MIN, INT64_MAX,
	                "less than -9223372036854775808");
	check_no_number("18446744073709551616", INT64_MIN, INT64_MAX,
	                "more than 9223372036854775807");
}

TEST(an_unsigned_number_has_no_sign_and_the_whole_range)
{
	static const struct {
		const char *text, *wrong;
		uint64_t value;
	} rows[] = {
	    {"0", NULL, 0},
	    {"00018446744073709551615", NULL, UINT64_MAX},
	    {"18446744073709551616", "more than 18446744073709551615", 0},
	    {"99999999999999999999999", "more than 18446744073709551615", 0},
	    {"99999999999999999999999x", "not a number", 0},
	    {"", "not a number", 0},
	    {"+1", "not a number", 0},
	    {"-1", "not a number", 0},
	    {"1 ", "not a number", 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t n = 4711;
		check_about("'%s'", rows[i].text);
		CHECK_EQUAL(value_unsigned(rows[i].text, &n), rows[i].wrong);
		CHECK_EQUAL(n, rows[i].wrong == NULL ? rows[i].value : 4711);
	}
}

TEST(an_unsigned_number_of_c_has_a_base)
{
	static const char *octal = "not a number: 0 at the beginning means octal";
	static const struct {
		const char *text, *wrong;
		uint64_t value;
	} rows[] = {
	    {"0", NULL, 0},
	    {"00", NULL, 0},
	    {"10", NULL, 10},
	    {"010", NULL, 8},
	    {"0x10", NULL, 16},
	    {"0XfF", NULL, 255},
	    {"0xffffffffffffffff", NULL, UINT64_MAX},
	    {"01777777777777777777777", NULL, UINT64_MAX},
	    {"18446744073709551615", NULL, UINT64_MAX},
	    {"18446744073709551616", "more than 18446744073709551615", 0},
	    {"0x10000000000000000", "more than 18446744073709551615", 0},
	    {"02000000000000000000000", "more than 18446744073709551615", 0},
	    {"0x10000000000000000g", "not a number", 0},
	    {"0x", "not a number", 0},
	    {"0x-1", "not a number", 0},
	    {"0x 1", "not a number", 0},
	    {"07a", "not a number", 0},
	    {"1a", "not a number", 0},
	    {"x10", "not a number", 0},
	    {"", "not a number", 0},
	    {"-1", "not a number", 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t n = 4711;
		check_about("'%s'", rows[i].text);
		CHECK_EQUAL(value_c_unsigned(rows[i].text, &n), rows[i].wrong);
		CHECK_EQUAL(n, rows[i].wrong == NULL ? rows[i].value : 4711);
	}
	uint64_t n = 4711;
	CHECK_EQUAL(value_c_unsigned("08", &n), octal);
	CHECK_EQUAL(value_c_unsigned("0779", &n), octal);
	CHECK_EQUAL(n, 4711);
}

TEST(a_number_of_the_kernel_is_what_a_text_begins_with)
{
	static const struct {
		const char *text;
		unsigned base;
		uint64_t value;
		size_t length;
	} rows[] = {
	    {"72 0xb", 10, 72, 2},
	    {" \t\n8", 10, 8, 4},
	    {"-1 x", 10, UINT64_MAX, 2},
	    {"0xb", 16, 11, 3},
	    {"0Xfe:00", 16, 254, 4},
	    {"fE:00", 16, 254, 2},
	    {"0xg", 16, 0, 1},
	    {"0x", 16, 0, 1},
	    {"0xb", 10, 0, 1},
	    {"078", 8, 7, 2},
	    {"", 10, 0, 0},
	    {"  x", 10, 0, 0},
	    {"-", 10, 0, 0},
	    {"18446744073709551615", 10, UINT64_MAX, 20},
	    {"ffffffffffffffff", 16, UINT64_MAX, 16},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *end;
		check_about("'%s' in base %u", rows[i].text, rows[i].base);
		CHECK_EQUAL(value_strtoull(rows[i].text, &end, rows[i].base),
		            rows[i].value);
		CHECK_EQUAL(end - rows[i].text, rows[i].length);
		CHECK_EQUAL(value_strtoull(rows[i].text, NULL, rows[i].base),
		            rows[i].value);
	}
	CHECK_EQUAL(value_strtoull("18446744073709551616", NULL, 10), UINT64_MAX);
	CHECK_EQUAL(value_strtoull("-99999999999999999999", NULL, 10), UINT64_MAX);
}

TEST(a_number_is_written_in_decimal)
{
	static const uint64_t numbers[] = {
	    0, 9, 10, 99, 100, 4294967295, 1000000000, INT64_MAX, UINT64_MAX};
	for (size_t i = 0; i < COUNT(numbers); i++) {
		char ours[20], theirs[24];
		char *begin = value_format_decimal(ours + sizeof ours, numbers[i]);
		int length = snprintf(theirs, sizeof theirs, "%llu",
		                      (unsigned long long)numbers[i]);
		CHECK_BYTES(begin, (size_t)(ours + sizeof ours - begin), theirs,
		            (size_t)length);
	}
}

/* ------------------------------------------------------------------ sizes */

static void check_size(const char *text, int64_t expected)
{
	check_value(value_size, text, 0, INT64_MAX, NULL, expected);
}

static void check_no_size(const char *text, int64_t min, int64_t max, const char *why)
{
	check_value(value_size, text, min, max, why, untouched);
}

TEST(a_size_counts_by_1024_or_by_1000_with_B)
{
	int64_t binary = 1, decimal = 1;
	for (const char *letter = "KMGTP"; *letter != '\0'; letter++) {
		char text[8];
		binary *= 1024;
		decimal *= 1000;
		sprintf(text, "1%c", *letter);
		check_size(text, binary);
		sprintf(text, "3%ciB", *letter);
		check_size(text, 3 * binary);
		sprintf(text, "5%cB", *letter);
		check_size(text, 5 * decimal);
	}
	check_size("1k", 1024);
	check_size("1kB", 1000);
	check_size("1kiB", 1024);
	check_size("12B", 12);
	check_size("4096", 4096);
	check_size("0K", 0);
	check_size("0000000000000000000000000000012", 12);
}

TEST(a_size_reaches_up_to_the_largest_that_an_object_can_have)
{
	static const char *const texts[] = {"9223372036854775808",
	                                    "9007199254740992K",
	                                    "8192P",
	                                    "9224PB",
	                                    "9999999T",
	                                    "18446744073709551616",
	                                    "18446744073709551615P",
	                                    "99999999999999999999999999K"};
	check_size("9223372036854775807", INT64_MAX);
	check_size("9223372036854775807B", INT64_MAX);
	check_size("9007199254740991K", INT64_C(9223372036854774784));
	check_size("8191P", INT64_C(9222246136947933184));
	for (size_t i = 0; i < COUNT(texts); i++)
		check_no_size(texts[i], 0, INT64_MAX, "more than 9223372036854775807");
}

TEST(a_size_that_is_out_of_its_bounds_is_refused_with_the_bound)
{
	check_no_size("1K", 0, 1023, "more than 1023");
	check_no_size("99999999999999999999", 0, 1023, "more than 1023");
	check_no_size("1K", 1025, 2048, "less than 1025");
	check_no_size("0", 1, INT64_MAX, "less than 1");
}

TEST(a_size_is_the_whole_text_without_a_sign)
{
	static const char *const texts[] = {
	    "",        " ",    "K",   "-1",  "+1",   "1.5K",  ".5K",
	    "1,5",     "0x10", "1e3", " 1",  "1 ",   "1 K",   "1KK",
	    "1Kb",     "1KIB", "1iB", "1BB", "1m",   "1g",    "1E",
	    "8EiB",    "1Ki",  "1\n", "1b",  "1KBB", "1KiBB", "99999999999999999999x",
	    "\xd9\xa1"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_no_size(texts[i], 0, INT64_MAX, "not a size");
}

/* -------------------------------------------------------------- durations */

TEST(a_duration_has_a_unit_and_is_of_seconds_without)
{
	static const struct {
		const char *text;
		int64_t nanoseconds;
	} rows[] = {
	    {"2", 2000000000},
	    {"2s", 2000000000},
	    {"2.", 2000000000},
	    {"0.5", 500000000},
	    {".5", 500000000},
	    {"200ms", 200000000},
	    {".5ms", 500000},
	    {"10us", 10000},
	    {"10ns", 10},
	    {"2m", INT64_C(120000000000)},
	    {"1h", INT64_C(3600000000000)},
	    {"1.5h", INT64_C(5400000000000)},
	    {"1d", INT64_C(86400000000000)},
	    {"0", 0},
	    {"0.000", 0},
	    {"0d", 0},
	    {"00000000000000000000002", 2000000000},
	    /* rounded up, whatever the number of digits */
	    {"0.000000001", 1},
	    {"0.0000000001", 1},
	    {"0.00000000000000000000000000000000000000001", 1},
	    {"0.1ns", 1},
	    {"1.000000001ns", 2},
	    {"0.3333333333", 333333334},
	    {"0.9999999999", 1000000000},
	    {"0.0001m", 6000000},
	    {"9223372036.854775807", INT64_MAX},
	    {"106751.9d", INT64_C(9223364160000000000)},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_nanoseconds(value_duration, rows[i].text, NULL,
		                  rows[i].nanoseconds);
}

TEST(a_duration_is_the_whole_text_without_a_sign)
{
	static const char *const texts[] = {
	    "",    " ",   ".",    "s",     "-1",  "+1",     "1e3",
	    "0x1", "inf", "nan",  "1.2.3", "1,5", "1 s",    "1sec",
	    "1S",  "1M",  "1min", "1w",    "1y",  "1ss",    " 1",
	    "1\n", "..5", "=1",   ".s",    "1..", "imeout", "99999999999999999999x"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_nanoseconds(value_duration, texts[i], "not a duration", untouched);
}

TEST(a_duration_of_more_than_292_years_is_refused)
{
	static const char *const texts[] = {"9223372036.854775808",
	                                    "9223372036.8547758070000000001",
	                                    "9223372037",
	                                    "153722868m",
	                                    "2562048h",
	                                    "106752d",
	                                    "18446744073709551615ns",
	                                    "18446744073709551615.5ns",
	                                    "99999999999999999999",
	                                    "99999999999999999999d",
	                                    "999999999999"};
	for (size_t i = 0; i < COUNT(texts); i++)
		check_nanoseconds(value_duration, texts[i], "more than 292 years",
		                  untouched);
}

/* ------------------------------------------------------------------ rates */

TEST(a_rate_is_the_time_from_one_to_the_next_rounded_up)
{
	static const struct {
		const char *text;
		int64_t nanoseconds;
	} rows[] = {
	    {"1000000000", 1},   {"1000000000.0", 1},
	    {"999999999", 2},    {"600000000", 2},
	    {"00020", 50000000}, {"3", 333333334},
	    {"2.5", 400000000},  {"2.", 500000000},
	    {".5", 2000000000},  {"0.000000001", INT64_C(1000000000000000000)},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_nanoseconds(value_rate, rows[i].text, NULL, rows[i].nanoseconds);
}

TEST(a_rate_is_a_number_of_more_than_0_and_of_1000000000_at_most)
{
	static const struct {
		const char *text, *wrong;
	} rows[] = {
	    {"", "not a number"},
	    {".", "not a number"},
	    {"x", "not a number"},
	    {"-1", "not a number"},
	    {"+1", "not a number"},
	    {"1s", "not a number"},
	    {"1ms", "not a number"},
	    {"1e3", "not a number"},
	    {" 1", "not a number"},
	    {"0x10", "not a number"},
	    {"1..2", "not a number"},
	    {"99999999999999999999d", "not a number"},
	    {"0", "not greater than 0"},
	    {"0.0", "not greater than 0"},
	    {".0", "not greater than 0"},
	    {"1000000001", "more than 1000000000"},
	    {"1000000000.000000001", "more than 1000000000"},
	    {"99999999999999999999", "more than 1000000000"},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_nanoseconds(value_rate, rows[i].text, rows[i].wrong, untouched);
}

/* ------------------------------------------------------ words, descriptors */

TEST(a_time_to_show_progress_is_one_of_three_words)
{
	static const char *const wrong[] = {"", "Auto", "autox", "aut", "yes", "1"};
	enum value_when when = VALUE_WHEN_ALWAYS;
	CHECK_EQUAL(value_when("auto", &when), NULL);
	CHECK_EQUAL(when, VALUE_WHEN_AUTO);
	CHECK_EQUAL(value_when("never", &when), NULL);
	CHECK_EQUAL(when, VALUE_WHEN_NEVER);
	CHECK_EQUAL(value_when("always", &when), NULL);
	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK_EQUAL(value_when(wrong[i], &when), "not auto, always or never");
	CHECK_EQUAL(when, VALUE_WHEN_ALWAYS);
}

TEST(a_descriptor_is_a_number_without_a_sign)
{
	static const char *const wrong[] = {
	    "", "-1", "+1", "-0", "x", "1 ", "2147483648", "99999999999999999999"};
	int fd = -1;
	CHECK_EQUAL(value_descriptor("0", &fd), NULL);
	CHECK_EQUAL(fd, 0);
	CHECK_EQUAL(value_descriptor("2147483647", &fd), NULL);
	CHECK_EQUAL(fd, INT_MAX);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		check_about("'%s'", wrong[i]);
		CHECK_EQUAL(value_descriptor(wrong[i], &fd), "not a descriptor number");
	}
	CHECK_EQUAL(fd, INT_MAX);
}
