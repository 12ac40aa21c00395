/* SPDX-License-Identifier: MIT */
/*
 * How long messages of one mechanism take between two processes, and how many pass in a
 * second.
 *
 * Three phases, between two new processes: round trips without measuring, to warm up;
 * round trips, one message under way at a time, by which the time of one way and of the
 * round trip is measured; as many messages as possible, in one direction.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "bench/transport.h"

/* The length of each of the last two phases, and of the first. */
struct bench_workload {
	int64_t warm_up;     /* round trips of the first phase */
	int64_t count;       /* messages */
	int64_t nanoseconds; /* if not 0: as many as pass in this time instead */
	bool pinned;         /* each process runs on one CPU, */
	int cpus[2];         /* on these; they may be the same */
};

/* The median, the 99th and the 99.9th percentile. */
enum { BENCH_QUANTILES = 3 };

struct bench_figures {
	/* nanoseconds from the send to the end of the receive, and to that of the answer
	 */
	int64_t one_way[BENCH_QUANTILES];
	int64_t round_trip[BENCH_QUANTILES];
	int64_t round_trips; /* how many were measured */
	int64_t messages;    /* how many passed in one direction, */
	int64_t nanoseconds; /* and in this time */
};

struct bench_measurement {
	const struct transport_mechanism *mechanism;
	size_t size;
	struct bench_figures figures;
};

/* Messages, and their bytes, that passed in a second. */
int64_t bench_messages_per_second(const struct bench_figures *figures);
int64_t bench_bytes_per_second(const struct bench_figures *figures, size_t size);

/*
 * Nothing is left behind, except the System V queues after SIGKILL. A failure is
 * reported; 128 + N after a termination signal.
 */
enum status bench_measure(const struct transport_mechanism *mechanism, size_t size,
                          const struct bench_workload *workload,
                          struct bench_figures *figures);

#endif
