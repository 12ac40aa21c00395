/* SPDX-License-Identifier: MIT */
/*
 * io/escape.h, io/report.h, io/error.h and io/utf8.h: names of others in messages. A
 * message is one line of UTF-8 in which nothing controls a terminal, and the name can be
 * read back from it, so that no two names look the same.
 *
 * Runs: 300000 of at most 300 bytes
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "io/error.h"
#include "io/escape.h"
#include "io/report.h"
#include "io/utf8.h"

static unsigned hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = memchr(digits, digit, sizeof digits - 1);
	FUZZ_CHECK(found != NULL, "'%c'", digit);
	return (unsigned)(found - digits);
}

/* As printf(1) %b does it: \\ and \xHH. */
static size_t unescape(char *to, const char *text, size_t length)
{
	char *begin = to;
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\\') {
			*to++ = text[i];
		} else if (i + 1 < length && text[i + 1] == '\\') {
			*to++ = text[++i];
		} else {
			FUZZ_CHECK(i + 3 < length && text[i + 1] == 'x', "'%.*s'",
			           (int)length, text);
			*to++ =
			    (char)(hex_digit(text[i + 2]) << 4 | hex_digit(text[i + 3]));
			i += 3;
		}
	}
	return (size_t)(to - begin);
}

static void check_escaped(const char *shown, size_t length, const char *text)
{
	char *back = fuzz_memory(length + 1);
	size_t size = unescape(back, shown, length);
	FUZZ_CHECK(size == strlen(text) && memcmp(back, text, size) == 0, "'%.*s'",
	           (int)length, shown);
	/* what can be shown is shown */
	uint32_t code;
	const char *end = shown + length;
	for (size_t step; shown < end; shown += step) {
		step = fuzz_character(shown, (size_t)(end - shown), &code);
		FUZZ_CHECK(step > 0 && !fuzz_is_control(code), "'%s'", shown);
		FUZZ_CHECK(code == '\\' || strncmp(shown, text, step) == 0, "'%s'",
		           shown);
		if (code != '\\') {
			text += step;
		} else if (shown[1] == '\\') {
			text++;
			step = 2;
		} else {
			size_t bytes = fuzz_character(text, strlen(text), &code);
			FUZZ_CHECK(bytes == 0 || fuzz_is_control(code), "U+%04X", code);
			bytes += bytes == 0;
			text += bytes;
			step = 4 * bytes;
		}
	}
}

static void test_escape(const char *text)
{
	char *shown = fuzz_memory(ESCAPE_BYTE_MAX * strlen(text));
	size_t length = escape_text(shown, text);
	check_escaped(shown, length, text);
}

/* The message that was written: what stands between "fuzz: " and `after`. */
static void check_message(const char *text, const char *after)
{
	size_t length;
	const char *line = fuzz_written(2, &length);
	size_t around = strlen("fuzz: ") + strlen(after);
	FUZZ_CHECK(length >= around && memcmp(line, "fuzz: ", 6) == 0 &&
	               strcmp(line + length - strlen(after), after) == 0,
	           "'%s'", line);
	check_escaped(line + strlen("fuzz: "), length - around, text);
}

static void test_messages(struct fuzz_input *input, const char *text)
{
	enum status status = STATUS_FAILED;
	switch (fuzz_below(input, 3)) {
	case 0:
		status = error_as(STATUS_EXISTS, "%s", text);
		check_message(text, "\n");
		FUZZ_CHECK(status == STATUS_EXISTS, "%d", status);
		return;
	case 1:
		errno = ENOENT;
		status = error_errno("%s", text);
		FUZZ_CHECK(status == STATUS_NOT_FOUND && errno == ENOENT, "%d", status);
		/* an empty name is to be seen */
		check_message(*text != '\0' ? text : "''",
		              ": No such file or directory\n");
		return;
	default:
		status = error_usage("%s", text);
		check_message(text, "\nTry 'fuzz --help' for more information.\n");
		FUZZ_CHECK(status == STATUS_USAGE, "%d", status);
	}
}

static const char *last_of(const char *text, const char *wanted)
{
	const char *last = NULL;
	while ((text = strstr(text, wanted)) != NULL)
		last = text++;
	return last;
}

/* A long line is cut off, and says so; what stands before is the beginning of it. */
static void test_long(struct fuzz_input *input, const char *text)
{
	static char many[8000];
	static const char reason[] = ": Resource temporarily unavailable";
	enum { NAME = sizeof "fuzz: " - 1, FULL = REPORT_LINE_MAX - 256 };
	unsigned times = 1 + fuzz_below(input, 20);
	size_t length = strlen(text), written;
	many[0] = '\0';
	for (unsigned i = 0; i < times; i++)
		memcpy(many + i * length, text, length + 1);
	errno = EAGAIN;
	enum status status = error_errno_as(STATUS_RUN_ERROR, "%s", many);
	FUZZ_CHECK(status == STATUS_RUN_ERROR, "%d", status);
	const char *line = fuzz_written(2, &written);
	const char *shown = line + NAME, *end = last_of(line, reason);
	FUZZ_CHECK(written <= REPORT_LINE_MAX && line[written - 1] == '\n', "%zu bytes",
	           written);
	FUZZ_CHECK(end != NULL, "'%s'", line);
	size_t size = (size_t)(end - shown);
	char *whole = fuzz_memory(ESCAPE_BYTE_MAX * strlen(many) + 3);
	size_t wanted = escape_text(whole, many);
	if (wanted == 0)
		wanted = (size_t)(stpcpy(whole, "''") - whole);
	if (size == wanted && memcmp(shown, whole, size) == 0)
		return;
	/* no character is cut */
	FUZZ_CHECK(NAME + wanted > FULL && size > 3, "'%s'", line);
	size -= 3;
	FUZZ_CHECK(memcmp(shown + size, "...", 3) == 0, "'%s'", line);
	FUZZ_CHECK(size < wanted && memcmp(shown, whole, size) == 0, "'%s'", line);
	FUZZ_CHECK(NAME + size > FULL && NAME + size <= FULL + ESCAPE_CHARACTER_MAX,
	           "%zu bytes of %zu", size, wanted);
}

/* A character of UTF-8: `bytes` is memory of just that size. */
static size_t check_character(const char *bytes, size_t left)
{
	uint32_t code = 0, expected = 0;
	size_t length = utf8_decode(bytes, left, &code);
	size_t step = fuzz_character(bytes, left, &expected);
	FUZZ_CHECK(length == step && (length == 0 || code == expected),
	           "%zu bytes, U+%04X, not %zu, U+%04X", length, code, step, expected);
	FUZZ_CHECK(length == 0 || utf8_is_control(code) == fuzz_is_control(code),
	           "U+%04X", code);
	return step;
}

static void test_characters(const struct fuzz_input *input)
{
	size_t left = input->left;
	const char *bytes = memcpy(fuzz_memory(left), input->next, left);
	for (size_t step; left > 0; bytes += step, left -= step) {
		step = check_character(bytes, left);
		step += step == 0;
	}
}

/* Numbers beside which a character is of another length, or of another kind. */
static const uint32_t edges[] = {0x20,   0x7f,   0xa0,   0x80,    0x61c,
                                 0x800,  0x200e, 0x202a, 0x202e,  0x2066,
                                 0x2069, 0xd800, 0xe000, 0x10000, 0x110000};

/* Any number in the form of any length, whether that is the right one or not. */
static void test_number(struct fuzz_input *input)
{
	static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
	size_t more = fuzz_below(input, 4), edge = fuzz_byte(input);
	size_t length = 1 + more - (fuzz_below(input, 8) == 0 ? more / 2 : 0);
	uint32_t code = edge % 2 == 0 ? (uint32_t)fuzz_word(input) % 0x200000
	                              : edges[edge / 2 % (sizeof edges / sizeof *edges)] +
	                                    fuzz_below(input, 5) - 2;
	char *bytes = fuzz_memory(length);
	for (size_t i = more; i > 0; i--, code >>= 6)
		if (i < length)
			bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(first[more] | (code & (more == 0 ? 0xff : 0x3fU >> more)));
	check_character(bytes, length);
}

void fuzz_target(struct fuzz_input *input)
{
	/* a long message takes as much time as ten others */
	bool is_long = fuzz_below(input, 10) == 9;
	struct fuzz_input first = {input->next, input->left};
	fuzz_byte(input);
	test_characters(input);
	test_number(&(struct fuzz_input){input->next, input->left});
	const char *text = fuzz_rest(input);
	test_escape(text);
	if (is_long)
		test_long(&first, text);
	else
		test_messages(&first, text);
}
