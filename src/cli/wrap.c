/* SPDX-License-Identifier: MIT */
#include "cli/wrap.h"

#include <string.h>

void cli_wrap_word(struct cli_wrap *wrap, const char *word, size_t length)
{
	if (wrap->begun && wrap->width != WRAP_NEVER &&
	    wrap->column + 1 + length > wrap->width) {
		cli_text_put(wrap->text, "\n%*s", (int)wrap->indent, "");
		wrap->column = wrap->indent;
	} else if (wrap->begun) {
		cli_text_put(wrap->text, " ");
		wrap->column++;
	}
	cli_text_put(wrap->text, "%.*s", (int)length, word);
	wrap->column += length;
	wrap->begun = true;
}

void cli_wrap_words(struct cli_wrap *wrap, const char *words)
{
	while (*words != '\0') {
		size_t length = strcspn(words, " ");
		if (length > 0)
			cli_wrap_word(wrap, words, length);
		words += length + (words[length] != '\0');
	}
}

/* Up to a blank that no bracket encloses. */
static size_t operand_length(const char *operands)
{
	size_t length = 0;
	for (int depth = 0; operands[length] != '\0'; length++) {
		char c = operands[length];
		if (c == ' ' && depth == 0)
			break;
		depth += (c == '[') - (c == ']');
	}
	return length;
}

void cli_wrap_operands(struct cli_wrap *wrap, const char *operands)
{
	while (*operands != '\0') {
		size_t length = operand_length(operands);
		if (wrap->width != WRAP_NEVER && wrap->indent + length > wrap->width)
			length = strcspn(operands, " ");
		cli_wrap_word(wrap, operands, length);
		operands += length + (operands[length] != '\0');
	}
}
