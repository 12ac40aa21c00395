/*
 * Looking at the rows of an option table: for cli/cli.c, which reads words by them,
 * and cli/help.c, which tells of them.
 */
#ifndef CLI_OPTION_ROW_H
#define CLI_OPTION_ROW_H

#include <stdbool.h>

#include "applet.h"

/* Every form has these two beside its own: help, version. */
extern const struct option_row option_row_common[];

/* "--help" of a form, or of the applet where the form has no name. */
enum status cli_print_help(const struct applet *applet,
                           const struct subcommand *subcommand);

static inline const struct option_row *
option_row_table(const struct subcommand *subcommand)
{
	static const struct option_row none[] = {END_OF_OPTIONS};
	return subcommand->options != NULL ? subcommand->options : none;
}

static inline bool option_row_is_end(const struct option_row *row)
{
	return row->letter == 0 && row->name == NULL;
}

static inline const char *option_row_placeholder(const struct option_row *row)
{
	return row->placeholder != NULL ? row->placeholder : "";
}

/* False too where it may be left out: then it stands behind an equals sign only. */
static inline bool option_row_takes_value(const struct option_row *row)
{
	return row->placeholder != NULL && row->placeholder[0] != '[';
}

#endif
