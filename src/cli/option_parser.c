/* SPDX-License-Identifier: MIT */
#include "cli/option_parser.h"

#include <stdio.h>
#include <string.h>

#include "cli/combination.h"
#include "cli/long_option.h"
#include "cli/operand.h"
#include "cli/option_error.h"
#include "cli/option_row.h"
#include "io/error.h"

static const char *store_string(struct string_list *strings, const char *value,
                                struct value_error *reason)
{
	if (strings->count == STRING_LIST_MAX) {
		snprintf(reason->text, sizeof reason->text,
		         "one too many: at most %d are allowed", STRING_LIST_MAX);
		return reason->text;
	}
	strings->at[strings->count++] = value;
	return NULL;
}

static const char *store_word(unsigned *number, const char *words, const char *value,
                              struct value_error *reason)
{
	int n = option_row_find_word(words, value, strlen(value));
	if (n >= 0) {
		*number = (unsigned)n;
		return NULL;
	}
	option_row_list_words(words, reason->text, sizeof reason->text);
	return reason->text;
}

static const char *store_value(unsigned char *options, const struct option_row *row,
                               const char *value, struct value_error *reason)
{
	void *member = options + row->offset;
	struct timeout *timeout = member;
	switch (row->kind) {
	case OPTION_FLAG: *(bool *)member = true; return NULL;
	case OPTION_CHOICE: *(unsigned *)member = (unsigned)row->min; return NULL;
	case OPTION_NUMBER:
		return value_number(value, row->min, option_row_max(row), member, reason);
	case OPTION_UNSIGNED: return value_c_unsigned(value, member);
	case OPTION_SIZE:
		return value_size(value, row->min, option_row_max(row), member, reason);
	case OPTION_NONBLOCK:
		*timeout = (struct timeout){.kind = TIMEOUT_ZERO};
		return NULL;
	case OPTION_TIMEOUT:
		timeout->kind = TIMEOUT_AFTER;
		return value_duration(value, &timeout->nanoseconds);
	case OPTION_RATE: return value_rate(value, member);
	case OPTION_MODE: return value_mode(value, member);
	case OPTION_STRING:
	case OPTION_INTO: *(const char **)member = value; return NULL;
	case OPTION_STRINGS: return store_string(member, value, reason);
	case OPTION_WORD: return store_word(member, row->words, value, reason);
	case OPTION_WHEN: return value_when(value, member);
	}
	return "of no known kind";
}

/* An option in `word`; the value is NULL for one that has none. */
static enum status apply_row(struct option_parser *parser, const struct option_row *row,
                             const char *word, const char *value)
{
	struct value_error reason;
	const struct option_row *rows = option_row_table(parser->subcommand);
	const struct option_row *rival = combination_find_rival(rows, parser->given, row);
	/* one that is refused too: the status depends on what was asked for */
	parser->given |= combination_bit(rows, row);
	if (rival != NULL)
		return option_error_excluded(rival, row, word);
	if (value == NULL)
		value = row->kind == OPTION_WHEN ? "auto" : "";
	const char *wrong = store_value(parser->options, row, value, &reason);
	return wrong != NULL ? option_error_value(parser, row, word, value, wrong)
	                     : STATUS_OK;
}

/* True, and noted, for -h and -V. */
static bool apply_common_row(struct option_parser *parser, const struct option_row *row)
{
	parser->help |= row == &option_row_common[0];
	parser->version |= row == &option_row_common[1];
	return row == &option_row_common[0] || row == &option_row_common[1];
}

/* "--exec" for the subcommand of that name: it has had its effect already. */
static enum status note_selector(struct option_parser *parser,
                                 const struct subcommand *selected)
{
	if (selected != parser->subcommand && parser->subcommand->name != NULL)
		return error_usage("options '%s' and '%s' exclude each other",
		                   parser->subcommand->name, selected->name);
	parser->selector_met = true;
	return STATUS_OK;
}

static enum status parse_long_option(struct option_parser *parser, const char *word)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : NULL;
	struct long_option option;
	int count = long_option_find(&option, parser->subcommand, parser->subcommands,
	                             name, length);
	if (count == 0)
		return option_error_unknown(parser, word, '-');
	if (count > 1)
		return option_error_ambiguous(parser, name, length);
	const struct option_row *row = option.row;
	if ((row == NULL || row->placeholder == NULL) && value != NULL)
		return error_usage("option '--%s' takes no value", option.name);
	if (row == NULL)
		return note_selector(parser, option.subcommand);
	if (apply_common_row(parser, row))
		return STATUS_OK;
	if (option_row_takes_value(row) && value == NULL) {
		value = parser->argv[parser->next];
		if (value == NULL)
			return error_usage("option '--%s' requires a value", row->name);
		parser->next++;
	}
	return apply_row(parser, row, word, value);
}

static enum status parse_short_options(struct option_parser *parser, const char *word)
{
	for (const char *p = word + 1; *p != '\0'; p++) {
		const struct option_row *row =
		    option_row_find_letter(option_row_table(parser->subcommand), *p);
		if (row == NULL)
			row = option_row_find_letter(option_row_common, *p);
		if (row == NULL)
			return option_error_unknown(parser, word, *p);
		if (apply_common_row(parser, row))
			continue;
		const char *value = NULL;
		if (option_row_takes_value(row)) {
			value = p[1] != '\0' ? p + 1 : parser->argv[parser->next];
			if (value == NULL)
				return error_usage("option '-%c' requires a value", *p);
			parser->next += p[1] == '\0';
		}
		enum status status = apply_row(parser, row, word, value);
		if (status != STATUS_OK || value != NULL)
			return status;
	}
	return STATUS_OK;
}

/* The row of which a word "-VALUE" is the value; NULL: the word is not one of these. */
static const struct option_row *find_dash_row(const struct option_parser *parser,
                                              const char *word)
{
	const struct subcommand *subcommand = parser->subcommand;
	if (subcommand->is_dash_value == NULL || !subcommand->is_dash_value(word + 1))
		return NULL;
	return option_row_find_letter(subcommand->options, subcommand->dash_letter);
}

static enum status parse_option(struct option_parser *parser, const char *word)
{
	if (word[1] == '-')
		return parse_long_option(parser, word);
	const struct option_row *row = find_dash_row(parser, word);
	return row != NULL ? apply_row(parser, row, word, word + 1)
	                   : parse_short_options(parser, word);
}

static bool is_dash_row_given(const struct option_parser *parser)
{
	const struct option_row *rows = option_row_table(parser->subcommand);
	const struct option_row *row =
	    option_row_find_letter(rows, parser->subcommand->dash_letter);
	return row != NULL && (parser->given & combination_bit(rows, row)) != 0;
}

/* As seq(1) has it, "-5" is an operand where a number is one, for no option is a digit.
 */
static bool is_negative_number(const struct option_parser *parser, const char *word)
{
	if (word[1] < '0' || word[1] > '9')
		return false;
	enum operand_kind kind = operand_kind_at(parser->subcommand, parser->count);
	/* killn -KILL -4711: a process group, while -9 before a signal is a signal */
	return (kind & OPERAND_NUMBER) != 0 ||
	       ((kind & OPERAND_PID) != 0 && is_dash_row_given(parser));
}

static bool is_operand(const struct option_parser *parser, const char *word)
{
	return word[0] != '-' || word[1] == '\0' || is_negative_number(parser, word);
}

/* The words of an option, up to the next one, go before the operands. */
static void move_before_operands(struct option_parser *parser)
{
	char **operands = parser->argv + parser->first;
	size_t count = (size_t)parser->count;
	size_t moved = (size_t)(parser->next - parser->first) - count;
	char *words[2]; /* it has no more: itself and a value */
	if (count > 0) {
		memcpy(words, operands + count, moved * sizeof *words);
		memmove(operands + moved, operands, count * sizeof *operands);
		memcpy(operands, words, moved * sizeof *words);
	}
	parser->first += (int)moved;
}

/* Does the "--" stay, before COMMAND? */
static bool is_dashdash_kept(const struct option_parser *parser, int dashdash)
{
	return dashdash != OPERANDS_UNLIMITED && parser->count >= dashdash;
}

/* Does the next operand begin COMMAND? `word` is its place in forms that always have one.
 */
static bool is_command_word(const struct option_parser *parser, int word)
{
	return parser->count == word ||
	       combination_begins_command(parser->subcommand, parser->given);
}

enum status option_parser_run(struct option_parser *parser)
{
	const struct operand_command command = operand_find_command(parser->subcommand);
	enum status status = STATUS_OK;
	while (status == STATUS_OK && !parser->help && !parser->version) {
		const char *word = parser->argv[parser->next];
		if (word == NULL || (strcmp(word, "--") == 0 &&
		                     is_dashdash_kept(parser, command.dashdash)))
			return STATUS_OK;
		bool operand = is_operand(parser, word);
		if (operand && is_command_word(parser, command.word))
			return STATUS_OK;
		parser->next++;
		if (operand) {
			parser->count++;
			continue;
		}
		if (strcmp(word, "--") != 0)
			status = parse_option(parser, word);
		move_before_operands(parser);
		if (strcmp(word, "--") == 0)
			return STATUS_OK;
	}
	return status;
}
