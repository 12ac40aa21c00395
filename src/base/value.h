/* SPDX-License-Identifier: MIT */
/*
 * Values of options and operands from text: the whole string is parsed and the range
 * checked.
 *
 * Each parser returns NULL and stores the value, or returns the reason for a refusal, to
 * follow "'TEXT' is " ("not a number", "more than 10"); then *value is unchanged. None
 * sets errno or allocates memory.
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* Room for the longest reason, its numbers included. */
struct value_error {
	char text[96];
};

static inline bool value_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The value of a hexadecimal digit; 16 for another character. */
unsigned value_hex_digit(char c);

/* A whole decimal number, an optional sign, from min to max. */
const char *value_number(const char *text, int64_t min, int64_t max, int64_t *value,
                         struct value_error *reason);

/* A whole decimal number without a sign, 0 to 18446744073709551615. */
const char *value_unsigned(const char *text, uint64_t *value);

/* The same as in C, strtoull(3) with base 0: also 0x and hexadecimal, 0 and octal. */
const char *value_c_unsigned(const char *text, uint64_t *value);

/*
 * Bytes: 4096, 64K or 64KiB (powers of 1024: K M G T P), 64KB (powers of 1000),
 * 7B. From min to max.
 */
const char *value_size(const char *text, int64_t min, int64_t max, int64_t *value,
                       struct value_error *reason);

/*
 * Nanoseconds from 2, 0.5, .5 (seconds), 200ms, 3s, 2m, 1h, 1d, 10us, 10ns.
 * A fraction of a nanosecond is rounded up; more than 292 years is refused.
 */
const char *value_duration(const char *text, int64_t *nanoseconds);

/*
 * A rate per second, from above 0 to 1000000000 (0.5, 20): the nanoseconds from one event
 * to the next, rounded up.
 */
const char *value_rate(const char *text, int64_t *nanoseconds);

/*
 * strtoull(3) for text of the kernel: the number at the beginning of the text, after
 * blanks, with an optional minus sign, and an optional "0x" in base 16. If end is not
 * NULL, *end is what follows. 0 without a number; UINT64_MAX if it is larger.
 */
uint64_t value_strtoull(const char *text, const char **end, unsigned base);

/*
 * Write the decimal digits of a number (20 at most) so that the last one is at end[-1];
 * returns the first one. Without printf(3), whose pages need not be loaded then.
 */
char *value_format_decimal(char *end, uint64_t number);

/* auto, always or never, as for --color of coreutils. */
enum value_when { VALUE_WHEN_NEVER, VALUE_WHEN_AUTO, VALUE_WHEN_ALWAYS };
const char *value_when(const char *text, enum value_when *when);

/* The number of a descriptor, 0 to 2147483647. */
const char *value_descriptor(const char *text, int *fd);

#endif
