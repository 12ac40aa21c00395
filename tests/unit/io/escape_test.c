/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "io/escape.h"

static const char *escaped(const char *text)
{
	static char line[256];
	line[escape_text(line, text)] = '\0';
	return line;
}

TEST(a_byte_of_ascii_is_shown_as_it_is_unless_it_is_a_control_or_a_backslash)
{
	for (int byte = 1; byte < 0x80; byte++) {
		const char text[] = {(char)byte, '\0'};
		char expected[8];
		bool control = byte < 0x20 || byte == 0x7f;
		check_about("byte %d", byte);
		snprintf(expected, sizeof expected, control ? "\\x%02x" : "%c", byte);
		CHECK_EQUAL(escaped(text), byte == '\\' ? "\\\\" : expected);
	}
}

TEST(text_in_other_scripts_is_shown_as_it_is)
{
	CHECK_EQUAL(escaped(""), "");
	CHECK_EQUAL(escaped("é ש 漢 🙂"), "é ש 漢 🙂");
}

TEST(controls_beyond_ascii_are_shown_by_their_bytes)
{
	CHECK_EQUAL(escaped("/a\xc2\x9b"
	                    "31mRED"),
	            "/a\\xc2\\x9b31mRED");
	CHECK_EQUAL(escaped("a\xe2\x80\xae"
	                    "b"),
	            "a\\xe2\\x80\\xaeb");
	CHECK_EQUAL(escaped("\xd8\x9c\xe2\x81\xa6"), "\\xd8\\x9c\\xe2\\x81\\xa6");
}

TEST(bytes_that_are_not_utf8_are_shown_one_by_one)
{
	CHECK_EQUAL(escaped("\x9b"
	                    "31m"),
	            "\\x9b31m");
	CHECK_EQUAL(escaped("a\xff\xe2\x82"), "a\\xff\\xe2\\x82");
	CHECK_EQUAL(escaped("\xc2"), "\\xc2");
	CHECK_EQUAL(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

/* Each byte becomes at most four. */
TEST(an_escaped_text_is_not_longer_than_the_header_says)
{
	static char line[3 * ESCAPE_BYTE_MAX + ESCAPE_CHARACTER_MAX];
	unsigned char text[4] = "";
	for (int first = 1; first < 256; first++)
		for (int second = 0; second < 256; second++) {
			text[0] = (unsigned char)first;
			text[1] = (unsigned char)second;
			text[2] = 0xaa;
			check_about("bytes %d %d", first, second);
			CHECK(escape_text(line, (const char *)text) <=
			      ESCAPE_BYTE_MAX * strlen((const char *)text));
		}
}
