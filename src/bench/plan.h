/* SPDX-License-Identifier: MIT */
/*
 * The plan of ipcbench: mechanisms, sizes and CPUs, from text.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "base/status.h"
#include "bench/measure.h"

enum { BENCH_MECHANISMS_MAX = 32, BENCH_SIZES_MAX = 32 };

struct bench_plan {
	const struct transport_mechanism *mechanisms[BENCH_MECHANISMS_MAX];
	size_t sizes[BENCH_SIZES_MAX];
	int mechanism_count, size_count;
	struct bench_workload workload;
};

/* "mq,pipe", or "all"; STATUS_USAGE, reported. */
enum status bench_plan_mechanisms(struct bench_plan *plan, const char *list);

/* "64,4K": 1 byte to 1 GiB each; STATUS_USAGE, reported. */
enum status bench_plan_sizes(struct bench_plan *plan, const char *list);

/* "0,1": reported if malformed, or if this process may not run there. */
enum status bench_plan_cpus(struct bench_plan *plan, const char *text);

#endif
