/* SPDX-License-Identifier: MIT */
/*
 * The measurements as bars of text on standard output: the time of one way, and the
 * messages per second.
 */
#ifndef BENCH_TEXT_H
#define BENCH_TEXT_H

#include "bench/measure.h"

/* A failure is reported. */
enum status bench_text_print(const struct bench_measurement *measurements, int count);

#endif
