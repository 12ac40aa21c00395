/* SPDX-License-Identifier: MIT */
/*
 * base/ere.h against regexec(3) of the C library, for expressions of which both have the
 * same meaning, and texts of the same few characters; any other expression is refused or
 * does no harm.
 *
 * Runs: 60000 of at most 100 bytes
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/ere.h"
#include "fuzz.h"

enum { TEXT_MAX = 24, PATTERN_MAX = 200, DEPTH_MAX = 3 };

struct pattern {
	char text[PATTERN_MAX + 40];
	size_t length;
};

static void put(struct pattern *pattern, const char *text)
{
	if (pattern->length + strlen(text) < PATTERN_MAX) {
		strcpy(pattern->text + pattern->length, text);
		pattern->length += strlen(text);
	}
}

static void put_alternatives(struct pattern *pattern, struct fuzz_input *input,
                             int depth);

static void put_atom(struct pattern *pattern, struct fuzz_input *input, int depth)
{
	static const char *const atoms[] = {
	    "a",   "b",           "c",    "[ab]", "[^a]",   ".",           "[b-c]",
	    "\\.", "[[:alpha:]]", "[]a]", "[a-]", "[^]b.]", "[[:digit:].]"};
	static const char *const repeats[] = {"",  "",    "",      "*",     "+",
	                                      "?", "{2}", "{1,2}", "{0,3}", "{2,}"};
	unsigned which = fuzz_below(input, 16);
	/* room for both parentheses */
	if (which >= 13 && depth < DEPTH_MAX && pattern->length < PATTERN_MAX / 2) {
		put(pattern, "(");
		put_alternatives(pattern, input, depth + 1);
		/* always there: the text has more room than PATTERN_MAX */
		strcpy(pattern->text + pattern->length, ")");
		pattern->length++;
	} else {
		put(pattern, atoms[which % 13]);
	}
	/* for bounds in bounds regcomp(3) takes hours */
	put(pattern, repeats[fuzz_below(input, depth > 0 ? 6 : 10)]);
}

static void put_alternatives(struct pattern *pattern, struct fuzz_input *input, int depth)
{
	unsigned count = 1 + fuzz_below(input, 3);
	for (unsigned i = 0; i < count; i++) {
		unsigned atoms = 1 + fuzz_below(input, 3);
		if (i > 0 && pattern->length < PATTERN_MAX - 20)
			put(pattern, "|");
		if (depth == 0 && fuzz_below(input, 4) == 0)
			put(pattern, "^");
		for (unsigned k = 0; k < atoms && pattern->length < PATTERN_MAX - 60; k++)
			put_atom(pattern, input, depth);
		if (pattern->length == 0 ||
		    strchr("(|^", pattern->text[pattern->length - 1]) != NULL)
			put(pattern, "a");
		if (depth == 0 && fuzz_below(input, 4) == 0)
			put(pattern, "$");
	}
}

static void test_reference(struct fuzz_input *input)
{
	struct pattern pattern = {.length = 0};
	char text[TEXT_MAX + 1];
	regex_t reference;
	struct ere *ere;
	put_alternatives(&pattern, input, 0);
	size_t length = fuzz_below(input, TEXT_MAX);
	for (size_t i = 0; i < length; i++)
		text[i] = "abc.]-5"[fuzz_below(input, 7)];
	text[length] = '\0';
	const char *reason = ere_compile(&ere, fuzz_copy(pattern.text));
	FUZZ_CHECK(reason == NULL, "%s: %s", pattern.text, reason);
	if (regcomp(&reference, pattern.text, REG_EXTENDED | REG_NOSUB) == 0) {
		bool expected = regexec(&reference, text, 0, NULL, 0) == 0;
		FUZZ_CHECK(ere_matches(ere, fuzz_copy(text), length) == expected,
		           "'%s' in '%s': %d", pattern.text, text, expected);
		regfree(&reference);
	}
	ere_free(ere);
}

static void test_any(struct fuzz_input *input)
{
	struct ere *ere;
	size_t length;
	const char *pattern = fuzz_part(input), *text = fuzz_bytes(input, &length);
	const char *reason = ere_compile(&ere, pattern);
	if (reason != NULL) {
		FUZZ_CHECK(*reason != '\0', "%s", pattern);
		return;
	}
	bool first = ere_matches(ere, text, length);
	FUZZ_CHECK(ere_matches(ere, text, length) == first, "%s", pattern);
	ere_free(ere);
}

void fuzz_target(struct fuzz_input *input)
{
	if (fuzz_below(input, 4) == 0)
		test_any(input);
	else
		test_reference(input);
}
