/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "bench/histogram.h"

static struct histogram histogram;

static void empty(void)
{
	memset(&histogram, 0, sizeof histogram);
}

/* The value that is read out of a histogram of that one. */
static int64_t read_back(int64_t nanoseconds)
{
	empty();
	histogram_add(&histogram, nanoseconds);
	CHECK_EQUAL(histogram.count, 1);
	return histogram_quantile(&histogram, 0.5);
}

TEST(an_empty_histogram_is_0_everywhere)
{
	empty();
	CHECK_EQUAL(histogram_quantile(&histogram, 0), 0);
	CHECK_EQUAL(histogram_quantile(&histogram, 1), 0);
}

TEST(a_value_below_64_is_exact)
{
	for (int64_t value = 0; value < 64; value++)
		CHECK_EQUAL(read_back(value), value);
}

/* Around each power of two, where the width of the buckets changes. */
TEST(a_value_is_right_to_a_128th_of_it)
{
	for (int power = 6; power <= 40; power++)
		for (int64_t step = -3; step < 200; step++) {
			int64_t value = (INT64_C(1) << power) + step * step * step;
			if (value < 64 || value >= INT64_C(1) << 41)
				continue;
			check_about("%lld", (long long)value);
			CHECK(llabs(read_back(value) - value) <= value / 128);
		}
}

TEST(a_value_out_of_range_counts_as_the_nearest_one_in_range)
{
	CHECK_EQUAL(read_back(-1), 0);
	CHECK_EQUAL(read_back(INT64_MIN), 0);
	CHECK_EQUAL(read_back(INT64_MAX), read_back((INT64_C(1) << 41) - 1));
	CHECK(read_back(INT64_MAX) > INT64_C(1) << 40);
}

TEST(values_stay_in_their_order)
{
	int64_t last = -1;
	for (int64_t value = 0; value < 100000; value += value < 3000 ? 1 : 97) {
		int64_t back = read_back(value);
		CHECK(back >= last);
		last = back;
	}
}

TEST(a_quantile_is_the_value_that_this_share_does_not_pass)
{
	empty();
	for (int64_t value = 1; value <= 50; value++)
		histogram_add(&histogram, value);
	CHECK_EQUAL(histogram_quantile(&histogram, 0), 1);
	CHECK_EQUAL(histogram_quantile(&histogram, 0.02), 1);
	CHECK_EQUAL(histogram_quantile(&histogram, 0.021), 2);
	CHECK_EQUAL(histogram_quantile(&histogram, 0.5), 25);
	CHECK_EQUAL(histogram_quantile(&histogram, 0.98), 49);
	CHECK_EQUAL(histogram_quantile(&histogram, 0.981), 50);
	CHECK_EQUAL(histogram_quantile(&histogram, 1), 50);
}
