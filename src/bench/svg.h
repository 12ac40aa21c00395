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

/* Write to an open file; its path is for messages. A failure is reported. */
enum status bench_svg_write(int fd, const char *path,
                            const struct bench_measurement *measurements, int count);

#endif
