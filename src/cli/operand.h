/* SPDX-License-Identifier: MIT */
/*
 * The kinds of operands and of values, as --describe names them; and the "--" among
 * operands.
 */
#ifndef CLI_OPERAND_H
#define CLI_OPERAND_H

#include <string.h>

#include "applet.h"
#include "cli/text.h"

/* "pid|signal...": of kinds joined by |, an option's value or one operand. */
void operand_put_kinds(struct cli_text *text, enum operand_kind kinds);

/* The kind of a row's value: that of the row itself, otherwise of its option kind; 0:
 * none. */
enum operand_kind operand_kind_of_value(const struct option_row *row);

/* The kind of the operand that follows `count` others; 0: none does. */
enum operand_kind operand_kind_at(const struct subcommand *subcommand, int count);

/*
 * Its name in the SYNOPSIS, as "SIZE" of "SHM [SIZE]"; after the last one the last;
 * length 0: the SYNOPSIS names none.
 */
struct operand_name {
	const char *text;
	int length;
};
struct operand_name operand_name_at(const struct subcommand *subcommand, int count);

/*
 * The number of operands before the COMMAND of a form; OPERANDS_UNLIMITED for the way in
 * which it cannot begin.
 */
struct operand_command {
	int word;     /* the next word is its first one */
	int dashdash; /* the next word is the "--" that introduces it, which stays */
};
struct operand_command operand_find_command(const struct subcommand *subcommand);

/* The first word that is "--"; without one, the NULL after the last word. */
static inline char *const *operand_find_dashdash(char *const *words)
{
	while (*words != NULL && strcmp(*words, "--") != 0)
		words++;
	return words;
}

#endif
