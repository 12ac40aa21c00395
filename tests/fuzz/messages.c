/*
 * io/escape.h, io/report.h, io/error.h and io/utf8.h: names of others in messages. A
 * message is one line of UTF-8 in which nothing controls a terminal, and the name can be
 * read back from it, so that no two names look the same.
 *
 * Runs: 700000 of at most 300 bytes
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "io/error.h"
#include "io/escape.h"
#include "io/report.h"
#include "io/utf8.h"

/* As printf(1) %b does it: \\ and \xHH. */
static size_t unescape(char *to, const char *text, size_t length)
{
	char *begin = to;
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\\') {
			*to++ = text[i];
		} else if (text[i + 1] == '\\') {
			*to++ = text[++i];
		} else {
			FUZZ_CHECK(i + 3 < length && text[i + 1] == 'x', "'%.*s'",
			           (int)length, text);
			char digits[] = {text[i + 2], text[i + 3], '\0'};
			FUZZ_CHECK(strspn(digits, "0123456789abcdef") == 2, "'%.*s'",
			           (int)length, text);
			*to++ = (char)strtoul(digits, NULL, 16);
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

/* A long line is cut off, and says so. */
static void test_long(struct fuzz_input *input, const char *text)
{
	static char many[8000];
	unsigned times = 1 + fuzz_below(input, 20);
	size_t length = strlen(text), written;
	many[0] = '\0';
	for (unsigned i = 0; i < times; i++)
		memcpy(many + i * length, text, length + 1);
	errno = EAGAIN;
	error_errno_as(STATUS_RUN_ERROR, "%s", many);
	const char *line = fuzz_written(2, &written);
	FUZZ_CHECK(written <= REPORT_LINE_MAX, "%zu bytes", written);
	FUZZ_CHECK(strstr(line, "Resource temporarily unavailable") != NULL, "'%s'",
	           line);
	if (written < length * times)
		FUZZ_CHECK(strstr(line, "...: Resource") != NULL, "'%s'", line);
}

static void test_characters(const char *text)
{
	size_t left = strlen(text);
	for (size_t step; left > 0; text += step, left -= step) {
		uint32_t code = 0, expected = 0;
		size_t length = utf8_decode(text, left, &code);
		step = fuzz_character(text, left, &expected);
		FUZZ_CHECK(length == step && (length == 0 || code == expected),
		           "%zu bytes, U+%04X, not %zu, U+%04X", length, code, step,
		           expected);
		FUZZ_CHECK(length == 0 || utf8_is_control(code) == fuzz_is_control(code),
		           "U+%04X", code);
		step += step == 0;
	}
}

void fuzz_target(struct fuzz_input *input)
{
	unsigned choice = fuzz_below(input, 2);
	struct fuzz_input first = {input->next, input->left};
	fuzz_byte(input);
	const char *text = fuzz_rest(input);
	test_escape(text);
	test_characters(text);
	if (choice == 0)
		test_messages(&first, text);
	else
		test_long(&first, text);
}
