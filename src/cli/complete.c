#include "cli/complete.h"

#include <string.h>

#include "cli/operand.h"
#include "cli/option_row.h"
#include "cli/text.h"

struct completion {
	const struct applet *applet;
	const struct subcommand *subcommand;
	int count;
	char *const *words;
	int next; /* the first word that has not been looked at */
	int before;
	struct cli_text text;
};

static const char *current_word(const struct completion *completion)
{
	return completion->words[completion->count - 1];
}

static bool is_at_current(const struct completion *completion)
{
	return completion->next == completion->count - 1;
}

/* ------------------------------------------------------------ what is offered */

/* `length` bytes of the current word stay before each offered word. */
static void offer_words(struct completion *completion, const char *words, size_t length)
{
	while (*words != '\0') {
		size_t one = strcspn(words, " ");
		cli_text_put(&completion->text, "word\t%.*s%.*s\t\n", (int)length,
		             current_word(completion), (int)one, words);
		words += one + (words[one] != '\0');
	}
}

static void offer_kinds(struct completion *completion, enum operand_kind kinds,
                        size_t length)
{
	for (unsigned kind = 1; kind < OPERAND_REPEATED; kind <<= 1) {
		if ((kinds & kind) == 0)
			continue;
		if (kind == OPERAND_DASHDASH) {
			offer_words(completion, "--", 0);
			continue;
		}
		cli_text_put(&completion->text, "kind\t");
		operand_put_kinds(&completion->text, (enum operand_kind)kind);
		cli_text_put(&completion->text, "\t%.*s\n", (int)length,
		             current_word(completion));
	}
}

static void offer_value(struct completion *completion, const struct option_row *row,
                        size_t length)
{
	const char *words = option_row_words(row);
	const char *comma = strrchr(current_word(completion), ',');
	if (comma != NULL && row->kind == OPTION_STRING)
		length = (size_t)(comma + 1 - current_word(completion));
	if (*words != '\0')
		offer_words(completion, words, length);
	else
		offer_kinds(completion, operand_kind_of_value(row), length);
}

static void offer_rows(struct completion *completion, const struct option_row *row)
{
	for (; !option_row_is_end(row); row++) {
		if (row->letter != 0)
			cli_text_put(&completion->text, "word\t-%c\t%s\n", row->letter,
			             row->help);
		if (row->name != NULL)
			cli_text_put(&completion->text, "word\t--%s\t%s\n", row->name,
			             row->help);
	}
}

/* Subcommands whose names begin with a dash, or those whose names do not. */
static void offer_subcommands(struct completion *completion, bool with_dash)
{
	const struct subcommand *const *each = completion->applet->subcommands;
	for (; each != NULL && *each != NULL; each++)
		if (((*each)->name[0] == '-') == with_dash)
			cli_text_put(&completion->text, "word\t%s\t%s\n", (*each)->name,
			             (*each)->summary);
}

static void offer_options(struct completion *completion)
{
	offer_rows(completion, option_row_table(completion->subcommand));
	offer_rows(completion, option_row_common);
	if (completion->subcommand->name == NULL)
		offer_subcommands(completion, true);
}

/* ------------------------------------------------------- where the last word is */

/* The row whose value the next word is; NULL: it is none. */
static const struct option_row *find_row_before_value(const struct option_row *rows,
                                                      const char *word)
{
	const struct option_row *row = NULL;
	if (word[1] == '-')
		row = option_row_find_name(rows, word + 2, strlen(word + 2));
	else
		for (const char *p = word + 1; *p != '\0'; p++) {
			row = option_row_find_letter(rows, *p);
			if (row != NULL && option_row_takes_value(row) && p[1] != '\0')
				return NULL; /* the rest is the value */
		}
	return row != NULL && option_row_takes_value(row) ? row : NULL;
}

/* Pass over the options; true if the last word is one of them, or a value. */
static bool complete_option(struct completion *completion)
{
	const struct option_row *rows = option_row_table(completion->subcommand);
	const char *word = completion->words[completion->next];
	for (; !is_at_current(completion); word = completion->words[++completion->next]) {
		if (word[0] != '-' || word[1] == '\0')
			return false;
		if (strcmp(word, "--") == 0) {
			completion->next += !completion->subcommand->keep_dashdash;
			return false;
		}
		const struct option_row *row = find_row_before_value(rows, word);
		if (row == NULL)
			continue;
		completion->next++;
		if (is_at_current(completion)) {
			offer_value(completion, row, 0);
			return true;
		}
	}
	if (word[0] != '-')
		return false;
	const char *equals = strchr(word, '=');
	const struct option_row *row =
	    equals != NULL && word[1] == '-'
	        ? option_row_find_name(rows, word + 2, (size_t)(equals - word - 2))
	        : NULL;
	if (row != NULL)
		offer_value(completion, row, (size_t)(equals + 1 - word));
	else
		offer_options(completion);
	return true;
}

/* The kind after "--"; past the end of the kinds if none is "--". */
static int find_kind_after_dashdash(const struct subcommand *subcommand)
{
	int i = 0;
	while (i < OPERAND_KINDS_MAX && subcommand->operand_kinds[i] != OPERAND_DASHDASH)
		i++;
	return i < OPERAND_KINDS_MAX ? i + 1 : i;
}

/* The index of the word with which the command begins, the last of several between ":::".
 */
static void offer_command(struct completion *completion)
{
	int begin = completion->next;
	if (strstr(completion->subcommand->operands, ":::") != NULL)
		for (int i = begin; i < completion->count - 1; i++)
			if (strcmp(completion->words[i], ":::") == 0)
				begin = i + 1;
	cli_text_put(&completion->text, "command\t%d\n", completion->before + begin);
}

static void complete_operand(struct completion *completion)
{
	const enum operand_kind *kinds = completion->subcommand->operand_kinds;
	int after_dashdash = find_kind_after_dashdash(completion->subcommand);
	int at = 0;
	for (; at < OPERAND_KINDS_MAX && kinds[at] != OPERAND_COMMAND &&
	       !is_at_current(completion);
	     completion->next++) {
		if (strcmp(completion->words[completion->next], "--") == 0)
			at = after_dashdash;
		else if ((kinds[at] & OPERAND_REPEATED) == 0)
			at++;
	}
	if (at >= OPERAND_KINDS_MAX)
		return;
	if (kinds[at] != OPERAND_COMMAND) {
		offer_kinds(completion, kinds[at], 0);
		if (after_dashdash < OPERAND_KINDS_MAX && at + 2 == after_dashdash &&
		    (kinds[at] & OPERAND_REPEATED) != 0)
			offer_words(completion, "--", 0);
		return;
	}
	/* lockrun FILE -- COMMAND, where the "--" may be left out */
	if (!is_at_current(completion) &&
	    strcmp(completion->words[completion->next], "--") == 0)
		completion->next++;
	offer_command(completion);
}

/* Which subcommand the words before the last one choose. */
static void choose_subcommand(struct completion *completion)
{
	const struct subcommand *const *each = completion->applet->subcommands;
	completion->subcommand = &completion->applet->self;
	for (; each != NULL && *each != NULL; each++)
		for (int i = 0; i < completion->count - 1; i++) {
			bool is_option = (*each)->name[0] == '-';
			if (!is_option && i > 0)
				break;
			if (strcmp((*each)->name, completion->words[i]) != 0)
				continue;
			completion->subcommand = *each;
			completion->next = is_option ? 0 : 1;
		}
}

enum status complete_print(const struct applet *applet, int count, char *const *words,
                           int before)
{
	char buffer[8192];
	struct completion completion = {
	    .applet = applet,
	    .count = count,
	    .words = words,
	    .before = before,
	    .text = {.at = buffer, .size = sizeof buffer},
	};
	choose_subcommand(&completion);
	if (count == 1)
		offer_subcommands(&completion, false);
	if (!complete_option(&completion))
		complete_operand(&completion);
	return cli_text_write(&completion.text);
}
