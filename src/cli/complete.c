/* SPDX-License-Identifier: MIT */
#include "cli/complete.h"

#include <string.h>

#include "cli/combination.h"
#include "cli/long_option.h"
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
	bool command; /* the next operand begins COMMAND, an option says so */
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

static void offer_kind(struct completion *completion, enum operand_kind kind,
                       size_t length)
{
	cli_text_put(&completion->text, "kind\t");
	operand_put_kinds(&completion->text, kind);
	cli_text_put(&completion->text, "\t%.*s\n", (int)length,
	             current_word(completion));
}

/* The prefixes, and after one of them the names of that kind; the first are of objects.
 */
static void offer_prefixes(struct completion *completion, bool objects, size_t length)
{
	enum { OBJECTS = 3 };
	static const struct {
		char prefix[8];
		enum operand_kind kind;
	} rows[] = {{"mq:", OPERAND_QUEUE},      {"shm:", OPERAND_SHM},
	            {"sem:", OPERAND_SEMAPHORE}, {"cell:", OPERAND_LOCK},
	            {"efd:", OPERAND_EVENTFD},   {"every:", OPERAND_TEXT},
	            {"fd:", OPERAND_FD},         {"fifo:", OPERAND_FIFO},
	            {"line:", OPERAND_TEXT},     {"lock:", OPERAND_FILE},
	            {"path:", OPERAND_FILE},     {"pid:", OPERAND_PID},
	            {"signal:", OPERAND_SIGNAL}, {"socket:", OPERAND_ADDRESS},
	            {"time:", OPERAND_TEXT}};
	for (size_t i = 0; i < (objects ? OBJECTS : sizeof rows / sizeof *rows); i++) {
		size_t one = strlen(rows[i].prefix);
		if (!objects && rows[i].kind == OPERAND_SHM)
			continue;
		if (strncmp(current_word(completion) + length, rows[i].prefix, one) == 0)
			offer_kind(completion, rows[i].kind, length + one);
		else
			offer_words(completion, rows[i].prefix, length);
	}
}

static void offer_kinds(struct completion *completion, enum operand_kind kinds,
                        size_t length)
{
	for (unsigned kind = 1; kind < OPERAND_DASHDASH; kind <<= 1) {
		if ((kinds & kind) == 0)
			continue;
		if (kind == OPERAND_OBJECT || kind == OPERAND_SOURCE)
			offer_prefixes(completion, kind == OPERAND_OBJECT, length);
		else
			offer_kind(completion, (enum operand_kind)kind, length);
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

/* The row of a long option, perhaps shortened; NULL: no row, or not one alone. */
static const struct option_row *find_long_row(const struct completion *completion,
                                              const char *name, size_t length)
{
	struct long_option option;
	return long_option_find(&option, completion->subcommand,
	                        completion->applet->subcommands, name, length) == 1
	           ? option.row
	           : NULL;
}

/* The row whose value the next word is; NULL: it is none. */
static const struct option_row *find_row_before_value(const struct completion *completion,
                                                      const char *word)
{
	const struct option_row *rows = option_row_table(completion->subcommand);
	const struct option_row *row = NULL;
	if (word[1] == '-')
		row = strchr(word, '=') == NULL
		          ? find_long_row(completion, word + 2, strlen(word + 2))
		          : NULL;
	else
		for (const char *p = word + 1; *p != '\0'; p++) {
			row = option_row_find_letter(rows, *p);
			if (row != NULL && option_row_takes_value(row) && p[1] != '\0')
				return NULL; /* the rest is the value */
		}
	return row != NULL && option_row_takes_value(row) ? row : NULL;
}

/* Is it an operand that begins with a dash? */
static bool is_negative_number(const struct completion *completion, const char *word,
                               int operands)
{
	return word[1] >= '0' && word[1] <= '9' &&
	       (operand_kind_at(completion->subcommand, operands) & OPERAND_NUMBER) != 0;
}

/* The last word begins with a dash. */
static void complete_option(struct completion *completion)
{
	const char *word = current_word(completion);
	const char *equals = strchr(word, '=');
	const struct option_row *row =
	    equals != NULL && word[1] == '-'
	        ? find_long_row(completion, word + 2, (size_t)(equals - word - 2))
	        : NULL;
	if (row != NULL) {
		offer_value(completion, row, (size_t)(equals + 1 - word));
		return;
	}
	offer_options(completion);
	const struct subcommand *subcommand = completion->subcommand;
	if (subcommand->is_dash_value != NULL && word[1] != '-')
		offer_value(
		    completion,
		    option_row_find_letter(subcommand->options, subcommand->dash_letter),
		    1);
}

static bool has_dashdash(const struct subcommand *subcommand)
{
	int i = 0;
	while (i < OPERAND_KINDS_MAX && subcommand->operand_kinds[i] != OPERAND_DASHDASH)
		i++;
	return i < OPERAND_KINDS_MAX;
}

/* The index of the word with which the command begins, the last of several between ":::".
 */
static void offer_command(struct completion *completion, int begin)
{
	if (strstr(completion->subcommand->operands, ":::") != NULL)
		for (int i = begin; i < completion->count - 1; i++)
			if (strcmp(completion->words[i], ":::") == 0)
				begin = i + 1;
	cli_text_put(&completion->text, "command\t%d\n", completion->before + begin);
}

/* Can the word after so many operands be the "--" before an optional COMMAND? */
static bool is_dashdash_possible(const struct subcommand *subcommand, int operands)
{
	enum operand_kind kind = operand_kind_at(subcommand, operands);
	return kind == OPERAND_DASHDASH ||
	       ((kind & OPERAND_REPEATED) != 0 && has_dashdash(subcommand));
}

/* The last word is the operand after `operands` others. */
static void complete_operand(struct completion *completion, int operands)
{
	const struct subcommand *subcommand = completion->subcommand;
	enum operand_kind kind = operand_kind_at(subcommand, operands);
	if (kind == OPERAND_COMMAND || completion->command)
		offer_command(completion, completion->count - 1);
	else if (kind != OPERAND_DASHDASH)
		offer_kinds(completion, kind, 0);
	if (is_dashdash_possible(subcommand, operands))
		offer_words(completion, "--", 0);
}

/* Is it an option with which all operands are COMMAND? */
static bool is_command_option(const struct completion *completion, const char *word)
{
	const struct option_row *rows = option_row_table(completion->subcommand);
	const struct option_row *row =
	    strncmp(word, "--", 2) == 0
	        ? find_long_row(completion, word + 2, strcspn(word + 2, "="))
	        : NULL;
	return row != NULL && combination_begins_command(completion->subcommand,
	                                                 combination_bit(rows, row));
}

/*
 * Pass over the words before the last one as the parser does; false if they end within a
 * COMMAND or before an option's value, which has been offered then.
 */
static bool pass_words(struct completion *completion, int *operands, bool *ended)
{
	struct operand_command command = operand_find_command(completion->subcommand);
	for (; !is_at_current(completion); completion->next++) {
		const char *word = completion->words[completion->next];
		bool is_dashdash = strcmp(word, "--") == 0;
		if (is_dashdash && command.dashdash != OPERANDS_UNLIMITED &&
		    *operands >= command.dashdash) {
			offer_command(completion, completion->next + 1);
			return false;
		}
		if (!*ended && word[0] == '-' && word[1] != '\0' &&
		    !is_negative_number(completion, word, *operands)) {
			*ended = is_dashdash;
			const struct option_row *row =
			    is_dashdash ? NULL : find_row_before_value(completion, word);
			if (is_command_option(completion, word)) {
				completion->command = true;
				command.word = *operands;
			}
			if (row == NULL)
				continue;
			completion->next++;
			if (!is_at_current(completion))
				continue;
			offer_value(completion, row, 0);
			return false;
		}
		if (*operands == command.word) {
			offer_command(completion, completion->next);
			return false;
		}
		++*operands;
	}
	return true;
}

static void complete_word(struct completion *completion)
{
	int operands = 0;
	bool ended = false;
	if (!pass_words(completion, &operands, &ended))
		return;
	if (ended || current_word(completion)[0] != '-') {
		complete_operand(completion, operands);
		return;
	}
	complete_option(completion);
	if (is_dashdash_possible(completion->subcommand, operands))
		offer_words(completion, "--", 0);
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
	complete_word(&completion);
	return cli_text_write(&completion.text);
}
