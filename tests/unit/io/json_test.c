/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "io/json.h"
#include "io/utf8.h"

/* Read a JSON string (RFC 8259) back: the length of its contents, -1 if it is not one. */
static long parse_json_string(char *to, const char *json, size_t length)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	char *p = to;
	if (length < 2 || json[0] != '"' || json[length - 1] != '"')
		return -1;
	for (size_t i = 1; i < length - 1; i++) {
		if ((unsigned char)json[i] < 0x20 || json[i] == '"')
			return -1;
		if (json[i] != '\\') {
			*p++ = json[i];
			continue;
		}
		const char *escape = strchr(escapes, json[++i]);
		unsigned code;
		if (escape != NULL && *escape != '\0') {
			*p++ = meanings[escape - escapes];
		} else if (json[i] == 'u' && i + 4 < length - 1 &&
		           sscanf(json + i + 1, "%4x", &code) == 1 && code < 0x800) {
			if (code >= 0x80)
				*p++ = (char)(0xc0 | code >> 6);
			*p++ = (char)(code < 0x80 ? code : 0x80 | (code & 0x3f));
			i += 4;
		} else {
			return -1;
		}
	}
	return p - to;
}

static void check_json_round_trip(const void *bytes, size_t length)
{
	char json[64], back[64];
	size_t size = json_string(json, bytes, length);
	CHECK(size > 0 && size <= json_string_max(length));
	long parsed = parse_json_string(back, json, size);
	CHECK(parsed >= 0);
	if (parsed >= 0)
		CHECK_BYTES(back, (size_t)parsed, bytes, length);
}

static bool is_utf8_pair(unsigned char first, unsigned char second)
{
	if (first < 0x80)
		return second < 0x80;
	return first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf;
}

TEST(each_byte_and_each_pair_of_bytes_is_a_json_string_if_it_is_utf8)
{
	char json[16];
	for (unsigned first = 0; first < 256; first++) {
		unsigned char bytes[2] = {(unsigned char)first};
		check_about("byte 0x%02x", first);
		if (first < 0x80)
			check_json_round_trip(bytes, 1);
		else
			CHECK_EQUAL(json_string(json, bytes, 1), 0);
		for (unsigned second = 0; second < 256; second++) {
			check_about("bytes 0x%02x 0x%02x", first, second);
			bytes[1] = (unsigned char)second;
			if (is_utf8_pair(bytes[0], bytes[1]))
				check_json_round_trip(bytes, 2);
			else
				CHECK_EQUAL(json_string(json, bytes, 2), 0);
		}
	}
}

/* A code in `length` bytes, whether that is allowed or not. */
static void encode(unsigned char *to, uint32_t code, size_t length)
{
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = length; i-- > 1; code >>= 6)
		to[i] = (unsigned char)(0x80 | (code & 0x3f));
	to[0] = (unsigned char)(marks[length] | code);
}

TEST(a_character_is_utf8_in_its_shortest_form_only_and_if_it_is_no_surrogate)
{
	char json[64];
	unsigned char bytes[8];
	for (uint32_t code = 0x80; code < 0x120000; code += code < 0x11000 ? 1 : 251) {
		size_t shortest = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		bool valid = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
		check_about("U+%04X", code);
		for (size_t length = shortest; length <= 4; length++) {
			encode(bytes, code, length);
			size_t size = json_string(json, bytes, length);
			if (valid && length == shortest)
				CHECK_EQUAL(size, utf8_is_control(code) ? 8 : length + 2);
			else
				CHECK_EQUAL(size, 0);
		}
		encode(bytes, code, shortest);
		CHECK_EQUAL(json_string(json, bytes, shortest - 1), 0);
	}
	CHECK_EQUAL(json_string(json, "\xf4\x90\x80\x80", 4), 0);
	CHECK_EQUAL(json_string(json, "\xf8\x88\x80\x80\x80", 5), 0);
	CHECK_EQUAL(json_string(json, "\xe2\x82z", 3), 0);
}

TEST(escapes_are_the_short_ones_or_four_hexadecimal_digits)
{
	static const char bytes[] = "\b\f\n\r\t\"\\/\x01\x1f\x7f\0é\xc2\x9b\xe2\x80\xae";
	static const char expected[] =
	    "\"\\b\\f\\n\\r\\t\\\"\\\\/\\u0001\\u001f\\u007f\\u0000é"
	    "\\u009b\\u202e\"";
	char json[128];
	size_t size = json_string(json, bytes, sizeof bytes - 1);
	CHECK_BYTES(json, size, expected, sizeof expected - 1);
	size = json_string(json, "", 0);
	CHECK_BYTES(json, size, "\"\"", 2);
}

TEST(base64_is_that_of_rfc_4648)
{
	static const char *const rows[][2] = {{"", ""},
	                                      {"f", "Zg=="},
	                                      {"fo", "Zm8="},
	                                      {"foo", "Zm9v"},
	                                      {"foob", "Zm9vYg=="},
	                                      {"fooba", "Zm9vYmE="},
	                                      {"foobar", "Zm9vYmFy"},
	                                      {"\xff\xfe\xfd", "//79"},
	                                      {"\xfb", "+w=="}};
	char text[16];
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_about("%s", rows[i][1]);
		size_t size = json_base64(text, rows[i][0], strlen(rows[i][0]));
		CHECK_BYTES(text, size, rows[i][1], strlen(rows[i][1]));
	}
}

static unsigned decode_digit(char c)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = strchr(alphabet, c);
	return found != NULL && c != '\0' ? (unsigned)(found - alphabet) : 0;
}

TEST(base64_of_every_byte_reads_back)
{
	unsigned char bytes[256], back[260];
	char text[512];
	for (unsigned i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	for (size_t length = 0; length <= 256; length++) {
		size_t size = json_base64(text, bytes, length), got = 0;
		check_about("%zu bytes", length);
		CHECK_EQUAL(size, 4 * ((length + 2) / 3));
		for (size_t i = 0; i < size; i += 4) {
			unsigned group = decode_digit(text[i]) << 18 |
			                 decode_digit(text[i + 1]) << 12 |
			                 decode_digit(text[i + 2]) << 6 |
			                 decode_digit(text[i + 3]);
			back[got++] = (unsigned char)(group >> 16);
			if (text[i + 2] != '=')
				back[got++] = (unsigned char)(group >> 8);
			if (text[i + 3] != '=')
				back[got++] = (unsigned char)group;
		}
		CHECK_BYTES(back, got, bytes, length);
	}
}
