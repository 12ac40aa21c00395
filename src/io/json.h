/* SPDX-License-Identifier: MIT */
/*
 * Strings of JSON (RFC 8259), and base64 (RFC 4648) for bytes that are not UTF-8.
 */
#ifndef IO_JSON_H
#define IO_JSON_H

#include <stddef.h>

/* The most bytes that json_string() writes, quotes included. */
static inline size_t json_string_max(size_t length)
{
	return 6 * length + 2;
}

/*
 * Write the bytes to `to` as a JSON string with its quotes; returns the length of the
 * string, or 0 if the bytes are not UTF-8.
 */
size_t json_string(char *to, const void *bytes, size_t length);

/*
 * The same for any bytes: those that are not UTF-8 are written as an object,
 * {"base64":"…"}. Returns the length, at most json_text_max().
 */
size_t json_text(char *to, const void *bytes, size_t length);

static inline size_t json_text_max(size_t length)
{
	return json_string_max(length) + sizeof "{\"base64\":\"\"}";
}

/* Write base64 of the bytes, without quotes: 4 * ((length + 2) / 3) bytes. */
size_t json_base64(char *to, const void *bytes, size_t length);

#endif
