/* SPDX-License-Identifier: MIT */
/*
 * The measurements as a plot: Scalable Vector Graphics, version 1.1.
 *
 * A row for each measurement: on the left, on a logarithmic scale of time, a bar from the
 * median to the 99th percentile with a line to the 99.9th, one way above the round trip;
 * on the right, the messages per second.
 */
#ifndef BENCH_SVG_H
#define BENCH_SVG_H

#include "bench/measure.h"

/* document->status is that of a failed write. */
struct document;
void bench_svg_write(struct document *document,
                     const struct bench_measurement *measurements, int count);

#endif
