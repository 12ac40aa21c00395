/* SPDX-License-Identifier: MIT */
#include "cli/describe.h"

#include <stdio.h>

#include "cli/applet_group.h"
#include "cli/combination.h"
#include "cli/help.h"
#include "cli/operand.h"
#include "cli/option_default.h"
#include "cli/option_row.h"
#include "cli/text.h"

static const char *frontend_text(enum frontend where)
{
	return where == FRONTEND_BOTH      ? "both"
	       : where == FRONTEND_PROGRAM ? "program"
	                                   : "builtin";
}

/* The names of the rows that may not be given beside this one. */
static void describe_excluded(struct cli_text *text, const struct option_row *rows,
                              const struct option_row *row)
{
	const char *gap = "";
	for (; !option_row_is_end(rows); rows++)
		if (combination_is_excluded(row, rows)) {
			cli_text_put(text, "%s%s%.1s", gap,
			             rows->name != NULL ? rows->name : "",
			             rows->name != NULL ? "" : &rows->letter);
			gap = " ";
		}
	if (combination_excludes_command(row))
		cli_text_put(text, "%sCOMMAND", gap);
}

static void describe_option(struct cli_text *text, const char *who,
                            const struct subcommand *subcommand,
                            const struct option_row *row)
{
	char value[32];
	cli_text_put(text, "option\t%s\t%s%.1s\t%s%s\t%s\t%s\t", who,
	             row->letter != 0 ? "-" : "", &row->letter,
	             row->name != NULL ? "--" : "", row->name != NULL ? row->name : "",
	             option_row_placeholder(row), row->help);
	operand_put_kinds(text, operand_kind_of_value(row));
	cli_text_put(text, "\t%s\t%s\t", option_row_words(row), option_row_required(row));
	describe_excluded(text, option_row_table(subcommand), row);
	bool has_default = option_default(subcommand, row, value, sizeof value);
	cli_text_put(text, "\t%s\t%s\n", has_default ? value : "",
	             frontend_text(row->frontends));
}

static void describe_options(struct cli_text *text, const char *who,
                             const struct subcommand *subcommand)
{
	const struct option_row *row = option_row_table(subcommand);
	for (; !option_row_is_end(row); row++)
		describe_option(text, who, subcommand, row);
}

static const char *runs_command_text(const struct subcommand *subcommand)
{
	static char *const no_words[] = {NULL};
	return !subcommand->runs_command                        ? ""
	       : combination_runs_command(subcommand, no_words) ? "command"
	                                                        : "optional";
}

static void describe_operands(struct cli_text *text, const char *who,
                              const struct subcommand *subcommand)
{
	const char *gap = "";
	cli_text_put(text, "operands\t%s\t%d\t", who, subcommand->min_operands);
	if (subcommand->max_operands == OPERANDS_UNLIMITED)
		cli_text_put(text, "-\t");
	else
		cli_text_put(text, "%d\t", subcommand->max_operands);
	for (int i = 0; i < OPERAND_KINDS_MAX && subcommand->operand_kinds[i] != 0; i++) {
		cli_text_put(text, "%s", gap);
		operand_put_kinds(text, subcommand->operand_kinds[i]);
		gap = " ";
	}
	cli_text_put(text, "\t%s\n", runs_command_text(subcommand));
}

static void describe_example(struct cli_text *text, const char *who, const char *example)
{
	if (example != NULL)
		cli_text_put(text, "example\t%s\t%s\n", who, example);
}

static void describe_subcommand(struct cli_text *text, const struct applet *applet,
                                const struct subcommand *subcommand)
{
	static const struct subcommand common = {.options = option_row_common};
	char who[64], usage[1024];
	snprintf(who, sizeof who, "%s%s%s", applet->name,
	         subcommand->name != NULL ? " " : "",
	         subcommand->name != NULL ? subcommand->name : "");
	if (subcommand->name != NULL)
		cli_text_put(text, "verb\t%s\t%s\t%s\n", who, subcommand->summary,
		             frontend_text(subcommand->frontends));
	help_usage(subcommand, usage, sizeof usage);
	cli_text_put(text, "usage\t%s\t%s %s\n", who, who, usage);
	describe_example(text, who, subcommand->example);
	describe_operands(text, who, subcommand);
	describe_options(text, who, subcommand);
	describe_options(text, who, &common);
}

enum status describe_print(const struct applet *applet)
{
	char buffer[32768];
	struct cli_text text = {.at = buffer, .size = sizeof buffer};
	cli_text_put(&text, "applet\t%s\t%s\t%s\n", applet->name, applet->summary,
	             frontend_text(applet->frontends));
	if (applet->group != 0)
		cli_text_put(&text, "group\t%s\t%s\n", applet->name,
		             applet_group_title(applet->group));
	describe_example(&text, applet->name, applet->example);
	if (applet->self.run != NULL)
		describe_subcommand(&text, applet, &applet->self);
	for (const struct subcommand *const *each = applet->subcommands;
	     each != NULL && *each != NULL; each++)
		describe_subcommand(&text, applet, *each);
	return cli_text_write(&text);
}
