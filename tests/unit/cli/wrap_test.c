/* SPDX-License-Identifier: MIT */
#include "../check.h"
#include "cli/wrap.h"

static char wrapped[256];

static const char *wrap(size_t width, size_t indent, bool operands, const char *words)
{
	struct cli_text text = {.at = wrapped, .size = sizeof wrapped};
	struct cli_wrap wrap = {.text = &text, .width = width, .indent = indent};
	wrapped[0] = '\0';
	(operands ? cli_wrap_operands : cli_wrap_words)(&wrap, words);
	return wrapped;
}

TEST(words_go_on_in_the_next_line)
{
	CHECK_EQUAL(wrap(10, 2, false, "one two three four"), "one two\n  three\n  four");
	CHECK_EQUAL(wrap(7, 0, false, "one two three"), "one two\nthree");
	CHECK_EQUAL(wrap(6, 0, false, "one two three"), "one\ntwo\nthree");
	CHECK_EQUAL(wrap(WRAP_NEVER, 9, false, "one two three"), "one two three");
	CHECK_EQUAL(wrap(10, 0, false, ""), "");
}

TEST(a_word_is_not_split)
{
	CHECK_EQUAL(wrap(4, 1, false, "a longest b"), "a\n longest\n b");
}

TEST(brackets_stay_together_if_there_is_room)
{
	CHECK_EQUAL(wrap(14, 2, true, "[-a | -b] [-c D]"), "[-a | -b]\n  [-c D]");
	CHECK_EQUAL(wrap(12, 0, true, "N [-- C [A...]]"), "N [-- C\n[A...]]");
	CHECK_EQUAL(wrap(13, 0, true, "N [-- C [A...]]"), "N\n[-- C [A...]]");
}
