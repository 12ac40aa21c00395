/* SPDX-License-Identifier: MIT */
#include "cli/option_error.h"

#include <stdio.h>
#include <string.h>

#include "cli/long_option.h"
#include "cli/operand.h"
#include "cli/option_row.h"
#include "io/error.h"
#include "io/suggestion.h"

/* Words with which a message ends. */
struct option_hint {
	char text[160];
};

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

/* ": a MESSAGE that begins with a dash must follow --", if it may have been meant. */
static const char *hint_at_text(struct option_hint *hint,
                                const struct option_parser *parser)
{
	const struct subcommand *subcommand = parser->subcommand;
	struct operand_name name = operand_name_at(subcommand, parser->count);
	hint->text[0] = '\0';
	if ((operand_kind_at(subcommand, parser->count) & OPERAND_TEXT) != 0)
		snprintf(hint->text, sizeof hint->text,
		         ": a %.*s that begins with a dash must follow --", name.length,
		         name.text);
	return hint->text;
}

static const char *hint_at_unknown(struct option_hint *hint,
                                   const struct option_parser *parser)
{
	if (parser->subcommand->unknown_option_hint == NULL)
		return hint_at_text(hint, parser);
	snprintf(hint->text, sizeof hint->text, ": %s",
	         parser->subcommand->unknown_option_hint);
	return hint->text;
}

static const char *suggest_long_option(struct suggestion *suggestion,
                                       const struct option_parser *parser,
                                       const char *name)
{
	struct long_options options;
	struct long_option option;
	suggestion_begin(suggestion, name, strcspn(name, "="));
	long_options_begin(&options, parser->subcommand, parser->subcommands);
	while (long_options_next(&options, &option))
		suggestion_consider(suggestion, option.name, strlen(option.name));
	return suggestion_text(suggestion, "--");
}

/* " (did you mean --count?)" for "-count". */
static const char *suggest_second_dash(struct suggestion *suggestion,
                                       const struct option_parser *parser,
                                       const char *word)
{
	struct long_option option;
	size_t length = strcspn(word + 1, "=");
	suggestion_begin(suggestion, word + 1, length);
	if (long_option_find(&option, parser->subcommand, parser->subcommands, word + 1,
	                     length) == 1)
		suggestion_consider(suggestion, option.name, strlen(option.name));
	return suggestion_text(suggestion, "--");
}

static const char *suggest_short_option(struct suggestion *suggestion,
                                        const struct option_parser *parser,
                                        const char *word)
{
	const struct subcommand *subcommand = parser->subcommand;
	const char *text = suggest_second_dash(suggestion, parser, word);
	return *text != '\0' || subcommand->suggest_dash_value == NULL
	           ? text
	           : subcommand->suggest_dash_value(suggestion, word + 1);
}

static bool has_option(const struct subcommand *form, const char *word, char letter)
{
	struct long_option option;
	if (word[1] != '-')
		return option_row_find_letter(option_row_table(form), letter) != NULL;
	return long_option_find(&option, form, NULL, word + 2, strcspn(word + 2, "=")) ==
	       1;
}

/*
 * The option that chooses the form of the applet which has this option, if the form in
 * use has been chosen by none; or the one by which it was chosen; or NULL. `requires`:
 * which of the two.
 */
static const char *find_selector(const struct option_parser *parser, const char *word,
                                 char letter, bool *requires)
{
	const struct subcommand *const *each = parser->subcommands;
	*requires = parser->subcommand == parser->self;
	for (; each != NULL && *each != NULL; each++) {
		const char *name = (*each)->name;
		if (name[0] == '-' && (*requires || *each == parser->subcommand) &&
		    has_option(*requires ? *each : parser->self, word, letter))
			return name;
	}
	return NULL;
}

enum status option_error_unknown(const struct option_parser *parser, const char *word,
                                 char letter)
{
	struct option_hint hint;
	struct suggestion suggestion;
	bool requires, is_long = word[1] == '-';
	/* what was meant as a number or as -SIGNAL is named as a whole */
	bool is_whole = is_long || (word[1] >= '0' && word[1] <= '9') ||
	                parser->subcommand->is_dash_value != NULL;
	const char *option = is_whole ? word : (char[]){'-', letter, '\0'};
	const char *selector = find_selector(parser, word, letter, &requires);
	if (selector != NULL)
		return error_usage(requires
		                       ? "%.*s requires %s"
		                       : "options '%.*s' and '%s' exclude each other",
		                   (int)strcspn(option, "="), option, selector);
	return error_usage("unknown option '%s'%s%s", option,
	                   is_long ? suggest_long_option(&suggestion, parser, word + 2)
	                           : suggest_short_option(&suggestion, parser, word),
	                   hint_at_unknown(&hint, parser));
}

enum status option_error_ambiguous(const struct option_parser *parser, const char *name,
                                   size_t length)
{
	struct long_options options;
	struct long_option option;
	char text[512] = "";
	size_t used = 0;
	long_options_begin(&options, parser->subcommand, parser->subcommands);
	while (long_options_next(&options, &option) && used < sizeof text)
		if (strncmp(option.name, name, length) == 0)
			used +=
			    (size_t)snprintf(text + used, sizeof text - used, "%s--%s",
			                     used > 0 ? ", " : "", option.name);
	return error_usage("option '--%.*s' is ambiguous: %s", (int)length, name, text);
}

enum status option_error_value(const struct option_parser *parser,
                               const struct option_row *row, const char *word,
                               const char *value, const char *reason)
{
	struct option_spelling spelling;
	struct option_hint hint = {""};
	struct suggestion suggestion;
	bool as_letter = word[1] != '-';
	const char *meant = "";
	if (*option_row_words(row) != '\0') {
		suggestion_begin(&suggestion, value, strlen(value));
		suggestion_consider_words(&suggestion, option_row_words(row));
		meant = suggestion_text(&suggestion, "");
	} else if (as_letter) {
		meant = suggest_second_dash(&suggestion, parser, word);
	}
	return error_usage("option '%s': '%s' is %s%s%s",
	                   spell_option(&spelling, row, as_letter), value, reason, meant,
	                   as_letter ? hint_at_text(&hint, parser) : "");
}

enum status option_error_excluded(const struct option_row *given,
                                  const struct option_row *row, const char *word)
{
	struct option_spelling spelling, other;
	return error_usage("options '%s' and '%s' exclude each other",
	                   spell_option(&other, given, given->letter != 0),
	                   spell_option(&spelling, row, word[1] != '-'));
}
