/*
 * What ipcbench found, as bars of text on standard output: how long a message is under
 * way, and how many go through in a second.
 */
#ifndef BENCH_TEXT_H
#define BENCH_TEXT_H

#include "bench/svg.h"

/* A failure is reported, as io/output.h does. */
enum status bench_text_print(const struct bench_measurement *measurements, int count);

#endif
