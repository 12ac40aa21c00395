/* SPDX-License-Identifier: MIT */
#include "cli/into.h"

#include <string.h>

#include "cli/combination.h"
#include "cli/option_row.h"

/* The rows that were given, one after the other. */
static const struct option_row *into_next_given(const struct option_row *row,
                                                uint64_t *given)
{
	for (; *given != 0; *given >>= 1, row++)
		if ((*given & 1) != 0)
			return row;
	return NULL;
}

/* The variable as the given rows describe it; its name is NULL without --into. */
static struct shell_variable into_variable(const struct subcommand *subcommand,
                                           uint64_t given, const void *options)
{
	struct shell_variable variable = {0};
	const struct option_row *row = option_row_table(subcommand);
	while ((row = into_next_given(row, &given)) != NULL) {
		if (row->kind == OPTION_INTO) {
			const char *member = (const char *)options + row->offset;
			variable.name = *(const char *const *)(const void *)member;
			variable.form = (enum shell_variable_form)row->min;
		} else if (row->name != NULL) {
			variable.array |= strcmp(row->name, "count") == 0 ||
			                  strcmp(row->name, "all") == 0;
			variable.priorities |= strcmp(row->name, "priorities") == 0;
		}
		given >>= 1;
		row++;
	}
	return variable;
}

enum status into_call(const struct subcommand *subcommand, uint64_t given,
                      const void *options, int argc, char **argv)
{
	struct shell_variable variable = {0};
	if (given != 0)
		variable = into_variable(subcommand, given, options);
	if (variable.name == NULL)
		return subcommand->run(options, argc, argv);
	enum status status = shell_variable_begin(&variable);
	if (status != STATUS_OK)
		return subcommand->runs_command &&
		               combination_has_command(subcommand, argv)
		           ? status_before_command(status)
		           : status;
	return shell_variable_end(&variable, subcommand->run(options, argc, argv));
}
