/* SPDX-License-Identifier: MIT */
/*
 * Sizes, times and rates as a person reads them: a number of few digits and a unit. JSON
 * and other output for programs has the plain numbers.
 */
#ifndef BASE_QUANTITY_H
#define BASE_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Room for each of these texts. */
enum { QUANTITY_TEXT = 24 };

/*
 * Bytes, in powers of 1024 and at least three digits: "999 B", "1.21 GiB", "12.1 GiB",
 * "1021 GiB"; cut, not rounded. A whole number of units has no fraction: "4 KiB"; with
 * `fixed` it has, so that a number that grows keeps its width: "4.00 KiB".
 */
void quantity_bytes(char text[QUANTITY_TEXT], int64_t bytes, bool fixed);

/* Nanoseconds, rounded: "845 ns", "1.2 us", "72 ms", "3.0 s", "20 min", "5 h". */
void quantity_time(char text[QUANTITY_TEXT], int64_t nanoseconds);

/* A number, in powers of 1000, rounded: "514", "51.4 k", "1.2 M". */
void quantity_count(char text[QUANTITY_TEXT], int64_t count);

/* Bytes a second, in powers of 1000, rounded: "514 B/s", "72.8 MB/s". */
void quantity_byte_rate(char text[QUANTITY_TEXT], int64_t bytes_per_second);

#endif
