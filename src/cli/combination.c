/* SPDX-License-Identifier: MIT */
#include "cli/combination.h"

#include <stdio.h>
#include <string.h>

#include "cli/operand.h"
#include "cli/option_row.h"
#include "io/error.h"

/* The word in a column for the command that may follow "--". */
static const char command_word[] = "COMMAND";

static bool names_row(const char *words, const struct option_row *row)
{
	return row->name != NULL &&
	       option_row_find_word(words, row->name, strlen(row->name)) >= 0;
}

bool combination_is_excluded(const struct option_row *row, const struct option_row *other)
{
	if (row == other)
		return false;
	return (row->group != 0 && row->group == other->group) ||
	       names_row(option_row_excluded(row), other) ||
	       names_row(option_row_excluded(other), row);
}

bool combination_excludes_command(const struct option_row *row)
{
	return option_row_find_word(option_row_excluded(row), command_word,
	                            strlen(command_word)) >= 0;
}

const struct option_row *combination_find_rival(const struct option_row *rows,
                                                uint64_t given,
                                                const struct option_row *row)
{
	for (const struct option_row *other = rows; given != 0; other++, given >>= 1)
		if ((given & 1) != 0 && combination_is_excluded(row, other))
			return other;
	return NULL;
}

/* The rows that were given, and whether a command was. */
struct combination {
	const struct option_row *rows;
	uint64_t given;
	bool command;
};

static bool is_command_optional(const struct subcommand *subcommand)
{
	for (size_t i = 0; i < OPERAND_KINDS_MAX; i++)
		if (subcommand->operand_kinds[i] == OPERAND_DASHDASH)
			return true;
	return false;
}

/* A COMMAND that follows other operands without a "--". */
static bool has_command_word(const struct subcommand *subcommand, char *const *operands)
{
	for (size_t i = 0; i < OPERAND_KINDS_MAX && operands[i] != NULL; i++)
		if (subcommand->operand_kinds[i] == OPERAND_COMMAND)
			return true;
	return false;
}

bool combination_has_command(const struct subcommand *subcommand, char *const *operands)
{
	if (is_command_optional(subcommand))
		return *operand_find_dashdash(operands) != NULL;
	return subcommand->min_operands > 0 || has_command_word(subcommand, operands);
}

bool combination_runs_command(const struct subcommand *subcommand, char *const *operands)
{
	return !is_command_optional(subcommand) ||
	       combination_has_command(subcommand, operands);
}

bool combination_begins_command(const struct subcommand *subcommand, uint64_t given)
{
	const struct option_row *row = option_row_table(subcommand);
	if (subcommand->command_options == NULL)
		return false;
	for (; given != 0; row++, given >>= 1)
		if ((given & 1) != 0 && names_row(subcommand->command_options, row))
			return true;
	return false;
}

/* Is one of these alternatives there? */
static bool is_met(const struct combination *combination, const char *words,
                   size_t length)
{
	for (size_t at = 0, one; at < length; at += one + 1) {
		one = strcspn(words + at, " |");
		if (one == strlen(command_word) &&
		    memcmp(words + at, command_word, one) == 0 && combination->command)
			return true;
		const struct option_row *row = combination->rows;
		for (uint64_t given = combination->given; given != 0; row++, given >>= 1)
			if ((given & 1) != 0 && row->name != NULL &&
			    strlen(row->name) == one &&
			    memcmp(row->name, words + at, one) == 0)
				return true;
	}
	return false;
}

static enum status report_unmet(const struct option_row *row, const char *words,
                                size_t length)
{
	char text[128] = "";
	size_t used = 0;
	for (size_t at = 0, one; at < length && used < sizeof text; at += one + 1) {
		one = strcspn(words + at, " |");
		bool is_option = words[at] >= 'a';
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%.*s",
		                         at > 0 ? " or " : "", is_option ? "--" : "",
		                         (int)one, words + at);
	}
	return error_usage("--%s requires %s", row->name, text);
}

static enum status check_row(const struct combination *combination,
                             const struct option_row *row)
{
	const char *words = option_row_required(row);
	while (*words != '\0') {
		size_t length = strcspn(words, " ");
		if (!is_met(combination, words, length))
			return report_unmet(row, words, length);
		words += length + (words[length] != '\0');
	}
	if (combination->command && combination_excludes_command(row))
		return error_usage("--%s and COMMAND exclude each other", row->name);
	if (!option_row_is_offered(row->frontends))
		return error_usage(
		    row->frontends == FRONTEND_BUILTIN
		        ? "option '--%s' is available only as a bash builtin"
		        : "option '--%s' is not available as a bash builtin",
		    row->name);
	return STATUS_OK;
}

enum status combination_check(const struct subcommand *subcommand, uint64_t given,
                              char *const *operands)
{
	struct combination combination = {
	    .rows = option_row_table(subcommand),
	    .given = given,
	    .command = combination_has_command(subcommand, operands)};
	const struct option_row *row = combination.rows;
	enum status status = STATUS_OK;
	for (; given != 0 && status == STATUS_OK; row++, given >>= 1)
		if ((given & 1) != 0)
			status = check_row(&combination, row);
	return status;
}
