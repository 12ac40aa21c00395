/*
 * How long messages of one mechanism take between two processes, and how many go through.
 *
 * Three things in turn, between two new processes: there and back without measuring, to
 * warm up; there and back, one message under way at a time, by which both the
 * way there and the round trip are measured; as many as can be, in one direction.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "bench/transport.h"

/* What is to be done in each of the last two. */
struct bench_workload {
	int64_t warm_up;     /* messages, before */
	int64_t count;       /* messages */
	int64_t nanoseconds; /* other than 0: as many as go in this time instead */
	bool pinned;       /* each process stays on a processor of its own or a common */
	int processors[2]; /* these */
};

enum { BENCH_QUANTILES = 3 };

/* The median, the 99th and the 99.9th percentile. */
extern const double bench_quantiles[BENCH_QUANTILES];

struct bench_figures {
	int64_t
	    one_way[BENCH_QUANTILES]; /* nanoseconds from sending to having received */
	int64_t round_trip[BENCH_QUANTILES]; /* nanoseconds from sending to having the
	                                        answer */
	int64_t round_trips;                 /* so many were measured */
	int64_t messages;                    /* so many went through in one direction */
	int64_t nanoseconds;                 /* in this time */
};

/* Messages, and their bytes, that went through in a second. */
int64_t bench_messages_per_second(const struct bench_figures *figures);
int64_t bench_bytes_per_second(const struct bench_figures *figures, size_t size);

/*
 * Nothing is left behind, except by SIGKILL the queues of System V. A failure is
 * reported; 128 + N where a signal asked to end.
 */
enum status bench_measure(const struct transport_mechanism *mechanism, size_t size,
                          const struct bench_workload *workload,
                          struct bench_figures *figures);

#endif
