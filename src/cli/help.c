/*
 * What an option table tells: usage, help, description.
 */
#include <stdarg.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/option_row.h"
#include "io/output.h"

struct help_text {
	char *at;
	size_t size, length;
};

static void help_put(struct help_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void help_put(struct help_text *text, const char *format, ...)
{
	bool full = text->length >= text->size;
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(full ? NULL : text->at + text->length,
	                       full ? 0 : text->size - text->length, format, arguments);
	va_end(arguments);
	if (length > 0)
		text->length += (size_t)length;
}

static void help_put_usage_row(struct help_text *text, const struct option_row *row)
{
	if (row->letter != 0)
		help_put(text, "-%c", row->letter);
	else
		help_put(text, "--%s", row->name);
	help_put(text, "%s%s",
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

static void help_put_usage(struct help_text *text, const struct subcommand *subcommand)
{
	const struct option_row *rows = option_row_table(subcommand);
	const char *gap = "";
	for (const struct option_row *row = rows; !option_row_is_end(row); row++) {
		if (!is_first_of_group(rows, row))
			continue;
		help_put(text, "%s[", gap);
		help_put_usage_row(text, row);
		for (const struct option_row *other = row + 1; !option_row_is_end(other);
		     other++) {
			if (row->group == 0 || other->group != row->group)
				continue;
			help_put(text, " | ");
			help_put_usage_row(text, other);
		}
		help_put(text, "]");
		gap = " ";
	}
	if (subcommand->operands != NULL)
		help_put(text, "%s%s", gap, subcommand->operands);
}

size_t cli_usage(const struct subcommand *subcommand, char *buffer, size_t size)
{
	struct help_text text = {.at = buffer, .size = size};
	help_put_usage(&text, subcommand);
	return text.length;
}

static void help_put_options(struct help_text *text, const struct option_row *row)
{
	for (; !option_row_is_end(row); row++) {
		char left[64];
		snprintf(
		    left, sizeof left, "  %c%c%s%s%s%s%s", row->letter != 0 ? '-' : ' ',
		    row->letter != 0 ? row->letter : ' ',
		    row->letter != 0 && row->name != NULL ? ", " : "  ",
		    row->name != NULL ? "--" : "", row->name != NULL ? row->name : "",
		    !option_row_takes_value(row) ? ""
		    : row->name != NULL          ? "="
		                                 : " ",
		    option_row_placeholder(row));
		help_put(text, "%-26s %s\n", left, row->help);
	}
}

static void help_put_usage_line(struct help_text *text, const struct applet *applet,
                                const struct subcommand *subcommand)
{
	help_put(text, "Usage: %s%s%s ", applet->name,
	         subcommand->name != NULL ? " " : "",
	         subcommand->name != NULL ? subcommand->name : "");
	help_put_usage(text, subcommand);
	help_put(text, "\n");
}

static char to_capital(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static void help_put_summary(struct help_text *text, const char *summary)
{
	help_put(text, "%c%s.\n", to_capital(summary[0]), summary + 1);
}

static void help_put_subcommands(struct help_text *text, const struct applet *applet)
{
	for (const struct subcommand *const *each = applet->subcommands; *each != NULL;
	     each++) {
		help_put_usage_line(text, applet, *each);
		help_put(text, "         %c%s.\n", to_capital((*each)->summary[0]),
		         (*each)->summary + 1);
	}
}

static void help_put_applet(struct help_text *text, const struct applet *applet)
{
	if (applet->self.run != NULL)
		help_put_usage_line(text, applet, &applet->self);
	if (applet->subcommands != NULL)
		help_put_subcommands(text, applet);
	help_put_summary(text, applet->summary);
	help_put(text, "\n");
	if (applet->self.run != NULL)
		help_put_options(text, option_row_table(&applet->self));
	help_put_options(text, option_row_common);
	if (applet->subcommands != NULL && applet->subcommands[0]->name[0] == '-')
		help_put(text, "\n'%s %s --help' tells the options beside %s.\n",
		         applet->name, applet->subcommands[0]->name,
		         applet->subcommands[0]->name);
	else if (applet->subcommands != NULL)
		help_put(text, "\n'%s VERB --help' tells the options of a verb.\n",
		         applet->name);
}

static void help_put_subcommand(struct help_text *text, const struct applet *applet,
                                const struct subcommand *subcommand)
{
	help_put_usage_line(text, applet, subcommand);
	help_put_summary(text, subcommand->summary);
	help_put(text, "\n");
	help_put_options(text, option_row_table(subcommand));
	help_put_options(text, option_row_common);
}

size_t cli_help(const struct applet *applet, char *buffer, size_t size)
{
	struct help_text text = {.at = buffer, .size = size};
	help_put_applet(&text, applet);
	return text.length;
}

static enum status write_help_text(const struct help_text *text)
{
	return output_write(text->at,
	                    text->length < text->size ? text->length : text->size);
}

enum status cli_print_help(const struct applet *applet,
                           const struct subcommand *subcommand)
{
	char buffer[8192];
	struct help_text text = {.at = buffer, .size = sizeof buffer};
	if (subcommand->name != NULL)
		help_put_subcommand(&text, applet, subcommand);
	else
		help_put_applet(&text, applet);
	return write_help_text(&text);
}

static const char *frontend_text(enum frontend where)
{
	return where == FRONTEND_BOTH      ? "both"
	       : where == FRONTEND_PROGRAM ? "program"
	                                   : "builtin";
}

static void describe_options(struct help_text *text, const char *who,
                             const struct option_row *row)
{
	for (; !option_row_is_end(row); row++)
		help_put(text, "option\t%s\t%s%.1s\t%s%s\t%s\t%s\n", who,
		         row->letter != 0 ? "-" : "", &row->letter,
		         row->name != NULL ? "--" : "",
		         row->name != NULL ? row->name : "", option_row_placeholder(row),
		         row->help);
}

static void describe_subcommand(struct help_text *text, const struct applet *applet,
                                const struct subcommand *subcommand)
{
	char who[64];
	snprintf(who, sizeof who, "%s%s%s", applet->name,
	         subcommand->name != NULL ? " " : "",
	         subcommand->name != NULL ? subcommand->name : "");
	if (subcommand->name != NULL)
		help_put(text, "verb\t%s\t%s\t%s\n", who, subcommand->summary,
		         frontend_text(subcommand->frontends));
	help_put(text, "usage\t%s\t%s ", who, who);
	help_put_usage(text, subcommand);
	help_put(text, "\n");
	describe_options(text, who, option_row_table(subcommand));
	describe_options(text, who, option_row_common);
}

enum status cli_describe(const struct applet *applet)
{
	char buffer[16384];
	struct help_text text = {.at = buffer, .size = sizeof buffer};
	help_put(&text, "applet\t%s\t%s\t%s\n", applet->name, applet->summary,
	         frontend_text(applet->frontends));
	if (applet->self.run != NULL)
		describe_subcommand(&text, applet, &applet->self);
	for (const struct subcommand *const *each = applet->subcommands;
	     each != NULL && *each != NULL; each++)
		describe_subcommand(&text, applet, *each);
	return write_help_text(&text);
}
