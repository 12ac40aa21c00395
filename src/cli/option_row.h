/* SPDX-License-Identifier: MIT */
/*
 * The rows of an option table: what option_parser.c, which parses by them, complete.c,
 * and help.c and describe.c, which print them, have in common.
 */
#ifndef CLI_OPTION_ROW_H
#define CLI_OPTION_ROW_H

#include <stdbool.h>

#include "applet.h"

/* Does this front end offer a subcommand or an option? */
bool option_row_is_offered(enum frontend frontends);

/* Every subcommand has these two beside its own: help, version. */
extern const struct option_row option_row_common[];

static inline const struct option_row *
option_row_table(const struct subcommand *subcommand)
{
	static const struct option_row none[] = {END_OF_OPTIONS};
	return subcommand->options != NULL ? subcommand->options : none;
}

static inline bool option_row_is_end(const struct option_row *row)
{
	return row->letter == 0 && row->name == NULL;
}

static inline const char *option_row_placeholder(const struct option_row *row)
{
	return row->placeholder != NULL ? row->placeholder : "";
}

/* The other rows that a row requires, and those that it excludes; "": none. */
static inline const char *option_row_required(const struct option_row *row)
{
	return row->is_requirement ? row->others : "";
}

static inline const char *option_row_excluded(const struct option_row *row)
{
	return row->is_requirement || row->others == NULL ? "" : row->others;
}

static inline int64_t option_row_max(const struct option_row *row)
{
	return row->max == OPTION_ROW_NO_MAX ? INT64_MAX : row->max;
}

/* The row of this letter; NULL: none. */
const struct option_row *option_row_find_letter(const struct option_row *rows,
                                                char letter);

/* The words that its value can be, with spaces between: "ofd posix flock"; "": anything.
 */
const char *option_row_words(const struct option_row *row);

/* The place of a word in a list of words with a space or | between them; -1: not in it.
 */
int option_row_find_word(const char *words, const char *word, size_t length);

/* "not ofd, posix or flock" */
void option_row_list_words(const char *words, char *text, size_t size);

/* False too for a value that may be left out: it only follows an equals sign. */
static inline bool option_row_takes_value(const struct option_row *row)
{
	return row->placeholder != NULL && row->placeholder[0] != '[';
}

#endif
