/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool make_room(struct text *text, size_t more)
{
	if (text->length + more + 1 <= text->room)
		return true;
	size_t room = (text->length + more + 1) * 2;
	char *bytes = realloc(text->bytes, room);
	if (bytes == NULL)
		abort();
	text->bytes = bytes;
	text->room = room;
	return true;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
	make_room(text, length);
	if (length > 0)
		memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
	char *line = NULL;
	va_list list;
	va_start(list, format);
	int length = vasprintf(&line, format, list);
	va_end(list);
	if (length < 0)
		abort();
	text_add_bytes(text, line, (size_t)length);
	free(line);
}

void text_add_escaped(struct text *text, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	for (size_t i = 0, same; i < length; i += same) {
		for (same = 1; i + same < length && at[i + same] == at[i]; same++)
			continue;
		if (same >= 8) {
			text_add(text, "\\%02x*%zu;", at[i], same);
			continue;
		}
		same = 1;
		if (isprint(at[i]) && at[i] != '\\')
			text_add_bytes(text, &at[i], 1);
		else
			text_add(text, "\\%02x", at[i]);
	}
}

void text_add_file(struct text *text, int fd, size_t most)
{
	char part[4096];
	ssize_t length;
	(void)lseek(fd, 0, SEEK_SET);
	while (most > 0 &&
	       (length = read(fd, part, most < sizeof part ? most : sizeof part)) > 0) {
		text_add_bytes(text, part, (size_t)length);
		most -= (size_t)length;
	}
}

void text_mask_digits(struct text *text)
{
	size_t to = 0;
	bool hexadecimal = false;
	for (size_t i = 0; i < text->length; i++) {
		char here = text->bytes[i], last = '\0';
		if (to > 0)
			last = text->bytes[to - 1];
		/* the width of a column depends on its numbers */
		if (here == ' ' && last == ' ')
			continue;
		bool number = isdigit((unsigned char)here) ||
		              (hexadecimal && isxdigit((unsigned char)here));
		/* 0x4a */
		hexadecimal = (number && hexadecimal) || (here == 'x' && last == '#');
		if (!number)
			text->bytes[to++] = here;
		else if (last != '#')
			text->bytes[to++] = '#';
	}
	if (text->bytes != NULL)
		text->bytes[to] = '\0';
	text->length = to;
}

const char *text_of(const struct text *text)
{
	return text->bytes != NULL ? text->bytes : "";
}

void text_clear(struct text *text)
{
	text->length = 0;
	if (text->bytes != NULL)
		text->bytes[0] = '\0';
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){0};
}
