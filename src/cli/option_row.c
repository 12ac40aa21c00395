/* SPDX-License-Identifier: MIT */
#include "cli/option_row.h"

#include <stdio.h>
#include <string.h>

#include "base/frontend.h"

bool option_row_is_offered(enum frontend frontends)
{
	return frontends == FRONTEND_BOTH ||
	       (frontends == FRONTEND_BUILTIN) == frontend_is_builtin();
}

const struct option_row option_row_common[] = {
    {.letter = 'h', .name = "help", .help = "print this help and exit"},
    {.letter = 'V', .name = "version", .help = "print the version and exit"},
    END_OF_OPTIONS,
};

const struct option_row *option_row_find_letter(const struct option_row *rows,
                                                char letter)
{
	for (; !option_row_is_end(rows); rows++)
		if (rows->letter == letter)
			return rows;
	return NULL;
}

int option_row_find_word(const char *words, const char *word, size_t length)
{
	for (int n = 0; words != NULL && *words != '\0'; n++) {
		size_t one = strcspn(words, " |");
		if (one == length && memcmp(words, word, length) == 0)
			return n;
		words += one + (words[one] != '\0');
	}
	return -1;
}

const char *option_row_words(const struct option_row *row)
{
	switch (row->kind) {
	case OPTION_WORD:
	case OPTION_WHEN:
	case OPTION_STRING:
	case OPTION_STRINGS: return row->words != NULL ? row->words : "";
	default: return ""; /* the others have bounds there */
	}
}

void option_row_list_words(const char *words, char *text, size_t size)
{
	size_t length = 0;
	for (const char *before = "not "; *words != '\0' && length < size;) {
		size_t one = strcspn(words, " ");
		length += (size_t)snprintf(text + length, size - length, "%s%.*s", before,
		                           (int)one, words);
		words += one + (words[one] != '\0');
		before = strchr(words, ' ') != NULL ? ", " : " or ";
	}
}
