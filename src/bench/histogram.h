/*
 * How often which length of time was measured, in a fixed amount of memory.
 *
 * Nanoseconds fall into buckets whose width is at most a 64th of their value, so that
 * what is read out of it is right to 1.6 %. A struct of zeros is an empty one; it may lie
 * in memory that two processes share, but one at a time may write to it.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
	HISTOGRAM_SUBBUCKETS = 64, /* buckets between a power of two and the next */
	HISTOGRAM_POWERS = 36      /* up to 2^41 ns, 36 minutes: longer counts as that */
};

struct histogram {
	uint64_t count;
	uint32_t buckets[HISTOGRAM_POWERS * HISTOGRAM_SUBBUCKETS];
};

/* Less than 0 counts as 0: clocks of two processors may differ by a few nanoseconds. */
void histogram_add(struct histogram *histogram, int64_t nanoseconds);

/*
 * The length that `share` (0 to 1) of all did not pass: 0.5 is the median, 0.999 the
 * 99.9th percentile. 0 where nothing was added.
 */
int64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
