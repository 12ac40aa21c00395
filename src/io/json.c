#include <stdint.h>
#include <string.h>

#include "io/json.h"

/* The length of the UTF-8 character (RFC 3629) at s; 0 if the bytes are not one. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	static const uint32_t min_code[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80   ? 1
	                : s[0] < 0xc2 ? 0
	                : s[0] < 0xe0 ? 2
	                : s[0] < 0xf0 ? 3
	                : s[0] < 0xf5 ? 4
	                              : 0;
	if (length < 2 || length > left)
		return length > left ? 0 : length;
	uint32_t code = s[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < min_code[length] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

static size_t json_escape(char *to, unsigned char c)
{
	static const char short_escapes[] = "b\bf\fn\nr\rt\t\"\"\\\\";
	for (const char *p = short_escapes; *p != '\0'; p += 2) {
		if ((unsigned char)p[1] == c) {
			to[0] = '\\';
			to[1] = p[0];
			return 2;
		}
	}
	static const char digits[] = "0123456789abcdef";
	memcpy(to, "\\u00", 4);
	to[4] = digits[c >> 4];
	to[5] = digits[c & 15];
	return 6;
}

size_t json_string(char *to, const void *bytes, size_t length)
{
	const unsigned char *s = bytes;
	char *p = to;
	*p++ = '"';
	for (size_t i = 0; i < length;) {
		size_t size = utf8_length(s + i, length - i);
		if (size == 0)
			return 0;
		if (s[i] < 0x20 || s[i] == '"' || s[i] == '\\' || s[i] == 0x7f) {
			p += json_escape(p, s[i]);
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
