/* SPDX-License-Identifier: MIT */
/*
 * Text of others (names, paths, operands) as it is shown in messages and tables.
 *
 * The bytes of a control character (io/utf8.h), and those that are not UTF-8, are shown
 * as \x1b, a backslash as \\: neither can a name control the terminal, nor do two names
 * look the same. printf(1) %b turns it into the name again.
 */
#ifndef IO_ESCAPE_H
#define IO_ESCAPE_H

#include <stddef.h>

/* The most bytes for one character, and for each byte of a text. */
enum { ESCAPE_CHARACTER_MAX = 12, ESCAPE_BYTE_MAX = 4 };

/*
 * Write the character at *text, which is not the final NUL, and move *text after it:
 * the number of bytes written.
 */
size_t escape_character(char to[ESCAPE_CHARACTER_MAX], const char **text);

/* Write the whole text, without a NUL: the number of bytes, see ESCAPE_BYTE_MAX. */
size_t escape_text(char *to, const char *text);

#endif
