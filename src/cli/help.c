#include "cli/help.h"

#include <stdio.h>

#include "cli/option_default.h"
#include "cli/option_row.h"
#include "cli/text.h"

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

static void help_put_usage(struct cli_text *text, const struct subcommand *subcommand)
{
	const struct option_row *rows = option_row_table(subcommand);
	const char *gap = "";
	for (const struct option_row *row = rows; !option_row_is_end(row); row++) {
		if (!is_first_of_group(rows, row))
			continue;
		cli_text_put(text, "%s[", gap);
		help_put_usage_row(text, row);
		for (const struct option_row *other = row + 1; !option_row_is_end(other);
		     other++) {
			if (row->group == 0 || other->group != row->group)
				continue;
			cli_text_put(text, " | ");
			help_put_usage_row(text, other);
		}
		cli_text_put(text, "]");
		gap = " ";
	}
	if (subcommand->operands != NULL)
		cli_text_put(text, "%s%s", gap, subcommand->operands);
}

size_t help_usage(const struct subcommand *subcommand, char *buffer, size_t size)
{
	struct cli_text text = {.at = buffer, .size = size};
	if (size > 0)
		*buffer = '\0'; /* there may be neither options nor operands */
	help_put_usage(&text, subcommand);
	return text.length;
}

static void help_put_option(struct cli_text *text, const struct subcommand *subcommand,
                            const struct option_row *row)
{
	char left[64], value[32];
	snprintf(left, sizeof left, "  %c%c%s%s%s%s%s", row->letter != 0 ? '-' : ' ',
	         row->letter != 0 ? row->letter : ' ',
	         row->letter != 0 && row->name != NULL ? ", " : "  ",
	         row->name != NULL ? "--" : "", row->name != NULL ? row->name : "",
	         !option_row_takes_value(row) ? ""
	         : row->name != NULL          ? "="
	                                      : " ",
	         option_row_placeholder(row));
	cli_text_put(text, "%-26s %s", left, row->help);
	if (option_default(subcommand, row, value, sizeof value))
		cli_text_put(text, " (default %s)", value);
	cli_text_put(text, "\n");
}

static void help_put_options(struct cli_text *text, const struct subcommand *subcommand)
{
	const struct option_row *row = option_row_table(subcommand);
	for (; !option_row_is_end(row); row++)
		help_put_option(text, subcommand, row);
}

static void help_put_common_options(struct cli_text *text)
{
	static const struct subcommand common = {.options = option_row_common};
	help_put_options(text, &common);
}

static void help_put_usage_line(struct cli_text *text, const struct applet *applet,
                                const struct subcommand *subcommand)
{
	cli_text_put(text, "Usage: %s%s%s ", applet->name,
	             subcommand->name != NULL ? " " : "",
	             subcommand->name != NULL ? subcommand->name : "");
	help_put_usage(text, subcommand);
	cli_text_put(text, "\n");
}

static char to_capital(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static void help_put_summary(struct cli_text *text, const char *summary)
{
	cli_text_put(text, "%c%s.\n", to_capital(summary[0]), summary + 1);
}

static void help_put_subcommands(struct cli_text *text, const struct applet *applet)
{
	for (const struct subcommand *const *each = applet->subcommands; *each != NULL;
	     each++) {
		help_put_usage_line(text, applet, *each);
		cli_text_put(text, "         %c%s.\n", to_capital((*each)->summary[0]),
		             (*each)->summary + 1);
	}
}

static void help_put_applet(struct cli_text *text, const struct applet *applet)
{
	if (applet->self.run != NULL)
		help_put_usage_line(text, applet, &applet->self);
	if (applet->subcommands != NULL)
		help_put_subcommands(text, applet);
	help_put_summary(text, applet->summary);
	cli_text_put(text, "\n");
	if (applet->self.run != NULL)
		help_put_options(text, &applet->self);
	help_put_common_options(text);
	if (applet->subcommands != NULL && applet->subcommands[0]->name[0] == '-')
		cli_text_put(text, "\n'%s %s --help' prints the options of %s.\n",
		             applet->name, applet->subcommands[0]->name,
		             applet->subcommands[0]->name);
	else if (applet->subcommands != NULL)
		cli_text_put(
		    text,
		    "\n'%s SUBCOMMAND --help' prints the options of a subcommand.\n",
		    applet->name);
}

static void help_put_subcommand(struct cli_text *text, const struct applet *applet,
                                const struct subcommand *subcommand)
{
	help_put_usage_line(text, applet, subcommand);
	help_put_summary(text, subcommand->summary);
	cli_text_put(text, "\n");
	help_put_options(text, subcommand);
	help_put_common_options(text);
}

size_t help_applet(const struct applet *applet, char *buffer, size_t size)
{
	struct cli_text text = {.at = buffer, .size = size};
	help_put_applet(&text, applet);
	return text.length;
}

enum status help_print(const struct applet *applet, const struct subcommand *subcommand)
{
	char buffer[8192];
	struct cli_text text = {.at = buffer, .size = sizeof buffer};
	if (subcommand->name != NULL)
		help_put_subcommand(&text, applet, subcommand);
	else
		help_put_applet(&text, applet);
	return cli_text_write(&text);
}
