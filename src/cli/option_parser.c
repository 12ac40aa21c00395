#include "cli/option_parser.h"

#include <stdio.h>
#include <string.h>

#include "cli/combination.h"
#include "cli/option_row.h"
#include "io/error.h"

/* "-t" or "--timeout", as the user wrote it. */
struct option_spelling {
	char text[32];
};

static const char *spell_option(struct option_spelling *spelling,
                                const struct option_row *row, bool as_letter)
{
	if (as_letter)
		snprintf(spelling->text, sizeof spelling->text, "-%c", row->letter);
	else
		snprintf(spelling->text, sizeof spelling->text, "--%s", row->name);
	return spelling->text;
}

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
		return value_number(value, row->min, row->max, member, reason);
	case OPTION_UNSIGNED: return value_unsigned(value, member);
	case OPTION_SIZE: return value_size(value, row->min, row->max, member, reason);
	case OPTION_NONBLOCK:
		*timeout = (struct timeout){.kind = TIMEOUT_ZERO};
		return NULL;
	case OPTION_TIMEOUT:
		timeout->kind = TIMEOUT_AFTER;
		return value_duration(value, &timeout->nanoseconds);
	case OPTION_RATE: return value_rate(value, member);
	case OPTION_MODE: return value_mode(value, member);
	case OPTION_STRING: *(const char **)member = value; return NULL;
	case OPTION_STRINGS: return store_string(member, value, reason);
	case OPTION_WORD: return store_word(member, row->words, value, reason);
	case OPTION_WHEN: return value_when(value, member);
	}
	return "of no known kind";
}

/* The value is NULL for an option without one. */
static enum status apply_row(struct option_parser *parser, const struct option_row *row,
                             const char *value, bool as_letter)
{
	struct option_spelling spelling, other;
	struct value_error reason;
	const struct option_row *rows = option_row_table(parser->subcommand);
	const struct option_row *rival = combination_find_rival(rows, parser->given, row);
	if (rival != NULL)
		return error_usage("options '%s' and '%s' exclude each other",
		                   spell_option(&other, rival, rival->letter != 0),
		                   spell_option(&spelling, row, as_letter));
	parser->given |= combination_bit(rows, row);
	if (value == NULL)
		value = row->kind == OPTION_WHEN ? "auto" : "";
	const char *wrong = store_value(parser->options, row, value, &reason);
	if (wrong != NULL)
		return error_usage("option '%s': '%s' is %s",
		                   spell_option(&spelling, row, as_letter), value, wrong);
	return STATUS_OK;
}

/* True, and noted, for -h and -V. */
static bool apply_common_row(struct option_parser *parser, const struct option_row *row)
{
	parser->help |= row == &option_row_common[0];
	parser->version |= row == &option_row_common[1];
	return row == &option_row_common[0] || row == &option_row_common[1];
}

static enum status report_unknown_option(const struct option_parser *parser,
                                         const char *option)
{
	const char *hint = parser->subcommand->unknown_option_hint;
	return error_usage("unknown option '%s'%s%s", option, hint != NULL ? ": " : "",
	                   hint != NULL ? hint : "");
}

static enum status parse_long_option(struct option_parser *parser, const char *word)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : NULL;
	const struct option_row *row =
	    option_row_find_name(option_row_table(parser->subcommand), name, length);
	if (row == NULL)
		row = option_row_find_name(option_row_common, name, length);
	if (row == NULL)
		return report_unknown_option(parser, word);
	if (row->placeholder == NULL && value != NULL)
		return error_usage("option '--%s' takes no value", row->name);
	if (apply_common_row(parser, row))
		return STATUS_OK;
	if (option_row_takes_value(row) && value == NULL) {
		value = parser->argv[parser->next];
		if (value == NULL)
			return error_usage("option '--%s' requires a value", row->name);
		parser->next++;
	}
	return apply_row(parser, row, value, false);
}

static enum status parse_short_options(struct option_parser *parser, const char *word)
{
	for (const char *p = word + 1; *p != '\0'; p++) {
		const struct option_row *row =
		    option_row_find_letter(option_row_table(parser->subcommand), *p);
		if (row == NULL)
			row = option_row_find_letter(option_row_common, *p);
		if (row == NULL)
			return report_unknown_option(parser, (char[]){'-', *p, '\0'});
		if (apply_common_row(parser, row))
			continue;
		const char *value = NULL;
		if (option_row_takes_value(row)) {
			value = p[1] != '\0' ? p + 1 : parser->argv[parser->next];
			if (value == NULL)
				return error_usage("option '-%c' requires a value", *p);
			parser->next += p[1] == '\0';
		}
		enum status status = apply_row(parser, row, value, true);
		if (status != STATUS_OK || value != NULL)
			return status;
	}
	return STATUS_OK;
}

/* The option that chose the subcommand has had its effect already. */
static bool selects_subcommand(const struct subcommand *subcommand, const char *word)
{
	return subcommand->name != NULL && strcmp(subcommand->name, word) == 0;
}

enum status option_parser_run(struct option_parser *parser)
{
	enum status status = STATUS_OK;
	while (status == STATUS_OK && !parser->help && !parser->version) {
		const char *word = parser->argv[parser->next];
		if (word == NULL || word[0] != '-' || word[1] == '\0')
			return STATUS_OK;
		if (strcmp(word, "--") == 0) {
			parser->next += !parser->subcommand->keep_dashdash;
			return STATUS_OK;
		}
		parser->next++;
		if (selects_subcommand(parser->subcommand, word)) {
			parser->selector_met = true;
			continue;
		}
		status = word[1] == '-' ? parse_long_option(parser, word)
		                        : parse_short_options(parser, word);
	}
	return status;
}
