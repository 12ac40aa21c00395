#include <stdio.h>
#include <string.h>

#include "base/call.h"
#include "base/frontend.h"
#include "base/value.h"
#include "cli/option.h"
#include "cli/option_rows.h"
#include "io/output.h"
#include "io/report.h"

#ifndef IPCTOOL_VERSION
#define IPCTOOL_VERSION "unknown"
#endif

static const struct option_row *by_letter(const struct option_row *rows, char letter)
{
	for (; !row_is_end(rows); rows++)
		if (rows->letter == letter)
			return rows;
	return NULL;
}

static const struct option_row *by_name(const struct option_row *rows, const char *name,
                                        size_t length)
{
	for (; !row_is_end(rows); rows++)
		if (rows->name != NULL && strlen(rows->name) == length &&
		    memcmp(rows->name, name, length) == 0)
			return rows;
	return NULL;
}

static bool is_offered(enum front_end where)
{
	if (where == BOTH_FRONT_ENDS)
		return true;
	return (where == BUILTIN_ONLY) == front_is_builtin();
}

struct parser {
	const struct form *form;
	const struct option_row *rows;
	unsigned char *options; /* the struct that is filled */
	char **argv;            /* the words after the applet's and the verb's name */
	int next;
	const struct option_row *chosen[16]; /* by group: which one was given */
	bool help, version;
	bool named; /* the option that the form is called after was met */
};

/* "-t" or "--timeout", as the user wrote it. */
struct spelling {
	char text[32];
};

static const char *spell(struct spelling *spelling, const struct option_row *row,
                         bool as_letter)
{
	if (as_letter)
		snprintf(spelling->text, sizeof spelling->text, "-%c", row->letter);
	else
		snprintf(spelling->text, sizeof spelling->text, "--%s", row->name);
	return spelling->text;
}

static const char *store_one_more(struct texts *texts, const char *value,
                                  struct reason *reason)
{
	if (texts->count == TEXTS_MAX) {
		snprintf(reason->text, sizeof reason->text, "one more than %d of them",
		         TEXTS_MAX);
		return reason->text;
	}
	texts->at[texts->count++] = value;
	return NULL;
}

static const char *store(unsigned char *options, const struct option_row *row,
                         const char *value, struct reason *reason)
{
	void *member = options + row->offset;
	struct patience *patience = member;
	switch (row->kind) {
	case OPTION_FLAG: *(bool *)member = true; return NULL;
	case OPTION_CHOICE: *(unsigned *)member = (unsigned)row->min; return NULL;
	case OPTION_NUMBER:
		return value_number(value, row->min, row->max, member, reason);
	case OPTION_UNSIGNED: return value_unsigned(value, member);
	case OPTION_SIZE: return value_size(value, row->min, row->max, member, reason);
	case OPTION_NONBLOCK:
		*patience = (struct patience){.kind = NOT_AT_ALL};
		return NULL;
	case OPTION_TIMEOUT:
		patience->kind = AT_MOST;
		return value_duration(value, &patience->nanoseconds);
	case OPTION_RATE: return value_rate(value, member);
	case OPTION_MODE: return value_mode(value, member);
	case OPTION_TEXT: *(const char **)member = value; return NULL;
	case OPTION_TEXTS: return store_one_more(member, value, reason);
	case OPTION_WHEN: return value_when(value != NULL ? value : "auto", member);
	}
	return "of no known kind";
}

static enum status take_row(struct parser *parser, const struct option_row *row,
                            const char *value, bool as_letter)
{
	struct spelling spelling, other;
	struct reason reason;
	const struct option_row **chosen = &parser->chosen[row->group];
	if (row->group != 0 && *chosen != NULL && *chosen != row)
		return usage_error("options '%s' and '%s' exclude each other",
		                   spell(&other, *chosen, (*chosen)->letter != 0),
		                   spell(&spelling, row, as_letter));
	*chosen = row;
	const char *wrong = store(parser->options, row, value, &reason);
	if (wrong != NULL)
		return usage_error("option '%s': '%s' is %s",
		                   spell(&spelling, row, as_letter), value, wrong);
	return STATUS_DONE;
}

/* True, and noted, for -h and -V. */
static bool take_common(struct parser *parser, const struct option_row *row)
{
	parser->help |= row == &option_common_rows[0];
	parser->version |= row == &option_common_rows[1];
	return row == &option_common_rows[0] || row == &option_common_rows[1];
}

static enum status take_long(struct parser *parser, const char *word)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : NULL;
	const struct option_row *row = by_name(parser->rows, name, length);
	if (row == NULL)
		row = by_name(option_common_rows, name, length);
	if (row == NULL)
		return usage_error("unknown option '%s'", word);
	if (row->placeholder == NULL && value != NULL)
		return usage_error("option '--%s' takes no value", row->name);
	if (take_common(parser, row))
		return STATUS_DONE;
	if (row_takes_value(row) && value == NULL) {
		value = parser->argv[parser->next];
		if (value == NULL)
			return usage_error("option '--%s' requires a value", row->name);
		parser->next++;
	}
	return take_row(parser, row, value, false);
}

static enum status take_cluster(struct parser *parser, const char *word)
{
	for (const char *p = word + 1; *p != '\0'; p++) {
		const struct option_row *row = by_letter(parser->rows, *p);
		if (row == NULL)
			row = by_letter(option_common_rows, *p);
		if (row == NULL)
			return usage_error("unknown option '-%c'", *p);
		if (take_common(parser, row))
			continue;
		const char *value = NULL;
		if (row_takes_value(row)) {
			value = p[1] != '\0' ? p + 1 : parser->argv[parser->next];
			if (value == NULL)
				return usage_error("option '-%c' requires a value", *p);
			parser->next += p[1] == '\0';
		}
		enum status status = take_row(parser, row, value, true);
		if (status != STATUS_DONE || value != NULL)
			return status;
	}
	return STATUS_DONE;
}

static bool is_option(const char *form_name)
{
	return form_name != NULL && form_name[0] == '-';
}

/* The option that a form is called after has been heeded already. */
static bool chooses_form(const struct form *form, const char *word)
{
	return form->name != NULL && strcmp(form->name, word) == 0;
}

/* The options up to the first operand; --help and --version end the reading. */
static enum status take_options(struct parser *parser)
{
	enum status status = STATUS_DONE;
	while (status == STATUS_DONE && !parser->help && !parser->version) {
		const char *word = parser->argv[parser->next];
		if (word == NULL || word[0] != '-' || word[1] == '\0')
			return STATUS_DONE;
		if (strcmp(word, "--") == 0) {
			parser->next += !parser->form->keeps_dashes;
			return STATUS_DONE;
		}
		parser->next++;
		if (chooses_form(parser->form, word)) {
			parser->named = true;
			continue;
		}
		status =
		    word[1] == '-' ? take_long(parser, word) : take_cluster(parser, word);
	}
	return status;
}

static enum status check_operands(const struct form *form, int argc, char **argv)
{
	if (argc < form->least_operands && argc == 0)
		return usage_error("missing operand");
	if (argc < form->least_operands)
		return usage_error("missing operand after '%s'", argv[argc - 1]);
	if (form->most_operands != ANY_NUMBER && argc > form->most_operands)
		return usage_error("extra operand '%s'", argv[form->most_operands]);
	return STATUS_DONE;
}

static enum status print_version(const struct applet *applet)
{
	return output_print("%s (ipctool) %s\n", applet->name, IPCTOOL_VERSION);
}

static enum status call_form(const struct applet *applet, const struct form *form,
                             char **argv)
{
	_Alignas(max_align_t) unsigned char options[OPTIONS_SIZE_MAX];
	memset(options, 0, form->size);
	if (form->defaults != NULL)
		memcpy(options, form->defaults, form->size);
	struct parser parser = {
	    .form = form, .rows = rows_of(form), .options = options, .argv = argv};
	enum status status = take_options(&parser);
	if (status == STATUS_DONE && parser.help)
		return option_print_help(applet, form);
	if (status == STATUS_DONE && parser.version)
		return print_version(applet);
	/* it stands behind an operand, and is one */
	if (status == STATUS_DONE && is_option(form->name) && !parser.named)
		return call_form(applet, &applet->self, argv);
	char **operands = argv + parser.next;
	int count = 0;
	while (operands[count] != NULL)
		count++;
	if (status == STATUS_DONE)
		status = check_operands(form, count, operands);
	if (status != STATUS_DONE)
		return form->runs_command ? STATUS_RUN_FAILED : status;
	if (!form->guards_itself)
		front_guard();
	return form->run(options, count, operands);
}

static const struct form *find_verb(const struct applet *applet, const char *word)
{
	const struct form *verb = applet->verbs;
	for (; verb != NULL && word != NULL && verb->name != NULL; verb++)
		if (strcmp(verb->name, word) == 0)
			return verb;
	return NULL;
}

/* A form that is called after a long option is chosen wherever that stands. */
static const struct form *find_form_of_option(const struct applet *applet, char **words)
{
	if (applet->verbs == NULL || !is_option(applet->verbs[0].name))
		return NULL;
	for (; *words != NULL && strcmp(*words, "--") != 0; words++)
		if ((*words)[0] == '-' && find_verb(applet, *words) != NULL)
			return find_verb(applet, *words);
	return NULL;
}

/* A word that is not a verb, where one is required: --help, or an error. */
static enum status call_without_verb(const struct applet *applet, char **argv)
{
	static const struct form none = {0};
	struct parser parser = {.form = &none, .rows = rows_of(&none), .argv = argv};
	enum status status = take_options(&parser);
	if (status != STATUS_DONE)
		return status;
	if (parser.help)
		return option_print_help(applet, &none);
	if (parser.version)
		return print_version(applet);
	const char *word = argv[parser.next];
	if (word == NULL)
		return usage_error("missing verb");
	return usage_error("unknown verb '%s'", word);
}

enum status applet_call(const struct applet *applet, int argc, char **argv)
{
	(void)argc;
	char **words = argv + 1;
	const struct form *form = find_form_of_option(applet, words);
	enum status status;
	if (form != NULL)
		words--;
	else
		form = find_verb(applet, words[0]);
	if (form != NULL && !is_offered(form->front_ends))
		status =
		    usage_error(front_is_builtin() ? "'%s' is not available as a builtin"
		                                   : "'%s' works as a bash builtin only",
		                form->name);
	else if (form != NULL)
		status = call_form(applet, form, words + 1);
	else if (applet->self.run != NULL)
		status = call_form(applet, &applet->self, words);
	else
		status = call_without_verb(applet, words);
	return status;
}
