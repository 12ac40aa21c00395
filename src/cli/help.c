/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/applet_group.h"
#include "cli/option_default.h"
#include "cli/option_row.h"
#include "cli/text.h"
#include "cli/wrap.h"
#include "io/terminal.h"

enum {
	HELP_SIZE = 16384,
	HELP_WIDTH_MIN = 48, /* below, lines are wrapped by the terminal */
	OPTION_WIDTH = 27,   /* of "  -t, --timeout=DURATION   " */
	APPLET_WIDTH = 15,   /* of "  sockconnect  " */
};

static void help_put_usage_row(struct cli_text *text, const struct option_row *row)
{
	if (row->letter != 0)
		cli_text_put(text, "-%c", row->letter);
	else
		cli_text_put(text, "--%s", row->name);
	cli_text_put(text, "%s%s",
	             !option_row_takes_value(row) ? ""
	             : row->letter != 0           ? " "
	                                          : "=",
	             option_row_placeholder(row));
}

/* Is this the first row of its group? Rows of no group stand alone. */
static bool is_first_of_group(const struct option_row *rows, const struct option_row *row)
{
	for (; rows < row; rows++)
		if (row->group != 0 && rows->group == row->group)
			return false;
	return true;
}

/* "[-n | -t DURATION]": a row with the others of its group. */
static void help_put_usage_group(struct cli_text *text, const struct option_row *row)
{
	cli_text_put(text, "[");
	help_put_usage_row(text, row);
	for (const struct option_row *other = row + 1; !option_row_is_end(other);
	     other++) {
		if (row->group == 0 || other->group != row->group)
			continue;
		cli_text_put(text, " | ");
		help_put_usage_row(text, other);
	}
	cli_text_put(text, "]");
}

static void help_put_usage(struct cli_wrap *wrap, const struct subcommand *subcommand)
{
	const struct option_row *rows = option_row_table(subcommand);
	for (const struct option_row *row = rows; !option_row_is_end(row); row++) {
		char item[256];
		struct cli_text text = {.at = item, .size = sizeof item};
		if (!is_first_of_group(rows, row))
			continue;
		help_put_usage_group(&text, row);
		cli_wrap_operands(wrap, item);
	}
	if (subcommand->operands != NULL)
		cli_wrap_operands(wrap, subcommand->operands);
}

size_t help_usage(const struct subcommand *subcommand, char *buffer, size_t size)
{
	struct cli_text text = {.at = buffer, .size = size};
	struct cli_wrap wrap = {.text = &text, .width = WRAP_NEVER};
	if (size > 0)
		*buffer = '\0'; /* there may be neither options nor operands */
	help_put_usage(&wrap, subcommand);
	return text.length;
}

/* A text of an item that begins with `left`, in a column of its own. */
static void help_put_item(struct cli_text *text, size_t width, size_t indent,
                          const char *left, const char *right)
{
	struct cli_wrap wrap = {
	    .text = text, .width = width, .indent = indent, .column = indent};
	cli_text_put(text, "%-*s", (int)indent, left);
	if (strlen(left) >= indent)
		cli_text_put(text, "\n%*s", (int)indent, "");
	cli_wrap_words(&wrap, right);
	cli_text_put(text, "\n");
}

static void help_put_option(struct cli_text *text, size_t width,
                            const struct subcommand *subcommand,
                            const struct option_row *row)
{
	char left[64], right[512], value[32];
	snprintf(left, sizeof left, "  %c%c%s%s%s%s%s", row->letter != 0 ? '-' : ' ',
	         row->letter != 0 ? row->letter : ' ',
	         row->letter != 0 && row->name != NULL ? ", " : "  ",
	         row->name != NULL ? "--" : "", row->name != NULL ? row->name : "",
	         !option_row_takes_value(row) ? ""
	         : row->name != NULL          ? "="
	                                      : " ",
	         option_row_placeholder(row));
	bool has_default = option_default(subcommand, row, value, sizeof value);
	snprintf(right, sizeof right, "%s%s%s%s", row->help,
	         has_default ? " (default " : "", has_default ? value : "",
	         has_default ? ")" : "");
	help_put_item(text, width, OPTION_WIDTH, left, right);
}

static void help_put_options(struct cli_text *text, size_t width,
                             const struct subcommand *subcommand)
{
	static const struct subcommand common = {.options = option_row_common};
	const struct option_row *row = option_row_table(subcommand);
	for (; !option_row_is_end(row); row++)
		help_put_option(text, width, subcommand, row);
	for (row = option_row_common; !option_row_is_end(row); row++)
		help_put_option(text, width, &common, row);
}

/* "Usage: " stands before the first line of a usage, "   or: " before the others. */
static void help_put_usage_line(struct cli_text *text, size_t width, bool *is_other,
                                const struct applet *applet,
                                const struct subcommand *subcommand)
{
	const char *name = subcommand->name;
	struct cli_wrap wrap = {.text = text, .width = width, .begun = true};
	cli_text_put(text, "%s%s%s%s", *is_other ? "   or: " : "Usage: ", applet->name,
	             name != NULL ? " " : "", name != NULL ? name : "");
	wrap.column = strlen("Usage: ") + strlen(applet->name) +
	              (name != NULL ? 1 + strlen(name) : 0);
	wrap.indent = strlen("Usage: ") + strlen(applet->name) + 1;
	help_put_usage(&wrap, subcommand);
	cli_text_put(text, "\n");
	*is_other = true;
}

static char to_capital(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static void help_put_summary(struct cli_text *text, size_t width, const char *summary)
{
	struct cli_wrap wrap = {.text = text, .width = width, .column = 1};
	cli_text_put(text, "%c", to_capital(summary[0]));
	cli_wrap_words(&wrap, summary + 1);
	cli_text_put(text, ".\n");
}

static void help_put_subcommands(struct cli_text *text, size_t width,
                                 const struct applet *applet)
{
	const struct subcommand *const *each;
	size_t longest = 0;
	for (each = applet->subcommands; *each != NULL; each++)
		if (strlen((*each)->name) > longest)
			longest = strlen((*each)->name);
	for (each = applet->subcommands; *each != NULL; each++) {
		char left[64];
		snprintf(left, sizeof left, "  %s", (*each)->name);
		help_put_item(text, width, longest + 4, left, (*each)->summary);
	}
	cli_text_put(text, "\n");
}

static void help_put_subcommand_hint(struct cli_text *text, const struct applet *applet)
{
	const char *first = applet->subcommands[0]->name;
	if (first[0] == '-')
		cli_text_put(text, "\n'%s %s --help' prints the options of %s.\n",
		             applet->name, first, first);
	else
		cli_text_put(
		    text,
		    "\n'%s SUBCOMMAND --help' prints the options of a subcommand.\n",
		    applet->name);
}

static void help_put_end(struct cli_text *text, const struct applet *applet,
                         const struct subcommand *subcommand)
{
	const char *example =
	    subcommand->example != NULL ? subcommand->example : applet->example;
	if (example != NULL)
		cli_text_put(text, "\nExample:\n  %s\n", example);
	cli_text_put(text, "\nFull documentation: man %s\n", applet->name);
}

static void help_put_applet_usage(struct cli_text *text, size_t width, bool *is_other,
                                  const struct applet *applet)
{
	const struct subcommand *const *each = applet->subcommands;
	for (; each != NULL && *each != NULL; each++)
		help_put_usage_line(text, width, is_other, applet, *each);
}

/* All of an applet's help that follows its usage and what it does. */
static void help_put_details(struct cli_text *text, size_t width,
                             const struct applet *applet)
{
	cli_text_put(text, "\n");
	if (applet->subcommands != NULL)
		help_put_subcommands(text, width, applet);
	help_put_options(text, width, &applet->self);
	if (applet->subcommands != NULL)
		help_put_subcommand_hint(text, applet);
	help_put_end(text, applet, &applet->self);
}

static void help_put_applet(struct cli_text *text, size_t width,
                            const struct applet *applet)
{
	bool is_other = false;
	if (applet->self.run != NULL)
		help_put_usage_line(text, width, &is_other, applet, &applet->self);
	help_put_applet_usage(text, width, &is_other, applet);
	help_put_summary(text, width, applet->summary);
	help_put_details(text, width, applet);
}

static void help_put_subcommand(struct cli_text *text, size_t width,
                                const struct applet *applet,
                                const struct subcommand *subcommand)
{
	bool is_other = false;
	help_put_usage_line(text, width, &is_other, applet, subcommand);
	help_put_summary(text, width, subcommand->summary);
	cli_text_put(text, "\n");
	help_put_options(text, width, subcommand);
	help_put_end(text, applet, subcommand);
}

size_t help_synopsis(const struct applet *applet, size_t width, char *buffer, size_t size)
{
	struct cli_text text = {.at = buffer, .size = size};
	struct cli_wrap wrap = {.text = &text, .width = WRAP_NEVER, .begun = true};
	cli_text_put(&text, "%s", applet->name);
	if (applet->self.run == NULL) {
		cli_wrap_words(&wrap, "SUBCOMMAND [ARGUMENT...]");
		return text.length;
	}
	help_put_usage(&wrap, &applet->self);
	if (text.length <= width)
		return text.length;
	text.length = 0;
	cli_text_put(&text, "%s [OPTION...]", applet->name);
	if (applet->self.operands != NULL)
		cli_wrap_words(&wrap, applet->self.operands);
	if (text.length <= width)
		return text.length;
	text.length = 0;
	cli_text_put(&text, "%s [OPTION...] [ARGUMENT...]", applet->name);
	return text.length;
}

size_t help_description(const struct applet *applet, size_t width, char *buffer,
                        size_t size)
{
	struct cli_text text = {.at = buffer, .size = size};
	bool is_other = false;
	help_put_summary(&text, width, applet->summary);
	if (applet->subcommands != NULL)
		cli_text_put(&text, "\n");
	help_put_applet_usage(&text, width, &is_other, applet);
	help_put_details(&text, width, applet);
	return text.length;
}

/* The width of the terminal on standard output. */
static size_t help_width(void)
{
	size_t width = terminal_width(STDOUT_FILENO);
	return width > HELP_WIDTH_MIN ? width : HELP_WIDTH_MIN;
}

enum status help_print(const struct applet *applet, const struct subcommand *subcommand)
{
	char buffer[HELP_SIZE];
	struct cli_text text = {.at = buffer, .size = sizeof buffer};
	if (subcommand->name != NULL)
		help_put_subcommand(&text, help_width(), applet, subcommand);
	else
		help_put_applet(&text, help_width(), applet);
	return cli_text_write(&text);
}

static void help_put_group(struct cli_text *text, size_t width, enum applet_group group,
                           const struct applet *(*applet_at)(size_t), size_t count)
{
	const char *title = applet_group_title(group);
	cli_text_put(text, "\n%c%s:\n", to_capital(title[0]), title + 1);
	for (size_t i = 0; i < count; i++) {
		const struct applet *applet = applet_at(i);
		char left[32];
		if (applet->group != group)
			continue;
		snprintf(left, sizeof left, "  %s", applet->name);
		help_put_item(text, width, APPLET_WIDTH, left, applet->summary);
	}
}

enum status help_print_groups(const struct applet *program,
                              const struct applet *(*applet_at)(size_t), size_t count)
{
	char buffer[HELP_SIZE];
	struct cli_text text = {.at = buffer, .size = sizeof buffer};
	size_t width = help_width();
	cli_text_put(&text, "Usage: %s APPLET [ARGUMENT...]\n   or: %s OPTION...\n",
	             program->name, program->name);
	help_put_summary(&text, width, program->summary);
	for (int group = APPLETS_QUEUES; group <= APPLETS_SEEING_AND_WAITING; group++)
		help_put_group(&text, width, (enum applet_group)group, applet_at, count);
	cli_text_put(&text, "\nOptions:\n");
	help_put_options(&text, width, &program->self);
	cli_text_put(&text, "\n'%s help APPLET' prints the options of an applet.\n",
	             program->name);
	cli_text_put(&text, "Full documentation: man %s\n", program->name);
	return cli_text_write(&text);
}
