/* SPDX-License-Identifier: MIT */
/*
 * text - a text that grows
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *bytes; /* ends with a null byte; NULL: empty */
	size_t length, room;
};

void text_add(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const void *bytes, size_t length);
/* As bytes that can be printed: others as \xNN, a row of 8 or more of the same byte as
 * its number. */
void text_add_escaped(struct text *text, const void *bytes, size_t length);
/* The contents of a descriptor, from its beginning if it has one. */
void text_add_file(struct text *text, int fd, size_t most);
/* Each row of decimal digits becomes one `#`, and of blanks one blank. */
void text_mask_digits(struct text *text);
const char *text_of(const struct text *text);
void text_clear(struct text *text);
void text_free(struct text *text);

#endif
