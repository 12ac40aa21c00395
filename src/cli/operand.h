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

/* The first word that is "--"; without one, the NULL after the last word. */
static inline char *const *operand_find_dashdash(char *const *words)
{
	while (*words != NULL && strcmp(*words, "--") != 0)
		words++;
	return words;
}

#endif
