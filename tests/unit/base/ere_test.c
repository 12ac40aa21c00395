/* SPDX-License-Identifier: MIT */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "base/ere.h"

static bool matches(const char *pattern, const char *text)
{
	struct ere *ere;
	if (ere_compile(&ere, pattern) != NULL)
		return false;
	bool result = ere_matches(ere, text, strlen(text));
	ere_free(ere);
	return result;
}

TEST(a_text_contains_a_match_or_not)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
	    {"", "", true},
	    {"b", "abc", true},
	    {"^b", "abc", false},
	    {"^abc$", "abc", true},
	    {"a{2}$", "caa", true},
	    {"^a{2}$", "aaa", false},
	    {"^a{2,}$", "aaaaa", true},
	    {"^(ab){0,2}$", "ababab", false},
	    {"^(ab){0,2}$", "abab", true},
	    {"^a{0}$", "", true},
	    {"ERROR|WARN(ING)?", "a WARN", true},
	    {"^(a|b|)c$", "c", true},
	    {"^[[:digit:]]+ [^ ]+$", "12 x", true},
	    {"^[]a]+$", "a]a", true},
	    {"^[^]a]$", "]", false},
	    {"^[a-]+$", "a-a", true},
	    {"^[[.-.]a]$", "-", true},
	    {"^[[=a=]]$", "a", true},
	    {"^\\.\\[\\\\$", ".[\\", true},
	    {"((((a*)*)*)*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false},
	    /* characters, not bytes */
	    {"^.$", "\xc3\xa9", true},
	    {"^[\xc3\xa4-\xc3\xbc]$", "\xc3\xb6", true},
	    {"^[\xc3\xa4-\xc3\xbc]$", "\xc3", false},
	    {"^[^a]{2}$", "\xff\xfe", true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_about("'%s' and '%s'", rows[i].pattern, rows[i].text);
		CHECK_EQUAL(matches(rows[i].pattern, rows[i].text), rows[i].matches);
	}
}

TEST(a_pattern_that_is_none_is_refused_with_the_reason)
{
	static const char *const patterns[] = {
	    "(",      ")",      "(a",       "a)",           "[",
	    "[a",     "[]",     "*",        "a|*",          "+a",
	    "?",      "{2}",    "a{",       "a{x}",         "a{2",
	    "a{3,2}", "a{256}", "a{1,999}", "\\",           "a\\",
	    "\\d",    "[b-a]",  "[[:no:]]", "[[.a]",        "[[=",
	    "[a-",    "a{-1}",  "a{,2}",    "(a{255}){255}"};
	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct ere *ere;
		check_about("'%s'", patterns[i]);
		CHECK(ere_compile(&ere, patterns[i]) != NULL);
	}
	char deep[400] = "";
	memset(deep, '(', 100);
	memset(deep + 100, ')', 100);
	struct ere *ere;
	CHECK(ere_compile(&ere, deep) != NULL);
}

TEST(the_classes_are_those_of_ascii)
{
	static const char *const names[] = {"alpha", "alnum", "blank", "cntrl",
	                                    "digit", "graph", "lower", "print",
	                                    "punct", "space", "upper", "xdigit"};
	for (size_t i = 0; i < COUNT(names); i++) {
		char pattern[32];
		regex_t regex;
		snprintf(pattern, sizeof pattern, "^[[:%s:]]$", names[i]);
		CHECK_EQUAL(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
		for (int c = 1; c < 128; c++) {
			char text[] = {(char)c, '\0'};
			check_about("%s and %d", pattern, c);
			CHECK_EQUAL(matches(pattern, text),
			            regexec(&regex, text, 0, NULL, 0) == 0);
		}
		regfree(&regex);
	}
}

/* A random pattern that regex(7) defines. */
struct random_pattern {
	char text[256];
	size_t length;
	unsigned seed;
};

static unsigned pick(struct random_pattern *pattern, unsigned count)
{
	pattern->seed = pattern->seed * 1103515245U + 12345U;
	return (pattern->seed >> 16) % count;
}

static void put(struct random_pattern *pattern, const char *text)
{
	size_t length = strlen(text);
	if (pattern->length + length < sizeof pattern->text - 1)
		memcpy(pattern->text + pattern->length, text, length + 1);
	if (pattern->length + length < sizeof pattern->text - 1)
		pattern->length += length;
}

static void put_alternatives(struct random_pattern *pattern, int depth)
{
	static const char *const atoms[] = {"a",    "b", "c", ".",     "[ab]",
	                                    "[^a]", "a", "b", "[b-c]", "[[:alpha:]]"};
	static const char *const repeats[] = {"",  "",    "",      "*",     "+",
	                                      "?", "{2}", "{1,2}", "{0,1}", "{2,}"};
	do {
		for (unsigned i = 0, count = 1 + pick(pattern, 3); i < count; i++) {
			/* glibc finds matches that are none with a bound of a group */
			size_t bounds = 0;
			if (depth > 0 && pick(pattern, 3) == 0) {
				put(pattern, "(");
				put_alternatives(pattern, depth - 1);
				put(pattern, ")");
			} else {
				put(pattern, atoms[pick(pattern, COUNT(atoms))]);
				bounds = depth == 2 ? 4 : 0;
			}
			put(pattern, repeats[pick(pattern, 6 + (unsigned)bounds)]);
		}
		if (pick(pattern, 4) != 0)
			return;
		put(pattern, "|");
	} while (true);
}

TEST(what_matches_is_what_matches_in_the_c_library)
{
	int compared = 0, matched = 0;
	for (unsigned seed = 1; seed <= 2000; seed++) {
		struct random_pattern pattern = {.seed = seed * 7919};
		regex_t regex;
		struct ere *ere;
		bool begin = pick(&pattern, 3) == 0, end = pick(&pattern, 3) == 0;
		put(&pattern, begin ? "^(" : "");
		put_alternatives(&pattern, 2);
		put(&pattern, begin ? ")" : "");
		if (end && begin)
			put(&pattern, "$");
		if (pattern.length > 200 ||
		    regcomp(&regex, pattern.text, REG_EXTENDED | REG_NOSUB) != 0)
			continue;
		check_about("'%s'", pattern.text);
		const char *refusal = ere_compile(&ere, pattern.text);
		CHECK_EQUAL(refusal, NULL);
		for (int i = 0; i < 20 && refusal == NULL; i++) {
			char text[12] = "";
			unsigned length = pick(&pattern, 10);
			for (unsigned k = 0; k < length; k++)
				text[k] = "abcd"[pick(&pattern, 4)];
			bool expected = regexec(&regex, text, 0, NULL, 0) == 0;
			check_about("'%s' and '%s'", pattern.text, text);
			CHECK_EQUAL(ere_matches(ere, text, strlen(text)), expected);
			compared++;
			matched += expected;
		}
		if (refusal == NULL)
			ere_free(ere);
		regfree(&regex);
	}
	CHECK(compared > 20000);
	CHECK(matched > 5000 && matched < compared - 5000);
}
