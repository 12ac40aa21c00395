/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "../check.h"
#include "io/utf8.h"

struct decoding {
	const char *bytes;
	size_t left, length;
	uint32_t code;
};

TEST(a_character_is_decoded_if_it_is_complete_and_in_its_shortest_form)
{
	static const struct decoding rows[] = {
	    {"a", 1, 1, 'a'},
	    {"\0", 1, 1, 0},
	    {"\x7f", 1, 1, 0x7f},
	    {"\x80", 1, 0, 0},
	    {"\xc0\x80", 2, 0, 0},
	    {"\xc1\xbf", 2, 0, 0},
	    {"\xc2\x80", 2, 2, 0x80},
	    {"\xc2\x80", 1, 0, 0},
	    {"\xdf\xbfz", 3, 2, 0x7ff},
	    {"\xe0\x9f\xbf", 3, 0, 0},
	    {"\xe0\xa0\x80", 3, 3, 0x800},
	    {"\xed\x9f\xbf", 3, 3, 0xd7ff},
	    {"\xed\xa0\x80", 3, 0, 0},
	    {"\xed\xbf\xbf", 3, 0, 0},
	    {"\xee\x80\x80", 3, 3, 0xe000},
	    {"\xf0\x8f\xbf\xbf", 4, 0, 0},
	    {"\xf0\x90\x80\x80", 4, 4, 0x10000},
	    {"\xf0\x90\x80\x80", 3, 0, 0},
	    {"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
	    {"\xf4\x90\x80\x80", 4, 0, 0},
	    {"\xf5\x80\x80\x80", 4, 0, 0},
	    {"\xff", 1, 0, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t code = 0;
		check_about("row %zu", i);
		CHECK_EQUAL(utf8_decode(rows[i].bytes, rows[i].left, &code),
		            rows[i].length);
		if (rows[i].length > 0)
			CHECK_EQUAL(code, rows[i].code);
	}
}

TEST(controls_are_those_of_the_terminal_and_of_the_direction)
{
	static const uint32_t ranges[][2] = {{0, 0x1f},        {0x7f, 0x9f},
	                                     {0x61c, 0x61c},   {0x200e, 0x200f},
	                                     {0x202a, 0x202e}, {0x2066, 0x2069}};
	size_t range = 0;
	for (uint32_t code = 0; code < 0x3000; code++) {
		bool control = range < COUNT(ranges) && code >= ranges[range][0];
		check_about("U+%04X", (unsigned)code);
		CHECK_EQUAL(utf8_is_control(code), control);
		if (control && code == ranges[range][1])
			range++;
	}
}
