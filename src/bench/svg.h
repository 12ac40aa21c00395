/*
 * What ipcbench found, as a picture: scalable vector graphics, version 1.1.
 *
 * A row for each measurement: on the left, on a logarithmic scale of time, a bar from the
 * median to the 99th percentile with a line to the 99.9th, the way there above
 * the round trip; on the right, how many messages go through in a second.
 */
#ifndef BENCH_SVG_H
#define BENCH_SVG_H

#include <stddef.h>

#include "bench/measure.h"

struct bench_measurement {
	const struct transport_mechanism *mechanism;
	size_t size;
	struct bench_figures figures;
};

/* To an open file, whose name is for messages. A failure is reported. */
enum status bench_svg_write(int fd, const char *path,
                            const struct bench_measurement *measurements, int count);

#endif
