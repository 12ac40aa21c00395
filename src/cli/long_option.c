/* SPDX-License-Identifier: MIT */
#include "cli/long_option.h"

#include <string.h>

#include "cli/option_row.h"

void long_options_begin(struct long_options *options, const struct subcommand *subcommand,
                        const struct subcommand *const *subcommands)
{
	*options = (struct long_options){.row = option_row_table(subcommand),
	                                 .subcommands = subcommands};
}

bool long_options_next(struct long_options *options, struct long_option *option)
{
	while (options->row != NULL) {
		const struct option_row *row = options->row++;
		if (option_row_is_end(row)) {
			options->row = options->is_common ? NULL : option_row_common;
			options->is_common = true;
		} else if (row->name != NULL) {
			*option = (struct long_option){.name = row->name, .row = row};
			return true;
		}
	}
	const struct subcommand *const *next = options->subcommands;
	if (next == NULL || *next == NULL || (*next)->name[0] != '-')
		return false;
	options->subcommands++;
	*option = (struct long_option){.name = (*next)->name + 2, .subcommand = *next};
	return true;
}

int long_option_find(struct long_option *found, const struct subcommand *subcommand,
                     const struct subcommand *const *subcommands, const char *name,
                     size_t length)
{
	struct long_options options;
	struct long_option option;
	int count = 0;
	long_options_begin(&options, subcommand, subcommands);
	while (length > 0 && long_options_next(&options, &option)) {
		if (strncmp(option.name, name, length) != 0)
			continue;
		if (option.name[length] == '\0') {
			*found = option;
			return 1;
		}
		if (count++ == 0)
			*found = option;
	}
	return count;
}
