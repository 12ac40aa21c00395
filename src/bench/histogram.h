/* SPDX-License-Identifier: MIT */
/*
 * How often each length of time was measured, in a fixed amount of memory.
 *
 * Nanoseconds fall into buckets whose width is at most a 64th of their value, so a
 * quantile is exact to 1.6 %. A struct of zeros is empty; it may be in memory that
 * processes share, if only one of them writes to it.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
	HISTOGRAM_SUBBUCKETS = 64, /* buckets between a power of two and the next */
	HISTOGRAM_POWERS =
	    36 /* up to 2^41 ns, 36 minutes; a longer time counts as that */
};

struct histogram {
	uint64_t count;
	uint32_t buckets[HISTOGRAM_POWERS * HISTOGRAM_SUBBUCKETS];
};

/* A negative time counts as 0: the clocks of two CPUs may differ by nanoseconds. */
void histogram_add(struct histogram *histogram, int64_t nanoseconds);

/*
 * The time that `share` (0 to 1) of all did not exceed: 0.5 is the median, 0.999 the
 * 99.9th percentile. 0 if nothing was added.
 */
int64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
