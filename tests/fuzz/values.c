/* SPDX-License-Identifier: MIT */
/*
 * base/value.h and base/value_mode.h: numbers, sizes, durations, rates and modes against
 * their definitions in 128 bits and in decimal digits, strtoull(3) and printf(3).
 *
 * Runs: 3700000 of at most 48 bytes
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/value.h"
#include "base/value_mode.h"
#include "fuzz.h"

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

/* Larger than any 64-bit number, and times any unit less than 2^128. */
#define WIDE_ENOUGH ((wide)10000000000U * 10000000000U)

static size_t count_digits(const char *text)
{
	size_t length = 0;
	while (text[length] >= '0' && text[length] <= '9')
		length++;
	return length;
}

static wide read_wide(const char *text, size_t length)
{
	wide sum = 0;
	for (size_t i = 0; i < length; i++) {
		sum = 10 * sum + (unsigned char)(text[i] - '0');
		if (sum > WIDE_ENOUGH)
			sum = WIDE_ENOUGH;
	}
	return sum;
}

/* What a parser must return: NULL, or a text that begins like this. */
static void check_reason(const char *text, const char *reason, const char *expected)
{
	FUZZ_CHECK((reason == NULL) == (expected == NULL), "'%s': %s, not %s", text,
	           reason != NULL ? reason : "valid",
	           expected != NULL ? expected : "valid");
	FUZZ_CHECK(reason == NULL || strncmp(reason, expected, strlen(expected)) == 0,
	           "'%s': %s, not %s", text, reason, expected);
}

/* "more than 7" */
static const char *describe_limit(char to[64], const char *word, int64_t limit)
{
	snprintf(to, 64, "%s than %lld", word, (long long)limit);
	return to;
}

static const char *expect_in_range(char limit[64], signed_wide value, int64_t min,
                                   int64_t max)
{
	if (value < min)
		return describe_limit(limit, "less", min);
	return value > max ? describe_limit(limit, "more", max) : NULL;
}

/* --------------------------------------------------------------------- numbers */

static void test_number(struct fuzz_input *input)
{
	int64_t min = (int64_t)fuzz_word(input), max = (int64_t)fuzz_word(input);
	if (min > max)
		min = INT64_MIN;
	const char *text = fuzz_rest(input);
	bool negative = text[0] == '-';
	const char *digits = text + (text[0] == '-' || text[0] == '+');
	size_t length = count_digits(digits);
	signed_wide value = (signed_wide)read_wide(digits, length);
	char limit[64];
	const char *expected = "not a number";
	if (length > 0 && digits[length] == '\0')
		expected = expect_in_range(limit, negative ? -value : value, min, max);
	int64_t actual = 77;
	struct value_error reason;
	check_reason(text, value_number(text, min, max, &actual, &reason), expected);
	FUZZ_CHECK(actual == (expected != NULL ? 77
	                      : negative       ? -value
	                                       : value),
	           "'%s': %lld", text, (long long)actual);
}

static void test_unsigned(struct fuzz_input *input)
{
	const char *text = fuzz_rest(input);
	size_t length = count_digits(text);
	wide value = read_wide(text, length);
	const char *expected = length == 0 || text[length] != '\0' ? "not a number"
	                       : value > UINT64_MAX ? "more than 18446744073709551615"
	                                            : NULL;
	uint64_t actual = 77;
	check_reason(text, value_unsigned(text, &actual), expected);
	FUZZ_CHECK(actual == (expected != NULL ? 77 : value), "'%s'", text);
	/* that of C, by the library; it permits blanks, a sign, and in C23 0b */
	char *rest;
	errno = 0;
	unsigned long long theirs = strtoull(text, &rest, 0);
	bool binary = text[0] == '0' && (text[1] == 'b' || text[1] == 'B');
	bool valid =
	    *text >= '0' && *text <= '9' && !binary && *rest == '\0' && errno == 0;
	uint64_t ours = 77;
	FUZZ_CHECK((value_c_unsigned(text, &ours) == NULL) == valid, "'%s'", text);
	FUZZ_CHECK(ours == (valid ? theirs : 77), "'%s'", text);
	char digits[20];
	char *end = digits + sizeof digits, printed[24];
	snprintf(printed, sizeof printed, "%llu", (unsigned long long)actual);
	const char *begin = value_format_decimal(end, actual);
	FUZZ_CHECK((size_t)(end - begin) == strlen(printed) &&
	               memcmp(begin, printed, (size_t)(end - begin)) == 0,
	           "%s", printed);
}

static void test_descriptor(struct fuzz_input *input)
{
	const char *text = fuzz_rest(input);
	size_t length = count_digits(text);
	wide value = read_wide(text, length);
	bool valid = length > 0 && text[length] == '\0' && value <= INT32_MAX;
	int actual = 77;
	check_reason(text, value_descriptor(text, &actual),
	             valid ? NULL : "not a descriptor number");
	FUZZ_CHECK((wide)actual == (valid ? value : 77), "'%s': %d", text, actual);
	enum value_when when = VALUE_WHEN_AUTO;
	bool word = strcmp(text, "auto") == 0 || strcmp(text, "always") == 0 ||
	            strcmp(text, "never") == 0;
	check_reason(text, value_when(text, &when),
	             word ? NULL : "not auto, always or never");
}

/* Only where the two are to agree: strtoull(3) takes a plus and other blanks too. */
static void test_strtoull(struct fuzz_input *input)
{
	static const unsigned bases[] = {8, 10, 16};
	unsigned base = bases[fuzz_below(input, 3)];
	const char *text = fuzz_rest(input), *end;
	char *expected_end;
	if (strpbrk(text, "+\v\f\r") != NULL)
		return;
	errno = 0;
	uint64_t expected = strtoull(text, &expected_end, (int)base);
	FUZZ_CHECK(value_strtoull(text, &end, base) == expected, "'%s'", text);
	FUZZ_CHECK(value_strtoull(text, NULL, base) == expected, "'%s'", text);
	FUZZ_CHECK(end == expected_end || errno == ERANGE, "'%s': '%s', not '%s'", text,
	           end, expected_end);
}

/* ------------------------------------------------------------ sizes and durations */

static wide size_factor(const char *unit)
{
	static const char *const units[] = {"", "K", "M", "G", "T", "P"};
	wide binary = 1, decimal = 1;
	for (size_t i = 0; i < 6; i++, binary *= 1024, decimal *= 1000) {
		char text[3][8];
		snprintf(text[0], 8, "%s", units[i]);
		snprintf(text[1], 8, "%s%s", units[i], i > 0 ? "iB" : "");
		snprintf(text[2], 8, "%sB", units[i]);
		for (int lower = 0; lower < 2; lower++) {
			if (strcmp(unit, text[0]) == 0 || strcmp(unit, text[1]) == 0)
				return binary;
			if (strcmp(unit, text[2]) == 0)
				return decimal;
			/* of the letters only k may be small */
			for (int form = 0; i == 1 && form < 3; form++)
				text[form][0] = 'k';
		}
	}
	return 0;
}

static void test_size(struct fuzz_input *input)
{
	int64_t min = (int64_t)(fuzz_word(input) >> 1),
	        max = (int64_t)(fuzz_word(input) >> 1);
	if (min > max)
		min = 0;
	const char *text = fuzz_rest(input);
	size_t length = count_digits(text);
	wide factor = size_factor(text + length);
	wide value = read_wide(text, length) * (factor != 0 ? factor : 1);
	char limit[64];
	const char *expected = "not a size";
	if (length > 0 && factor != 0)
		expected = expect_in_range(limit, (signed_wide)value, min, max);
	int64_t actual = 77;
	struct value_error reason;
	check_reason(text, value_size(text, min, max, &actual, &reason), expected);
	FUZZ_CHECK((wide)actual == (expected != NULL ? 77 : value), "'%s': %lld", text,
	           (long long)actual);
}

/* 0 if the unit does not exist. */
static wide nanoseconds_of(const char *unit)
{
	static const struct {
		const char *name;
		uint64_t nanoseconds;
	} units[] = {{"ns", 1},
	             {"us", 1000},
	             {"ms", 1000000},
	             {"", 1000000000},
	             {"s", 1000000000},
	             {"m", 60000000000},
	             {"h", 3600000000000},
	             {"d", 86400000000000}};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(unit, units[i].name) == 0)
			return units[i].nanoseconds;
	return 0;
}

/* A fraction's digits times a unit, in decimal with paper and pencil, rounded up. */
static wide multiply_fraction(const char *digits, size_t length, wide unit)
{
	wide carry = 0;
	bool rest = false;
	while (length > 0) {
		carry += (wide)(digits[--length] - '0') * unit;
		rest |= carry % 10 != 0;
		carry /= 10;
	}
	return carry + rest;
}

/* False if the text is not a duration; what is too long is only known to be so. */
static bool read_duration(const char *text, wide *nanoseconds)
{
	size_t whole = count_digits(text), fraction = 0;
	const char *unit = text + whole;
	if (*unit == '.') {
		fraction = count_digits(unit + 1);
		unit += 1 + fraction;
	}
	wide each = nanoseconds_of(unit);
	if (each == 0 || whole + fraction == 0)
		return false;
	*nanoseconds = read_wide(text, whole) * each +
	               multiply_fraction(unit - fraction, fraction, each);
	return true;
}

static void test_duration(struct fuzz_input *input)
{
	const char *text = fuzz_rest(input);
	wide value = 0;
	const char *expected = "not a duration";
	if (read_duration(text, &value))
		expected = value > INT64_MAX ? "more than 292 years" : NULL;
	int64_t actual = 77;
	check_reason(text, value_duration(text, &actual), expected);
	FUZZ_CHECK((wide)actual == (expected != NULL ? 77 : value), "'%s': %lld", text,
	           (long long)actual);
}

static void test_rate(struct fuzz_input *input)
{
	const wide giga = 1000000000;
	const char *text = fuzz_rest(input);
	wide value = 0; /* a second, in billionths */
	const char *expected = "not a number";
	if (text[strspn(text, "0123456789.")] == '\0' && read_duration(text, &value))
		expected = value == 0            ? "not greater than 0"
		           : value > giga * giga ? "more than 1000000000"
		                                 : NULL;
	int64_t actual = 77;
	check_reason(text, value_rate(text, &actual), expected);
	if (expected == NULL)
		FUZZ_CHECK((wide)actual * value >= giga * giga &&
		               ((wide)actual - 1) * value < giga * giga,
		           "'%s': %lld", text, (long long)actual);
}

/* ----------------------------------------------------------------------- modes */

/* rwxrwxrwx, each for itself. */
struct permissions {
	bool may[3][3]; /* of u, g, o: r, w, x */
};

static struct permissions permissions_of(mode_t bits)
{
	struct permissions result = {0};
	for (int i = 0; i < 9; i++)
		result.may[i / 3][i % 3] = (bits >> (8 - i) & 1) != 0;
	return result;
}

static mode_t bits_of(const struct permissions *permissions)
{
	mode_t bits = 0;
	for (int i = 0; i < 9; i++)
		bits = bits << 1 | permissions->may[i / 3][i % 3];
	return bits;
}

static int find(const char *letters, char letter)
{
	const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
	return found != NULL ? (int)(found - letters) : -1;
}

/* What one "+rw", "=u" gives for the class of users: r, w and x. */
static const char *read_permissions(const char *text, const struct permissions *now,
                                    bool listed[3][3])
{
	bool any_x = now->may[0][2] || now->may[1][2] || now->may[2][2];
	int from = find("ugo", *text);
	memset(listed, 0, sizeof(bool[3][3]));
	if (from >= 0) {
		for (int i = 0; i < 9; i++)
			listed[i / 3][i % 3] = now->may[from][i % 3];
		return text + 1;
	}
	for (int which; (which = find("rwxX", *text)) >= 0; text++)
		for (int class = 0; class < 3; class ++)
			if (which < 3 || any_x)
				listed[class][which < 3 ? which : 2] = true;
	return text;
}

/* One clause up to the comma or the end; NULL if it is malformed. */
static const char *read_clause(const char *text, const struct permissions *mask,
                               struct permissions *mode)
{
	bool who[3] = {false}, listed[3][3];
	size_t classes = strspn(text, "ugoa");
	for (size_t i = 0; i < classes; i++)
		for (int class = 0; class < 3; class ++)
			who[class] |= text[i] == 'a' || text[i] == "ugo"[class];
	text += classes;
	if (find("+-=", *text) < 0)
		return NULL;
	for (char action; find("+-=", action = *text) >= 0;) {
		text = read_permissions(text + 1, mode, listed);
		for (int i = 0; i < 9; i++) {
			bool *bit = &mode->may[i / 3][i % 3];
			bool meant = classes == 0 ? !mask->may[i / 3][i % 3] : who[i / 3];
			bool set = listed[i / 3][i % 3] && meant;
			if (action == '=' && (classes == 0 || who[i / 3]))
				*bit = set;
			else if (set)
				*bit = action == '+';
		}
	}
	return *text == ',' || *text == '\0' ? text : NULL;
}

static bool read_mode(const char *text, mode_t base, mode_t mask, mode_t *bits)
{
	if (*text >= '0' && *text <= '9') {
		char *end;
		unsigned long number = strtoul(text, &end, 8);
		*bits = (mode_t)number;
		return *end == '\0' && number <= 0777;
	}
	struct permissions mode = permissions_of(base), masked = permissions_of(mask);
	while ((text = read_clause(text, &masked, &mode)) != NULL && *text == ',')
		text++;
	*bits = bits_of(&mode);
	return text != NULL;
}

static void test_mode(struct fuzz_input *input)
{
	mode_t base = (mode_t)(fuzz_byte(input) << 8 | fuzz_byte(input)) & 0777;
	mode_t mask = (mode_t)(fuzz_byte(input) << 8 | fuzz_byte(input)) & 0777;
	const char *text = fuzz_rest(input);
	struct value_mode mode = {.bits = base};
	mode_t expected = 0;
	mode_t before = umask(mask);
	/* the second time from the base again, not from the result */
	for (int i = 0; i < 2; i++) {
		const char *reason = value_mode(text, &mode);
		bool valid = read_mode(text, base, mask, &expected);
		FUZZ_CHECK((reason == NULL) == valid, "'%s': %s", text,
		           reason != NULL ? reason : "valid");
		FUZZ_CHECK(mode.given == valid && mode.bits == (valid ? expected : base),
		           "'%s' of %03o: %03o, not %03o", text, base, mode.bits,
		           expected);
	}
	umask(before);
}

void fuzz_target(struct fuzz_input *input)
{
	static void (*const tests[])(struct fuzz_input * input) = {
	    test_number,   test_unsigned, test_descriptor, test_strtoull,
	    test_duration, test_rate,     test_size,       test_mode};
	tests[fuzz_below(input, sizeof tests / sizeof *tests)](input);
}
