/*
 * What an option table tells: usage, help, description.
 */
#include <stdarg.h>
#include <stdio.h>

#include "cli/option.h"
#include "cli/option_rows.h"
#include "io/output.h"

struct text {
	char *at;
	size_t size, length;
};

static void put(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct text *text, const char *format, ...)
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

static void put_usage_row(struct text *text, const struct option_row *row)
{
	if (row->letter != 0)
		put(text, "-%c", row->letter);
	else
		put(text, "--%s", row->name);
	put(text, "%s%s",
	    !row_takes_value(row) ? ""
	    : row->letter != 0    ? " "
	                          : "=",
	    row_placeholder(row));
}

/* Is this the first row of its group? Rows of no group stand alone. */
static bool leads_group(const struct option_row *rows, const struct option_row *row)
{
	for (; rows < row; rows++)
		if (row->group != 0 && rows->group == row->group)
			return false;
	return true;
}

static void put_usage(struct text *text, const struct form *form)
{
	const struct option_row *rows = rows_of(form);
	const char *gap = "";
	for (const struct option_row *row = rows; !row_is_end(row); row++) {
		if (!leads_group(rows, row))
			continue;
		put(text, "%s[", gap);
		put_usage_row(text, row);
		for (const struct option_row *other = row + 1; !row_is_end(other);
		     other++) {
			if (row->group == 0 || other->group != row->group)
				continue;
			put(text, " | ");
			put_usage_row(text, other);
		}
		put(text, "]");
		gap = " ";
	}
	if (form->operands != NULL)
		put(text, "%s%s", gap, form->operands);
}

size_t form_usage(const struct form *form, char *buffer, size_t size)
{
	struct text text = {.at = buffer, .size = size};
	put_usage(&text, form);
	return text.length;
}

static void put_options(struct text *text, const struct option_row *row)
{
	for (; !row_is_end(row); row++) {
		char left[64];
		snprintf(
		    left, sizeof left, "  %c%c%s%s%s%s%s", row->letter != 0 ? '-' : ' ',
		    row->letter != 0 ? row->letter : ' ',
		    row->letter != 0 && row->name != NULL ? ", " : "  ",
		    row->name != NULL ? "--" : "", row->name != NULL ? row->name : "",
		    !row_takes_value(row) ? ""
		    : row->name != NULL   ? "="
		                          : " ",
		    row_placeholder(row));
		put(text, "%-26s %s\n", left, row->help);
	}
}

static void put_form_help(struct text *text, const struct applet *applet,
                          const struct form *form)
{
	put(text, "Usage: %s%s%s ", applet->name, form->name != NULL ? " " : "",
	    form->name != NULL ? form->name : "");
	put_usage(text, form);
	put(text, "\n");
}

static char capital(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static void put_summary(struct text *text, const char *summary)
{
	put(text, "%c%s.\n", capital(summary[0]), summary + 1);
}

static void put_verb_list(struct text *text, const struct applet *applet)
{
	for (const struct form *verb = applet->verbs; verb->name != NULL; verb++) {
		put_form_help(text, applet, verb);
		put(text, "         %c%s.\n", capital(verb->summary[0]),
		    verb->summary + 1);
	}
}

static void put_applet_help(struct text *text, const struct applet *applet)
{
	if (applet->self.run != NULL)
		put_form_help(text, applet, &applet->self);
	if (applet->verbs != NULL)
		put_verb_list(text, applet);
	put_summary(text, applet->summary);
	put(text, "\n");
	if (applet->self.run != NULL)
		put_options(text, rows_of(&applet->self));
	put_options(text, option_common_rows);
	if (applet->verbs != NULL && applet->verbs[0].name[0] == '-')
		put(text, "\n'%s %s --help' tells the options beside %s.\n", applet->name,
		    applet->verbs[0].name, applet->verbs[0].name);
	else if (applet->verbs != NULL)
		put(text, "\n'%s VERB --help' tells the options of a verb.\n",
		    applet->name);
}

static void put_verb_help(struct text *text, const struct applet *applet,
                          const struct form *form)
{
	put_form_help(text, applet, form);
	put_summary(text, form->summary);
	put(text, "\n");
	put_options(text, rows_of(form));
	put_options(text, option_common_rows);
}

size_t applet_help(const struct applet *applet, char *buffer, size_t size)
{
	struct text text = {.at = buffer, .size = size};
	put_applet_help(&text, applet);
	return text.length;
}

static enum status write_text(const struct text *text)
{
	return output_write(text->at,
	                    text->length < text->size ? text->length : text->size);
}

enum status option_print_help(const struct applet *applet, const struct form *form)
{
	char buffer[8192];
	struct text text = {.at = buffer, .size = sizeof buffer};
	if (form->name != NULL)
		put_verb_help(&text, applet, form);
	else
		put_applet_help(&text, applet);
	return write_text(&text);
}

static const char *front_ends_text(enum front_end where)
{
	return where == BOTH_FRONT_ENDS ? "both"
	       : where == PROGRAM_ONLY  ? "program"
	                                : "builtin";
}

static void describe_options(struct text *text, const char *who,
                             const struct option_row *row)
{
	for (; !row_is_end(row); row++)
		put(text, "option\t%s\t%s%.1s\t%s%s\t%s\t%s\n", who,
		    row->letter != 0 ? "-" : "", &row->letter,
		    row->name != NULL ? "--" : "", row->name != NULL ? row->name : "",
		    row_placeholder(row), row->help);
}

static void describe_form(struct text *text, const struct applet *applet,
                          const struct form *form)
{
	char who[64];
	snprintf(who, sizeof who, "%s%s%s", applet->name, form->name != NULL ? " " : "",
	         form->name != NULL ? form->name : "");
	if (form->name != NULL)
		put(text, "verb\t%s\t%s\t%s\n", who, form->summary,
		    front_ends_text(form->front_ends));
	put(text, "usage\t%s\t%s ", who, who);
	put_usage(text, form);
	put(text, "\n");
	describe_options(text, who, rows_of(form));
	describe_options(text, who, option_common_rows);
}

enum status applet_describe(const struct applet *applet)
{
	char buffer[16384];
	struct text text = {.at = buffer, .size = sizeof buffer};
	put(&text, "applet\t%s\t%s\t%s\n", applet->name, applet->summary,
	    front_ends_text(applet->front_ends));
	if (applet->self.run != NULL)
		describe_form(&text, applet, &applet->self);
	for (const struct form *verb = applet->verbs; verb != NULL && verb->name != NULL;
	     verb++)
		describe_form(&text, applet, verb);
	return write_text(&text);
}
