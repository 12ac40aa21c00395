/*
 * Values as a person writes them: the whole string or nothing, range checked.
 *
 * Each reader returns NULL and stores the value, or returns why the text is
 * not one, in words that follow "'TEXT' is " ("not a number", "more than 10");
 * then *value is unchanged. None sets errno or allocates.
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Room for the longest reason a reader gives, its numbers included. */
struct value_error {
	char text[96];
};

static inline bool value_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A whole decimal number, an optional sign, from min to max. */
const char *value_number(const char *text, int64_t min, int64_t max, int64_t *value,
                         struct value_error *reason);

/* A whole decimal number without a sign, 0 to 18446744073709551615. */
const char *value_unsigned(const char *text, uint64_t *value);

/*
 * Bytes: 4096, 64K or 64KiB (powers of 1024: K M G T P), 64KB (powers of 1000),
 * 7B. From min to max.
 */
const char *value_size(const char *text, int64_t min, int64_t max, int64_t *value,
                       struct value_error *reason);

/*
 * Nanoseconds from 2, 0.5, .5 (seconds), 200ms, 3s, 2m, 1h, 1d, 10us, 10ns.
 * What is finer than a nanosecond is rounded up; more than 292 years is refused.
 */
const char *value_duration(const char *text, int64_t *nanoseconds);

/*
 * How often a second, 0.5, 20, 1000000000 at most: nanoseconds from one to the next, no
 * fewer.
 */
const char *value_rate(const char *text, int64_t *nanoseconds);

/*
 * Permission bits of an object: octal, or symbolic as in chmod(1) (u=rw,g+r)
 * relative to the bits that stand in *mode before the first call: of several, the last
 * one counts. As in mkfifo(1) only the permission bits may be given. A symbolic clause
 * without u, g, o, a honours the umask.
 */
struct value_mode {
	bool given;
	mode_t bits;
	mode_t base; /* of symbolic modes, once one is given */
};
const char *value_mode(const char *text, struct value_mode *mode);

/*
 * Not from a person but from the kernel, which is not doubted: the number that a text
 * begins with, behind blanks, perhaps with a minus sign or in base 16 with "0x"; *end,
 * where it is not NULL, is what follows. 0 where there is none; UINT64_MAX for a larger
 * one.
 */
uint64_t value_strtoull(const char *text, const char **end, unsigned base);

/*
 * The other way: write a number's decimal digits so that they end before `end`, and
 * return where they begin; 20 at most. printf(3) is a tenth of such a program, and
 * a call that needs none of it starts sooner.
 */
char *value_format_decimal(char *end, uint64_t number);

/* auto, always or never, as coreutils' --color has it. */
enum value_when { VALUE_WHEN_NEVER, VALUE_WHEN_AUTO, VALUE_WHEN_ALWAYS };
const char *value_when(const char *text, enum value_when *when);

/* A descriptor's number, 0 to 2147483647. */
const char *value_descriptor(const char *text, int *fd);

#endif
