/* SPDX-License-Identifier: MIT */
#include "../check.h"
#include "base/quantity.h"

static char text[QUANTITY_TEXT];

static const char *bytes(int64_t number, bool fixed)
{
	quantity_bytes(text, number, fixed);
	return text;
}

static const char *duration(int64_t nanoseconds)
{
	quantity_time(text, nanoseconds);
	return text;
}

static const char *count(int64_t number)
{
	quantity_count(text, number);
	return text;
}

static const char *byte_rate(int64_t number)
{
	quantity_byte_rate(text, number);
	return text;
}

TEST(bytes_have_three_digits_or_a_whole_number_of_units)
{
	CHECK_EQUAL(bytes(0, false), "0 B");
	CHECK_EQUAL(bytes(1023, false), "1023 B");
	CHECK_EQUAL(bytes(1024, false), "1 KiB");
	CHECK_EQUAL(bytes(4096, false), "4 KiB");
	CHECK_EQUAL(bytes(1025, false), "1.00 KiB");
	CHECK_EQUAL(bytes(1536, false), "1.50 KiB");
	CHECK_EQUAL(bytes(64 << 20, false), "64 MiB");
	CHECK_EQUAL(bytes((64 << 20) + 1, false), "64.0 MiB");
	CHECK_EQUAL(bytes(12345678, false), "11.7 MiB");
	CHECK_EQUAL(bytes(1047527424, false), "999 MiB");
	CHECK_EQUAL(bytes((1 << 30) - 1, false), "1023 MiB");
	CHECK_EQUAL(bytes(INT64_MAX, false), "7.99 EiB");
}

TEST(bytes_that_grow_keep_their_digits)
{
	CHECK_EQUAL(bytes(1023, true), "1023 B");
	CHECK_EQUAL(bytes(4096, true), "4.00 KiB");
	CHECK_EQUAL(bytes(64 << 20, true), "64.0 MiB");
	CHECK_EQUAL(bytes(512 << 20, true), "512 MiB");
}

TEST(a_time_has_two_digits_or_three_and_a_unit)
{
	CHECK_EQUAL(duration(0), "0 ns");
	CHECK_EQUAL(duration(999), "999 ns");
	CHECK_EQUAL(duration(1000), "1.0 us");
	CHECK_EQUAL(duration(9949), "9.9 us");
	CHECK_EQUAL(duration(9950), "10 us");
	CHECK_EQUAL(duration(72499), "72 us");
	CHECK_EQUAL(duration(999499), "999 us");
	CHECK_EQUAL(duration(999500), "1.0 ms");
	CHECK_EQUAL(duration(1204224), "1.2 ms");
	CHECK_EQUAL(duration(999500000), "1.0 s");
	CHECK_EQUAL(duration(599000000000), "599 s");
	CHECK_EQUAL(duration(600000000000), "10 min");
	CHECK_EQUAL(duration(7200000000000), "2.0 h");
	CHECK_EQUAL(duration(INT64_MAX), "2562048 h");
}

TEST(a_count_has_up_to_three_digits_and_a_prefix)
{
	CHECK_EQUAL(count(0), "0");
	CHECK_EQUAL(count(999), "999");
	CHECK_EQUAL(count(1000), "1.0 k");
	CHECK_EQUAL(count(51449), "51.4 k");
	CHECK_EQUAL(count(514000), "514 k");
	CHECK_EQUAL(count(999499), "999 k");
	CHECK_EQUAL(count(999500), "1.0 M");
	CHECK_EQUAL(count(INT64_MAX), "9.2 E");
}

TEST(a_rate_of_bytes_is_in_powers_of_1000)
{
	CHECK_EQUAL(byte_rate(514), "514 B/s");
	CHECK_EQUAL(byte_rate(72756209), "72.8 MB/s");
	CHECK_EQUAL(byte_rate(12800000000), "12.8 GB/s");
}
