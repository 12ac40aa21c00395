/* SPDX-License-Identifier: MIT */
/*
 * A plan is measured and shown.
 */
#ifndef BENCH_SESSION_H
#define BENCH_SESSION_H

#include <stdbool.h>

#include "bench/plan.h"

/*
 * Measure each mechanism with each size that it supports, and print a row for each as it
 * is measured; the other sizes are skipped, which is reported. At the end bars follow,
 * unless json is set or there is one row only. plot_path: the path of the file to write
 * as SVG, which is created at the beginning; NULL: none. The first failure is the status.
 */
enum status bench_session(const struct bench_plan *plan, bool json,
                          const char *plot_path);

#endif
