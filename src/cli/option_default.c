/* SPDX-License-Identifier: MIT */
#include "cli/option_default.h"

#include <stdio.h>
#include <string.h>

#include "cli/option_row.h"

/* The word of this number, and how long it is; after the last one 0: "not given". */
static const char *find_word(const char *words, unsigned number, size_t *length)
{
	for (*length = strcspn(words, " "); number > 0; number--) {
		words += *length + (words[*length] != '\0');
		*length = strcspn(words, " ");
	}
	return words;
}

/* Outside of its bounds, or the largest of all, it stands for "not given". */
static bool is_given_number(const struct option_row *row, int64_t number)
{
	return number >= row->min && number <= option_row_max(row) && number != INT64_MAX;
}

bool option_default(const struct subcommand *subcommand, const struct option_row *row,
                    char *text, size_t size)
{
	static const char zeros[OPTIONS_SIZE_MAX];
	const char *defaults =
	    subcommand->defaults != NULL ? subcommand->defaults : zeros;
	const void *member = defaults + row->offset;
	const char *word;
	size_t length;
	switch (row->kind) {
	case OPTION_NUMBER:
	case OPTION_SIZE:
		snprintf(text, size, "%lld", (long long)*(const int64_t *)member);
		return is_given_number(row, *(const int64_t *)member);
	case OPTION_UNSIGNED:
		snprintf(text, size, "%llu",
		         (unsigned long long)*(const uint64_t *)member);
		return true;
	case OPTION_MODE:
		snprintf(text, size, "%04o",
		         (unsigned)((const struct value_mode *)member)->bits);
		return true;
	case OPTION_STRING:
		word = *(const char *const *)member;
		snprintf(text, size, "%s", word != NULL ? word : "");
		return word != NULL;
	case OPTION_WORD:
		word = find_word(row->words, *(const unsigned *)member, &length);
		snprintf(text, size, "%.*s", (int)length, word);
		return length > 0;
	case OPTION_FLAG:
	case OPTION_CHOICE:
	case OPTION_NONBLOCK:
	case OPTION_TIMEOUT:
	case OPTION_RATE:
	case OPTION_STRINGS:
	case OPTION_WHEN:
	case OPTION_INTO: break;
	}
	return false;
}
