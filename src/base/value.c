/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/value.h"

/* Digits up to the first other character; false if the number exceeds UINT64_MAX. */
static bool scan_digits(const char **text, uint64_t *value)
{
	const char *p = *text;
	uint64_t sum = 0;
	for (; value_is_digit(*p); p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		if (__builtin_mul_overflow(sum, (uint64_t)10, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			return false;
	}
	*text = p;
	*value = sum;
	return true;
}

static const char *describe_range_error(bool below, int64_t limit,
                                        struct value_error *reason)
{
	snprintf(reason->text, sizeof reason->text, "%s than %lld",
	         below ? "less" : "more", (long long)limit);
	return reason->text;
}

const char *value_unsigned(const char *text, uint64_t *value)
{
	const char *p = text;
	uint64_t n;
	if (!value_is_digit(*p))
		return "not a number";
	bool fits = scan_digits(&p, &n);
	if (!fits)
		p = text + strspn(text, "0123456789");
	if (*p != '\0')
		return "not a number";
	if (!fits)
		return "more than 18446744073709551615";
	*value = n;
	return NULL;
}

/* 16 and more: not a digit of any base here. */
static unsigned digit_value(char c)
{
	if (value_is_digit(c))
		return (unsigned)(c - '0');
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

const char *value_c_unsigned(const char *text, uint64_t *value)
{
	if (text[0] != '0' || text[1] == '\0')
		return value_unsigned(text, value);
	bool is_hexadecimal = (text[1] | ('a' - 'A')) == 'x';
	unsigned base = is_hexadecimal ? 16 : 8;
	const char *p = text + (is_hexadecimal ? 2 : 1);
	uint64_t sum = 0;
	bool fits = true;
	if (*p == '\0')
		return "not a number";
	for (; *p != '\0'; p++) {
		unsigned digit = digit_value(*p);
		if (digit >= base)
			return is_hexadecimal || digit >= 10
			           ? "not a number"
			           : "not a number: 0 at the beginning means octal";
		fits = fits && !__builtin_mul_overflow(sum, (uint64_t)base, &sum) &&
		       !__builtin_add_overflow(sum, (uint64_t)digit, &sum);
	}
	if (!fits)
		return "more than 18446744073709551615";
	*value = sum;
	return NULL;
}

const char *value_number(const char *text, int64_t min, int64_t max, int64_t *value,
                         struct value_error *reason)
{
	bool negative = *text == '-';
	const char *p = text + (*text == '-' || *text == '+');
	const char *digits = p;
	uint64_t n;
	if (!value_is_digit(*p))
		return "not a number";
	bool fits = scan_digits(&p, &n);
	if (!fits)
		p = digits + strspn(digits, "0123456789");
	if (*p != '\0')
		return "not a number";
	if (!fits || n > (uint64_t)INT64_MAX + negative)
		return describe_range_error(negative, negative ? min : max, reason);
	int64_t signed_value = (int64_t)(negative ? -n : n);
	if (signed_value < min || signed_value > max)
		return describe_range_error(signed_value < min,
		                            signed_value < min ? min : max, reason);
	*value = signed_value;
	return NULL;
}

/* The factor of a unit of sizes, 0 if the unit does not exist. */
static uint64_t size_unit_factor(const char *unit)
{
	if (*unit == '\0' || strcmp(unit, "B") == 0)
		return 1;
	const char *letters = "KMGTP";
	const char *letter = strchr(letters, *unit == 'k' ? 'K' : *unit);
	if (letter == NULL)
		return 0;
	uint64_t step = 1024;
	if (strcmp(unit + 1, "B") == 0)
		step = 1000;
	else if (unit[1] != '\0' && strcmp(unit + 1, "iB") != 0)
		return 0;
	uint64_t factor = step;
	for (; letter > letters; letter--)
		factor *= step;
	return factor;
}

const char *value_size(const char *text, int64_t min, int64_t max, int64_t *value,
                       struct value_error *reason)
{
	const char *p = text;
	uint64_t n;
	if (!value_is_digit(*p))
		return "not a size";
	bool fits = scan_digits(&p, &n);
	if (!fits)
		p = text + strspn(text, "0123456789");
	uint64_t factor = size_unit_factor(p);
	if (factor == 0)
		return "not a size";
	if (!fits || __builtin_mul_overflow(n, factor, &n) || n > (uint64_t)max)
		return describe_range_error(false, max, reason);
	if (min > 0 && n < (uint64_t)min)
		return describe_range_error(true, min, reason);
	*value = (int64_t)n;
	return NULL;
}

struct duration_unit {
	const char *name;
	uint64_t nanoseconds;
};

static const struct duration_unit duration_units[] = {
    {"", 1000000000},
    {"s", 1000000000},
    {"ms", 1000000},
    {"us", 1000},
    {"ns", 1},
    {"m", 60 * 1000000000ULL},
    {"h", 3600 * 1000000000ULL},
    {"d", 86400 * 1000000000ULL},
};

static uint64_t duration_unit_ns(const char *name)
{
	for (size_t i = 0; i < sizeof duration_units / sizeof *duration_units; i++)
		if (strcmp(name, duration_units[i].name) == 0)
			return duration_units[i].nanoseconds;
	return 0;
}

/*
 * The digits after the decimal point, as a part of the unit, rounded up. Starting at the
 * last digit, rounding up at each step is the same as rounding up the whole once.
 */
static uint64_t fraction_of_unit(const char *digits, size_t length, uint64_t unit)
{
	uint64_t part = 0;
	while (length > 0) {
		uint64_t digit = (uint64_t)(digits[--length] - '0');
		part = (digit * unit + part + 9) / 10;
	}
	return part;
}

static const char not_a_duration[] = "not a duration";

const char *value_duration(const char *text, int64_t *nanoseconds)
{
	const char *p = text;
	uint64_t whole;
	if (!value_is_digit(p[0]) && !(p[0] == '.' && value_is_digit(p[1])))
		return not_a_duration;
	bool fits = scan_digits(&p, &whole);
	if (!fits)
		p = text + strspn(text, "0123456789");
	const char *digits = p + (*p == '.');
	size_t length = *p == '.' ? strspn(digits, "0123456789") : 0;
	uint64_t unit = duration_unit_ns(digits + length);
	if (unit == 0)
		return not_a_duration;
	if (!fits || __builtin_mul_overflow(whole, unit, &whole) ||
	    __builtin_add_overflow(whole, fraction_of_unit(digits, length, unit),
	                           &whole) ||
	    whole > INT64_MAX)
		return "more than 292 years";
	*nanoseconds = (int64_t)whole;
	return NULL;
}

const char *value_rate(const char *text, int64_t *nanoseconds)
{
	static const int64_t second = 1000000000;
	int64_t n; /* the text read as a duration in seconds */
	const char *wrong = value_duration(text, &n);
	if (wrong == not_a_duration || text[strspn(text, "0123456789.")] != '\0')
		return "not a number";
	if (wrong != NULL || n > second * second)
		return "more than 1000000000";
	if (n == 0)
		return "not greater than 0";
	*nanoseconds = (second * second + n - 1) / n;
	return NULL;
}

/* 16 or more if the character is not a digit. */
unsigned value_hex_digit(char c)
{
	if (value_is_digit(c))
		return (unsigned)(c - '0');
	int lower = c | ('a' - 'A');
	return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : 16;
}

uint64_t value_strtoull(const char *text, const char **end, unsigned base)
{
	const char *p = text + strspn(text, " \t\n");
	bool negative = *p == '-';
	uint64_t sum = 0;
	p += negative;
	if (base == 16 && p[0] == '0' && (p[1] | ('a' - 'A')) == 'x' &&
	    value_hex_digit(p[2]) < 16)
		p += 2;
	if (end != NULL)
		*end = value_hex_digit(*p) < base ? p : text;
	for (; value_hex_digit(*p) < base; p++) {
		if (__builtin_mul_overflow(sum, (uint64_t)base, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)value_hex_digit(*p), &sum))
			return UINT64_MAX;
		if (end != NULL)
			*end = p + 1;
	}
	return negative ? -sum : sum;
}

char *value_format_decimal(char *end, uint64_t number)
{
	do
		*--end = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return end;
}

const char *value_when(const char *text, enum value_when *when)
{
	static const char names[][8] = {[VALUE_WHEN_NEVER] = "never",
	                                [VALUE_WHEN_AUTO] = "auto",
	                                [VALUE_WHEN_ALWAYS] = "always"};
	for (enum value_when i = VALUE_WHEN_NEVER; i <= VALUE_WHEN_ALWAYS; i++)
		if (strcmp(text, names[i]) == 0) {
			*when = i;
			return NULL;
		}
	return "not auto, always or never";
}

const char *value_descriptor(const char *text, int *fd)
{
	struct value_error unused;
	int64_t n;
	if (value_number(text, 0, INT_MAX, &n, &unused) != NULL || !value_is_digit(*text))
		return "not a descriptor number";
	*fd = (int)n;
	return NULL;
}
