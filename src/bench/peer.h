/* SPDX-License-Identifier: MIT */
/*
 * One of the two processes that pass messages to each other. They do nothing but send,
 * receive and read the clock.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdint.h>
#include <sys/types.h>

#include "bench/histogram.h"
#include "bench/measure.h"

/* The memory that the two processes and their starter share. */
struct bench_run {
	int64_t sent_at;     /* when the message under way was sent */
	int last;            /* that message is the last one of this phase */
	int64_t total;       /* messages of the flood; 0: not known yet */
	int error[2];        /* errno of each end; 0: none */
	int64_t messages;    /* sent in one direction, */
	int64_t nanoseconds; /* and in this time */
	struct histogram one_way, round_trip;
};

struct bench_peer {
	struct transport *transport;
	const struct bench_workload *workload;
	struct bench_run *run;
	char *message; /* transport->size bytes */
};

/*
 * The whole life of a process that helper_fork() began with this mask: it ends with 0, or
 * with run->error[end] set. It is killed when its parent ends. Termination signals are
 * ignored: they are for the parent, even if a terminal sends them to all.
 */
_Noreturn void bench_peer_run(const struct bench_peer *peer, enum transport_end end,
                              pid_t parent, uint64_t mask);

#endif
