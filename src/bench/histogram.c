/* SPDX-License-Identifier: MIT */
/*
 * Values below 64 have a bucket each. Above that, the number of a bucket consists of the
 * position of the highest bit and the six bits after it.
 */
#include <stddef.h>

#include "bench/histogram.h"

enum { SUBBUCKET_BITS = 6, HISTOGRAM_BUCKETS = HISTOGRAM_POWERS * HISTOGRAM_SUBBUCKETS };

static size_t histogram_bucket_of(uint64_t value)
{
	if (value < HISTOGRAM_SUBBUCKETS)
		return value;
	int shift = 63 - __builtin_clzll(value) - SUBBUCKET_BITS;
	size_t bucket = (size_t)(shift + 1) * HISTOGRAM_SUBBUCKETS +
	                (value >> shift) % HISTOGRAM_SUBBUCKETS;
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The middle of a bucket. */
static int64_t histogram_value_of(size_t bucket)
{
	if (bucket < HISTOGRAM_SUBBUCKETS)
		return (int64_t)bucket;
	int shift = (int)(bucket / HISTOGRAM_SUBBUCKETS) - 1;
	int64_t lowest = (int64_t)(HISTOGRAM_SUBBUCKETS + bucket % HISTOGRAM_SUBBUCKETS)
	                 << shift;
	return lowest + ((INT64_C(1) << shift) >> 1);
}

void histogram_add(struct histogram *histogram, int64_t nanoseconds)
{
	histogram
	    ->buckets[histogram_bucket_of(nanoseconds > 0 ? (uint64_t)nanoseconds : 0)]++;
	histogram->count++;
}

int64_t histogram_quantile(const struct histogram *histogram, double share)
{
	double wanted = share * (double)histogram->count;
	uint64_t seen = 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (seen > 0 && (double)seen >= wanted)
			return histogram_value_of(i);
	}
	return 0;
}
