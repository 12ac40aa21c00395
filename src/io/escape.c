/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "io/escape.h"
#include "io/utf8.h"

static size_t escape_bytes(char *to, const char *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < length; i++, to += 4) {
		unsigned char byte = (unsigned char)bytes[i];
		memcpy(to, "\\x", 2);
		to[2] = digits[byte >> 4];
		to[3] = digits[byte & 15];
	}
	return 4 * length;
}

size_t escape_character(char to[ESCAPE_CHARACTER_MAX], const char **text)
{
	uint32_t code;
	const char *from = *text;
	size_t length = utf8_decode(from, strnlen(from, 4), &code);
	*text += length > 0 ? length : 1;
	if (length == 0)
		return escape_bytes(to, from, 1);
	if (utf8_is_control(code))
		return escape_bytes(to, from, length);
	memcpy(to, from, length);
	if (*from != '\\')
		return length;
	to[1] = '\\';
	return 2;
}

size_t escape_text(char *to, const char *text)
{
	char *end = to;
	while (*text != '\0')
		end += escape_character(end, &text);
	return (size_t)(end - to);
}
