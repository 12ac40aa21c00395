/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "io/json.h"
#include "io/utf8.h"

/* A control character: those from 0x80 on are valid, but not to be sent to a terminal. */
static size_t json_escape(char *to, uint32_t code)
{
	static const char short_escapes[] = "b\bf\fn\nr\rt\t\"\"\\\\";
	for (const char *p = short_escapes; *p != '\0'; p += 2) {
		if ((unsigned char)p[1] == code) {
			to[0] = '\\';
			to[1] = p[0];
			return 2;
		}
	}
	static const char digits[] = "0123456789abcdef";
	memcpy(to, "\\u", 2);
	for (int i = 0; i < 4; i++)
		to[2 + i] = digits[code >> (12 - 4 * i) & 15];
	return 6;
}

static bool is_plain_ascii(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

size_t json_string(char *to, const void *bytes, size_t length)
{
	const unsigned char *s = bytes;
	char *p = to;
	*p++ = '"';
	for (size_t i = 0; i < length;) {
		uint32_t code;
		if (is_plain_ascii(s[i])) {
			*p++ = (char)s[i++];
			continue;
		}
		size_t size = utf8_decode(s + i, length - i, &code);
		if (size == 0)
			return 0;
		if (code == '"' || code == '\\' || utf8_is_control(code)) {
			p += json_escape(p, code);
		} else {
			memcpy(p, s + i, size);
			p += size;
		}
		i += size;
	}
	*p++ = '"';
	return (size_t)(p - to);
}

size_t json_base64(char *to, const void *bytes, size_t length)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = bytes;
	char *p = to;
	for (size_t i = 0; i < length; i += 3) {
		uint32_t group = (uint32_t)s[i] << 16;
		if (i + 1 < length)
			group |= (uint32_t)s[i + 1] << 8;
		if (i + 2 < length)
			group |= s[i + 2];
		*p++ = alphabet[group >> 18];
		*p++ = alphabet[group >> 12 & 63];
		*p++ = i + 1 < length ? alphabet[group >> 6 & 63] : '=';
		*p++ = i + 2 < length ? alphabet[group & 63] : '=';
	}
	return (size_t)(p - to);
}

size_t json_text(char *to, const void *bytes, size_t length)
{
	size_t size = json_string(to, bytes, length);
	if (size > 0)
		return size;
	char *end = stpcpy(to, "{\"base64\":\"");
	end += json_base64(end, bytes, length);
	end = stpcpy(end, "\"}");
	return (size_t)(end - to);
}
