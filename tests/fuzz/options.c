/* SPDX-License-Identifier: MIT */
/*
 * cli/cli.h: the option tables of all applets, with a function in place of each run().
 * Options are chosen from a table and spelled in one of their forms, and what run() gets
 * is compared with what was chosen; which options exclude or require each other is
 * decided once more here. Or the words are any, and run() must get what the table allows.
 *
 * Runs: 500000 of at most 96 bytes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet.h"
#include "cli/cli.h"
#include "cli/option_row.h"
#include "fuzz.h"

enum { APPLETS_MAX = 64, SUBCOMMANDS_MAX = 16, WORDS_MAX = 40, GIVEN_MAX = 8 };

#define X(name) extern const struct applet applet_##name;
#include "registry.inc"
#undef X

static const struct applet *const applets[] = {
#define X(name) &applet_##name,
#include "registry.inc"
#undef X
};

enum { APPLET_COUNT = sizeof applets / sizeof *applets };

/* --------------------------------------------------------------- in place of run() */

static struct call_seen {
	int calls, which; /* which subcommand; SUBCOMMANDS_MAX: the applet itself */
	unsigned char options[OPTIONS_SIZE_MAX];
	size_t size; /* of options */
	int argc;
	char **argv;
} seen;

static enum status note_call(int which, const void *options, int argc, char **argv)
{
	seen.calls++;
	seen.which = which;
	seen.argc = argc;
	seen.argv = argv;
	memcpy(seen.options, options, seen.size);
	return STATUS_OK;
}

#define RUN(n)                                                                           \
	static enum status run_##n(const void *options, int argc, char **argv)           \
	{                                                                                \
		return note_call(n, options, argc, argv);                                \
	}
RUN(0)
RUN(1)
RUN(2)
RUN(3)
RUN(4)
RUN(5)
RUN(6)
RUN(7)
RUN(8)
RUN(9)
RUN(10)
RUN(11)
RUN(12)
RUN(13)
RUN(14)
RUN(15)
RUN(16)

static enum status (*const runs[])(const void *options, int argc, char **argv) = {
    run_0, run_1,  run_2,  run_3,  run_4,  run_5,  run_6,  run_7, run_8,
    run_9, run_10, run_11, run_12, run_13, run_14, run_15, run_16};

static struct copy {
	struct applet applet;
	struct subcommand subcommands[SUBCOMMANDS_MAX];
	const struct subcommand *list[SUBCOMMANDS_MAX + 1];
	int count;
} copies[APPLET_COUNT];

void fuzz_prepare(void)
{
	for (int i = 0; i < APPLET_COUNT; i++) {
		struct copy *copy = &copies[i];
		copy->applet = *applets[i];
		copy->applet.name = "fuzz";
		if (copy->applet.self.run != NULL)
			copy->applet.self.run = runs[SUBCOMMANDS_MAX];
		while (applets[i]->subcommands != NULL &&
		       applets[i]->subcommands[copy->count] != NULL) {
			int n = copy->count++;
			FUZZ_CHECK(n < SUBCOMMANDS_MAX, "%s", applets[i]->name);
			copy->subcommands[n] = *applets[i]->subcommands[n];
			copy->subcommands[n].run = runs[n];
			copy->list[n] = &copy->subcommands[n];
		}
		if (copy->count > 0)
			copy->applet.subcommands = copy->list;
	}
}

/* ---------------------------------------------------------------- the words of a call */

struct words {
	int count;
	char *at[WORDS_MAX + 1];
};

static void add_word(struct words *words, const char *before, const char *text)
{
	char *word = fuzz_memory(strlen(before) + strlen(text) + 1);
	if (words->count == WORDS_MAX)
		return;
	strcpy(stpcpy(word, before), text);
	words->at[words->count++] = word;
}

static int count_rows(const struct option_row *rows)
{
	int count = 0;
	while (rows != NULL && (rows[count].letter != 0 || rows[count].name != NULL))
		count++;
	return count;
}

/* Is the word among those of a list "a b|c"? */
static bool is_listed(const char *list, const char *word)
{
	size_t length = word != NULL ? strlen(word) : 0;
	for (; list != NULL && length > 0; list = strpbrk(list, " |")) {
		list += strspn(list, " |");
		if (strncmp(list, word, length) == 0 &&
		    (list[length] == '\0' || strchr(" |", list[length]) != NULL))
			return true;
	}
	return false;
}

/* -------------------------------------------------- what the table says of the options
 */

struct expected {
	const struct subcommand *subcommand;
	bool valid;
	bool given[64];
	_Alignas(max_align_t) unsigned char options[OPTIONS_SIZE_MAX];
};

static bool store_word(const char *words, const char *value, unsigned *index)
{
	char *copy = fuzz_copy(words), *rest;
	*index = 0;
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest), ++*index)
		if (strcmp(word, value) == 0)
			return true;
	return false;
}

/* Into the options' struct; the readers of values are right, see values.c. */
static bool store_value(unsigned char *options, const struct option_row *row,
                        const char *value)
{
	void *member = options + row->offset;
	struct value_error reason;
	struct timeout *timeout = member;
	struct string_list *strings = member;
	switch (row->kind) {
	case OPTION_FLAG: *(bool *)member = true; return true;
	case OPTION_CHOICE: *(unsigned *)member = (unsigned)row->min; return true;
	case OPTION_NUMBER:
		return value_number(value, row->min, option_row_max(row), member,
		                    &reason) == NULL;
	case OPTION_UNSIGNED: return value_c_unsigned(value, member) == NULL;
	case OPTION_SIZE:
		return value_size(value, row->min, option_row_max(row), member,
		                  &reason) == NULL;
	case OPTION_NONBLOCK: timeout->kind = TIMEOUT_ZERO; return true;
	case OPTION_TIMEOUT:
		timeout->kind = TIMEOUT_AFTER;
		return value_duration(value, &timeout->nanoseconds) == NULL;
	case OPTION_RATE: return value_rate(value, member) == NULL;
	case OPTION_MODE: return value_mode(value, member) == NULL;
	case OPTION_STRING:
	case OPTION_INTO: *(const char **)member = value; return true;
	case OPTION_STRINGS:
		if (strings->count == STRING_LIST_MAX)
			return false;
		strings->at[strings->count++] = value;
		return true;
	case OPTION_WORD: return store_word(row->words, value, member);
	case OPTION_WHEN: return value_when(value, member) == NULL;
	}
	return false;
}

static size_t size_of_member(const struct option_row *row)
{
	switch (row->kind) {
	case OPTION_FLAG: return sizeof(bool);
	case OPTION_CHOICE:
	case OPTION_WORD:
	case OPTION_WHEN:
	case OPTION_NONBLOCK:
	case OPTION_TIMEOUT: return sizeof(unsigned); /* the kind of a time-out */
	case OPTION_NUMBER:
	case OPTION_UNSIGNED:
	case OPTION_SIZE:
	case OPTION_RATE:
	case OPTION_STRING:
	case OPTION_INTO: return sizeof(int64_t);
	case OPTION_MODE: return sizeof(bool);
	case OPTION_STRINGS: break;
	}
	return 0;
}

static bool is_empty(const void *member)
{
	const char *text;
	memcpy(&text, member, sizeof text);
	return text != NULL && *text == '\0';
}

static void check_member(const struct option_row *row, const unsigned char *options)
{
	const void *actual = seen.options + row->offset,
	           *expected = options + row->offset;
	const struct timeout *timeout = expected, *other_timeout = actual;
	const struct value_mode *mode = expected, *other_mode = actual;
	const struct string_list *strings = expected, *other_strings = actual;
	const char *name = row->name != NULL ? row->name : "a letter";
	/* a value that is left out is not in argv */
	if (row->kind == OPTION_STRING && is_empty(actual) && is_empty(expected))
		return;
	FUZZ_CHECK(memcmp(actual, expected, size_of_member(row)) == 0, "%s", name);
	if (row->kind == OPTION_TIMEOUT && timeout->kind == TIMEOUT_AFTER)
		FUZZ_CHECK(timeout->nanoseconds == other_timeout->nanoseconds, "%s",
		           name);
	if (row->kind == OPTION_MODE)
		FUZZ_CHECK(mode->bits == other_mode->bits, "%s", name);
	if (row->kind == OPTION_STRINGS)
		FUZZ_CHECK(strings->count == other_strings->count &&
		               memcmp(strings->at, other_strings->at,
		                      (size_t)strings->count * sizeof *strings->at) == 0,
		           "%s", name);
}

static const char *excluded_names(const struct option_row *row)
{
	return row->is_requirement ? NULL : row->others;
}

static bool is_excluded(const struct option_row *a, const struct option_row *b)
{
	return (a->group != 0 && a->group == b->group) ||
	       is_listed(excluded_names(a), b->name) ||
	       is_listed(excluded_names(b), a->name);
}

/* Each of the words, in which | separates alternatives, is an option that was given. */
static bool has_required(const struct expected *expected, const struct option_row *row,
                         bool command)
{
	const struct option_row *rows = expected->subcommand->options;
	char *copy = fuzz_copy(row->is_requirement ? row->others : ""), *rest;
	for (char *word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		bool met = command && is_listed(word, "COMMAND");
		for (int i = 0; i < count_rows(rows); i++)
			met |= expected->given[i] && is_listed(word, rows[i].name);
		if (!met)
			return false;
	}
	return true;
}

static bool is_command_optional(const struct subcommand *subcommand)
{
	for (int i = 0; i < OPERAND_KINDS_MAX; i++)
		if (subcommand->operand_kinds[i] == OPERAND_DASHDASH)
			return true;
	return false;
}

/* Is a command among the operands? Where one is required, it always is. */
static bool has_command(const struct subcommand *subcommand, int count, bool dashdash)
{
	if (is_command_optional(subcommand))
		return dashdash;
	for (int i = 0; i < OPERAND_KINDS_MAX && i < count; i++)
		if (subcommand->operand_kinds[i] == OPERAND_COMMAND)
			return true;
	return subcommand->min_operands > 0;
}

static bool is_combination_valid(const struct expected *expected, bool command)
{
	const struct option_row *rows = expected->subcommand->options;
	for (int i = 0, count = count_rows(rows); i < count; i++) {
		if (!expected->given[i])
			continue;
		for (int k = 0; k < i; k++)
			if (expected->given[k] && is_excluded(&rows[i], &rows[k]))
				return false;
		if (rows[i].frontends == FRONTEND_BUILTIN ||
		    !has_required(expected, &rows[i], command) ||
		    (command && is_listed(excluded_names(&rows[i]), "COMMAND")))
			return false;
	}
	return true;
}

/* ----------------------------------------------------------- options that are chosen */

/* How many long options begin with these bytes. */
static int count_names(const struct copy *copy, const struct subcommand *subcommand,
                       const char *name, size_t length)
{
	int count = (strncmp("help", name, length) == 0) +
	            (strncmp("version", name, length) == 0);
	for (int i = 0; i < count_rows(subcommand->options); i++)
		count += subcommand->options[i].name != NULL &&
		         strncmp(subcommand->options[i].name, name, length) == 0;
	for (int i = 0; i < copy->count; i++)
		count += copy->list[i]->name[0] == '-' &&
		         strncmp(copy->list[i]->name + 2, name, length) == 0;
	return count;
}

/* The length of a name that is written instead of the whole one. */
static int shorten(struct fuzz_input *input, const struct copy *copy,
                   const struct subcommand *subcommand, const char *name)
{
	size_t whole = strlen(name), length = 1 + fuzz_below(input, 15);
	if (length >= whole || count_names(copy, subcommand, name, length) != 1 ||
	    (subcommand != &copy->applet.self &&
	     count_names(copy, &copy->applet.self, name, length) != 0))
		return (int)whole;
	return (int)length;
}

/* One option of the table in one of its spellings. */
static void choose_option(struct fuzz_input *input, const struct copy *copy,
                          struct words *words, struct expected *expected)
{
	const struct option_row *rows = expected->subcommand->options;
	int count = count_rows(rows);
	unsigned form = fuzz_byte(input);
	if (count == 0)
		return;
	int index = (int)(form >> 2) % count;
	const struct option_row *row = &rows[index];
	char short_form[] = {'-', row->letter, '\0'}, long_form[64] = "";
	bool is_long = row->letter == 0 || (row->name != NULL && (form & 1) != 0);
	bool optional = row->placeholder != NULL && row->placeholder[0] == '[';
	if (is_long)
		snprintf(long_form, sizeof long_form, "--%.*s",
		         shorten(input, copy, expected->subcommand, row->name),
		         row->name);
	char *value = NULL;
	if (row->placeholder != NULL && !(optional && (form & 2) == 0))
		value = fuzz_part(input);
	expected->given[index] = true;
	if (value == NULL) {
		add_word(words, is_long ? long_form : short_form, "");
		expected->valid &= store_value(expected->options, row,
		                               row->kind == OPTION_WHEN ? "auto" : "");
		return;
	}
	/* what may be left out, or follows a letter and is empty, has one form */
	bool attached = optional || ((form & 2) != 0 && (is_long || *value != '\0'));
	if (is_long && attached)
		strcat(long_form, "=");
	if (attached) {
		add_word(words, is_long ? long_form : short_form, value);
		value = words->at[words->count - 1] +
		        strlen(is_long ? long_form : short_form);
	} else {
		add_word(words, is_long ? long_form : short_form, "");
		add_word(words, "", value);
		value = words->at[words->count - 1];
	}
	expected->valid &= store_value(expected->options, row, value);
}

/* A word that chooses a subcommand where it was not meant to. */
static bool has_selector(const struct copy *copy, const struct words *words, int from)
{
	for (int i = from; i < words->count; i++)
		for (int k = 0; k < copy->count; k++) {
			const char *word = words->at[i], *name = copy->list[k]->name;
			if ((i == 1 && strcmp(word, name) == 0) ||
			    (name[0] == '-' && strlen(word) > 2 &&
			     strncmp(word, name, strlen(word)) == 0))
				return true;
		}
	return false;
}

/* ------------------------------------------------------- operands among the options */

/* Where COMMAND begins: after so many operands, or after so many and "--"; -1: never. */
static void find_command(const struct subcommand *subcommand, int *word, int *dashdash)
{
	const enum operand_kind *kinds = subcommand->operand_kinds;
	*word = *dashdash = -1;
	for (int i = 0; i < OPERAND_KINDS_MAX; i++) {
		bool repeated = i > 0 && (kinds[i - 1] & OPERAND_REPEATED) != 0;
		if (kinds[i] == OPERAND_DASHDASH) {
			*dashdash = subcommand->min_operands;
			return;
		}
		if (kinds[i] == OPERAND_COMMAND) {
			*word = repeated ? -1 : i;
			*dashdash = i > 0 ? i - repeated : -1;
			return;
		}
	}
}

/* Was an option given with which all operands are COMMAND? */
static bool begins_command(const struct expected *expected)
{
	const struct option_row *rows = expected->subcommand->options;
	for (int i = 0, count = count_rows(rows); i < count; i++)
		if (expected->given[i] &&
		    is_listed(expected->subcommand->command_options, rows[i].name))
			return true;
	return false;
}

struct operands {
	int count;
	const char *at[WORDS_MAX];
	bool dashdash; /* one of them introduces COMMAND */
};

static void add_operand(struct words *words, struct operands *operands, const char *text)
{
	int before = words->count;
	add_word(words, "", text);
	if (words->count > before && operands->count < WORDS_MAX)
		operands->at[operands->count++] = words->at[before];
	operands->dashdash |= strcmp(text, "--") == 0;
}

/* Options and operands in any order, and after them "--" or a command. */
static bool choose_words(struct fuzz_input *input, const struct copy *copy,
                         struct words *words, struct expected *expected,
                         struct operands *operands)
{
	unsigned options = fuzz_below(input, GIVEN_MAX), left = fuzz_below(input, 4);
	bool dashdash = (fuzz_byte(input) & 1) != 0, command = false;
	int word_at, dashdash_at;
	find_command(expected->subcommand, &word_at, &dashdash_at);
	while (options + left > 0 && !command) {
		if (left == 0 || (options > 0 && (fuzz_byte(input) & 1) != 0)) {
			options--;
			choose_option(input, copy, words, expected);
			continue;
		}
		left--;
		const char *text = fuzz_part(input);
		if (text[0] == '-' && text[1] != '\0')
			return false;
		command = operands->count == word_at || begins_command(expected);
		add_operand(words, operands, text);
	}
	if (dashdash && !command) {
		if (dashdash_at >= 0 && operands->count >= dashdash_at)
			add_operand(words, operands, "--");
		else
			add_word(words, "", "--");
	}
	while ((command || dashdash) && input->left > 0 && words->count < WORDS_MAX - 2)
		add_operand(words, operands, fuzz_part(input));
	return words->count < WORDS_MAX - 1;
}

static void check_refused(const struct subcommand *subcommand, enum status status)
{
	size_t length;
	fuzz_written(2, &length);
	FUZZ_CHECK(seen.calls == 0 && length > 0, "%d calls, %zu bytes", seen.calls,
	           length);
	enum status expected = subcommand->runs_command ? STATUS_RUN_ERROR : STATUS_USAGE;
	FUZZ_CHECK(status == expected ||
	               (is_command_optional(subcommand) && status == STATUS_USAGE),
	           "%d", status);
}

static void test_chosen(struct fuzz_input *input, const struct copy *copy)
{
	struct words words = {0};
	struct expected expected = {.valid = true};
	unsigned choice = fuzz_byte(input);
	int which = (int)choice % (copy->count + 1);
	bool self = which == copy->count;
	const struct subcommand *subcommand =
	    self ? &copy->applet.self : copy->list[which];
	if (self && subcommand->run == NULL)
		return;
	expected.subcommand = subcommand;
	if (subcommand->defaults != NULL)
		memcpy(expected.options, subcommand->defaults, subcommand->size);
	add_word(&words, "", "fuzz");
	if (!self)
		add_word(&words, "", subcommand->name);
	int first = words.count;
	struct operands operands = {0};
	if (!choose_words(input, copy, &words, &expected, &operands) ||
	    has_selector(copy, &words, self ? 1 : first))
		return;
	int count = operands.count;
	bool command = has_command(subcommand, count, operands.dashdash);
	expected.valid = expected.valid && subcommand->frontends != FRONTEND_BUILTIN &&
	                 is_combination_valid(&expected, command) &&
	                 count >= subcommand->min_operands &&
	                 (subcommand->max_operands == OPERANDS_UNLIMITED ||
	                  count <= subcommand->max_operands);
	seen = (struct call_seen){.size = subcommand->size};
	enum status status = cli_call(&copy->applet, words.at);
	if (subcommand->frontends == FRONTEND_BUILTIN) {
		FUZZ_CHECK(seen.calls == 0 && status == STATUS_USAGE, "%d", status);
		return;
	}
	if (!expected.valid) {
		check_refused(subcommand, status);
		return;
	}
	FUZZ_CHECK(status == STATUS_OK && seen.calls == 1, "status %d, %d calls", status,
	           seen.calls);
	FUZZ_CHECK(seen.which == (self ? SUBCOMMANDS_MAX : which), "%d", seen.which);
	FUZZ_CHECK(seen.argc == count && seen.argv + count == words.at + words.count,
	           "%d operands, not %d", seen.argc, count);
	for (int i = 0; i < count; i++)
		FUZZ_CHECK(seen.argv[i] == operands.at[i], "operand %d is '%s'", i,
		           seen.argv[i]);
	for (int i = 0; i < count_rows(subcommand->options); i++)
		check_member(&subcommand->options[i], expected.options);
}

/* ------------------------------------------------------------------------ any words */

/* A number that an option has set is in its range; what no option set is the default. */
static void check_range(const struct subcommand *subcommand, const struct option_row *row)
{
	int64_t value, before = 0;
	if (row->kind != OPTION_NUMBER && row->kind != OPTION_SIZE)
		return;
	memcpy(&value, seen.options + row->offset, sizeof value);
	if (subcommand->defaults != NULL)
		memcpy(&before, (const char *)subcommand->defaults + row->offset,
		       sizeof before);
	FUZZ_CHECK(value == before || (value >= row->min && value <= option_row_max(row)),
	           "%s: %lld", row->name, (long long)value);
}

static void test_any(struct fuzz_input *input, const struct copy *copy)
{
	struct words words = {0};
	size_t written, reported;
	add_word(&words, "", "fuzz");
	while (input->left > 0 && words.count < WORDS_MAX - 2)
		add_word(&words, "", fuzz_part(input));
	seen = (struct call_seen){.size = 0};
	enum status status = cli_call(&copy->applet, words.at);
	fuzz_written(1, &written);
	fuzz_written(2, &reported);
	if (seen.calls == 0) {
		FUZZ_CHECK((status == STATUS_OK) == (written > 0), "status %d", status);
		FUZZ_CHECK((status == STATUS_OK) == (reported == 0), "status %d", status);
		return;
	}
	FUZZ_CHECK(seen.calls == 1 && status == STATUS_OK && reported == 0, "status %d",
	           status);
	const struct subcommand *subcommand =
	    seen.which == SUBCOMMANDS_MAX ? &copy->applet.self : copy->list[seen.which];
	FUZZ_CHECK(subcommand->frontends != FRONTEND_BUILTIN, "%s", subcommand->name);
	FUZZ_CHECK(seen.argc >= subcommand->min_operands &&
	               (subcommand->max_operands == OPERANDS_UNLIMITED ||
	                seen.argc <= subcommand->max_operands),
	           "%d operands", seen.argc);
	FUZZ_CHECK(seen.argv + seen.argc == words.at + words.count &&
	               seen.argv[seen.argc] == NULL,
	           "%d operands", seen.argc);
	/* once more, with its options */
	seen.size = subcommand->size;
	cli_call(&copy->applet, words.at);
	for (int i = 0; i < count_rows(subcommand->options); i++)
		check_range(subcommand, &subcommand->options[i]);
}

void fuzz_target(struct fuzz_input *input)
{
	unsigned choice = fuzz_byte(input);
	const struct copy *copy = &copies[(choice >> 1) % APPLET_COUNT];
	if ((choice & 1) != 0)
		test_chosen(input, copy);
	else
		test_any(input, copy);
}
