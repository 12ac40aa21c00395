#include <stdio.h>
#include <string.h>

#include "base/call.h"
#include "base/frontend.h"
#include "base/string_list.h"
#include "base/value.h"
#include "cli/cli.h"
#include "cli/combination.h"
#include "cli/help.h"
#include "cli/option_row.h"
#include "io/error.h"
#include "io/output.h"

#ifndef IPCTOOL_VERSION
#define IPCTOOL_VERSION "unknown"
#endif

static const struct option_row *find_row_by_letter(const struct option_row *rows,
                                                   char letter)
{
	for (; !option_row_is_end(rows); rows++)
		if (rows->letter == letter)
			return rows;
	return NULL;
}

static const struct option_row *find_row_by_name(const struct option_row *rows,
                                                 const char *name, size_t length)
{
	for (; !option_row_is_end(rows); rows++)
		if (rows->name != NULL && strlen(rows->name) == length &&
		    memcmp(rows->name, name, length) == 0)
			return rows;
	return NULL;
}

static bool is_offered_here(enum frontend where)
{
	if (where == FRONTEND_BOTH)
		return true;
	return (where == FRONTEND_BUILTIN) == frontend_is_builtin();
}

struct option_parser {
	const struct subcommand *subcommand;
	const struct option_row *rows;
	unsigned char *options; /* the struct that is filled */
	char **argv; /* the words after the names of the applet and the subcommand */
	int next;
	uint64_t given; /* which rows, see cli/combination.h */
	bool help, version;
	bool selector_met; /* the option that chose the subcommand was met */
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
	case OPTION_WHEN: return value_when(value != NULL ? value : "auto", member);
	}
	return "of no known kind";
}

static enum status apply_row(struct option_parser *parser, const struct option_row *row,
                             const char *value, bool as_letter)
{
	struct option_spelling spelling, other;
	struct value_error reason;
	const struct option_row *rival =
	    combination_find_rival(parser->rows, parser->given, row);
	if (rival != NULL)
		return error_usage("options '%s' and '%s' exclude each other",
		                   spell_option(&other, rival, rival->letter != 0),
		                   spell_option(&spelling, row, as_letter));
	parser->given |= combination_bit(parser->rows, row);
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

static enum status parse_long_option(struct option_parser *parser, const char *word)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : NULL;
	const struct option_row *row = find_row_by_name(parser->rows, name, length);
	if (row == NULL)
		row = find_row_by_name(option_row_common, name, length);
	if (row == NULL)
		return error_usage("unknown option '%s'", word);
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
		const struct option_row *row = find_row_by_letter(parser->rows, *p);
		if (row == NULL)
			row = find_row_by_letter(option_row_common, *p);
		if (row == NULL)
			return error_usage("unknown option '-%c'", *p);
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

static bool is_option_word(const char *subcommand_name)
{
	return subcommand_name != NULL && subcommand_name[0] == '-';
}

/* The option that chose the subcommand has had its effect already. */
static bool selects_subcommand(const struct subcommand *subcommand, const char *word)
{
	return subcommand->name != NULL && strcmp(subcommand->name, word) == 0;
}

/* The options up to the first operand; --help and --version end the reading. */
static enum status parse_options(struct option_parser *parser)
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

static enum status check_operand_count(const struct subcommand *subcommand, int argc,
                                       char **argv)
{
	if (argc < subcommand->min_operands && argc == 0)
		return error_usage("missing operand");
	if (argc < subcommand->min_operands)
		return error_usage("missing operand after '%s'", argv[argc - 1]);
	if (subcommand->max_operands != OPERANDS_UNLIMITED &&
	    argc > subcommand->max_operands)
		return error_usage("extra operand '%s'", argv[subcommand->max_operands]);
	return STATUS_OK;
}

static enum status print_version(const struct applet *applet)
{
	return output_printf("%s (ipctool) %s\n", applet->name, IPCTOOL_VERSION);
}

static enum status call_subcommand(const struct applet *applet,
                                   const struct subcommand *subcommand, char **argv)
{
	_Alignas(max_align_t) unsigned char options[OPTIONS_SIZE_MAX];
	memset(options, 0, subcommand->size);
	if (subcommand->defaults != NULL)
		memcpy(options, subcommand->defaults, subcommand->size);
	struct option_parser parser = {.subcommand = subcommand,
	                               .rows = option_row_table(subcommand),
	                               .options = options,
	                               .argv = argv};
	enum status status = parse_options(&parser);
	if (status == STATUS_OK && parser.help)
		return help_print(applet, subcommand);
	if (status == STATUS_OK && parser.version)
		return print_version(applet);
	/* it stands behind an operand, and is one */
	if (status == STATUS_OK && is_option_word(subcommand->name) &&
	    !parser.selector_met)
		return call_subcommand(applet, &applet->self, argv);
	char **operands = argv + parser.next;
	int count = 0;
	while (operands[count] != NULL)
		count++;
	if (status == STATUS_OK)
		status = combination_check(subcommand, parser.given, operands);
	if (status == STATUS_OK)
		status = check_operand_count(subcommand, count, operands);
	if (status != STATUS_OK)
		return subcommand->runs_command &&
		               combination_has_command(subcommand, operands)
		           ? STATUS_RUN_ERROR
		           : status;
	if (!subcommand->handles_sigpipe)
		call_ignore_sigpipe();
	return subcommand->run(options, count, operands);
}

static const struct subcommand *find_subcommand(const struct applet *applet,
                                                const char *word)
{
	const struct subcommand *const *subcommand = applet->subcommands;
	for (; subcommand != NULL && word != NULL && *subcommand != NULL; subcommand++)
		if (strcmp((*subcommand)->name, word) == 0)
			return *subcommand;
	return NULL;
}

/* A subcommand whose name is a long option is chosen wherever that stands. */
static const struct subcommand *find_subcommand_option(const struct applet *applet,
                                                       char **words)
{
	if (applet->subcommands == NULL || !is_option_word(applet->subcommands[0]->name))
		return NULL;
	for (; *words != NULL && strcmp(*words, "--") != 0; words++)
		if ((*words)[0] == '-' && find_subcommand(applet, *words) != NULL)
			return find_subcommand(applet, *words);
	return NULL;
}

/* No subcommand, but one is required: --help, --version or an error. */
static enum status call_without_subcommand(const struct applet *applet, char **argv)
{
	static const struct subcommand none = {0};
	struct option_parser parser = {
	    .subcommand = &none, .rows = option_row_table(&none), .argv = argv};
	enum status status = parse_options(&parser);
	if (status != STATUS_OK)
		return status;
	if (parser.help)
		return help_print(applet, &none);
	if (parser.version)
		return print_version(applet);
	const char *word = argv[parser.next];
	if (word == NULL)
		return error_usage("missing subcommand");
	return error_usage("unknown subcommand '%s'", word);
}

enum status cli_call(const struct applet *applet, int argc, char **argv)
{
	(void)argc;
	char **words = argv + 1;
	const struct subcommand *subcommand = find_subcommand_option(applet, words);
	enum status status;
	if (subcommand != NULL)
		words--;
	else
		subcommand = find_subcommand(applet, words[0]);
	if (subcommand != NULL && !is_offered_here(subcommand->frontends))
		status = error_usage(frontend_is_builtin()
		                         ? "'%s' is not available as a builtin"
		                         : "'%s' is available only as a bash builtin",
		                     subcommand->name);
	else if (subcommand != NULL)
		status = call_subcommand(applet, subcommand, words + 1);
	else if (applet->self.run != NULL)
		status = call_subcommand(applet, &applet->self, words);
	else
		status = call_without_subcommand(applet, words);
	return status;
}
