/* SPDX-License-Identifier: MIT */
#include "io/utf8.h"

static size_t utf8_length_of_first(unsigned char first)
{
	return first < 0x80   ? 1
	       : first < 0xc2 ? 0
	       : first < 0xe0 ? 2
	       : first < 0xf0 ? 3
	       : first < 0xf5 ? 4
	                      : 0;
}

size_t utf8_decode(const void *bytes, size_t left, uint32_t *code)
{
	static const uint32_t min_code[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = bytes;
	size_t length = utf8_length_of_first(s[0]);
	if (length > left)
		return 0;
	*code = s[0];
	if (length < 2)
		return length;
	*code &= 0x7fU >> length;
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < min_code[length] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return length;
}

bool utf8_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	       code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}
