/* SPDX-License-Identifier: MIT */
/*
 * Words one after the other, which go on in the next line where the width ends. A word is
 * never split: one that is too long for a line stands alone in it.
 */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/text.h"

struct cli_wrap {
	struct cli_text *text;
	size_t width;  /* of a line; WRAP_NEVER */
	size_t indent; /* of the lines after the first */
	size_t column; /* of the next character */
	bool begun;    /* the next word is not the first of its line */
};

#define WRAP_NEVER ((size_t)-1)

/* The next word, which may have blanks in it. */
void cli_wrap_word(struct cli_wrap *wrap, const char *word, size_t length);

/* The words of a text, which blanks separate. */
void cli_wrap_words(struct cli_wrap *wrap, const char *words);

/* The same, but blanks within brackets separate only if the whole is too long for a line.
 */
void cli_wrap_operands(struct cli_wrap *wrap, const char *operands);

#endif
