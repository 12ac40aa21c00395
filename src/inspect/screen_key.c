/* SPDX-License-Identifier: MIT */
/*
 * The bytes that a terminal sends for a key: one byte, or CSI or SS3 and a final byte.
 */
#include <string.h>

#include "inspect/screen.h"

enum { KEY_BYTES_MAX = 16 };

static const struct {
	char sequence[4]; /* after ESC, without its parameters */
	short key;
} keys[] = {
    {"[A", SCREEN_KEY_UP},    {"[B", SCREEN_KEY_DOWN},     {"[H", SCREEN_KEY_HOME},
    {"[F", SCREEN_KEY_END},   {"[1~", SCREEN_KEY_HOME},    {"[3~", SCREEN_KEY_DELETE},
    {"[4~", SCREEN_KEY_END},  {"[5~", SCREEN_KEY_PAGE_UP}, {"[6~", SCREEN_KEY_PAGE_DOWN},
    {"[7~", SCREEN_KEY_HOME}, {"[8~", SCREEN_KEY_END},
};

/* The bytes of a sequence that begins with ESC [ or ESC O; 0: it is not complete. */
static size_t sequence_length(const char *bytes, size_t length)
{
	for (size_t i = 2; i < length; i++)
		if (bytes[i] < 0x20 || bytes[i] >= 0x40 || i + 1 == KEY_BYTES_MAX)
			return i + 1;
	return 0;
}

int screen_parse_key(const char *bytes, size_t length, size_t *used)
{
	*used = 1;
	if (bytes[0] == 8)
		return SCREEN_KEY_BACKSPACE;
	if (bytes[0] == '\r')
		return '\n';
	if (bytes[0] != SCREEN_KEY_ESCAPE ||
	    (length > 1 && strchr("[O", bytes[1]) == NULL))
		return (unsigned char)bytes[0];
	*used = sequence_length(bytes, length);
	if (*used < 3)
		return SCREEN_NO_KEY;
	/* in application mode a cursor key is ESC O A */
	char sequence[4] = "[";
	if (*used <= 4)
		memcpy(sequence + 1, bytes + 2, *used - 2);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(keys[i].sequence, sequence) == 0)
			return keys[i].key;
	return SCREEN_NO_KEY;
}
