/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/call.h"
#include "base/frontend.h"
#include "cli/cli.h"
#include "cli/combination.h"
#include "cli/help.h"
#include "cli/into.h"
#include "cli/long_option.h"
#include "cli/operand.h"
#include "cli/option_parser.h"
#include "cli/option_row.h"
#include "io/error.h"
#include "io/output.h"
#include "io/suggestion.h"

#ifndef IPCTOOL_VERSION
#define IPCTOOL_VERSION "unknown"
#endif

static bool is_option_word(const char *subcommand_name)
{
	return subcommand_name != NULL && subcommand_name[0] == '-';
}

static enum status check_operand_count(const struct subcommand *subcommand, int argc,
                                       char **argv)
{
	if (argc < subcommand->min_operands) {
		struct operand_name name = operand_name_at(subcommand, argc);
		/* "[TEXT] FILE...": what is optional is not what is missing */
		if (name.text > subcommand->operands && name.text[-1] == '[')
			name = operand_name_at(subcommand, argc + 1);
		bool is_first = argc == 0;
		return error_usage("missing operand %.*s%s%s%s", name.length, name.text,
		                   is_first ? "" : " after '",
		                   is_first ? "" : argv[argc - 1], is_first ? "" : "'");
	}
	if (subcommand->max_operands != OPERANDS_UNLIMITED &&
	    argc > subcommand->max_operands)
		return error_usage("extra operand '%s'", argv[subcommand->max_operands]);
	return STATUS_OK;
}

static enum status print_version(const struct applet *applet)
{
	return output_printf("%s (ipctool) %s\n", applet->name, IPCTOOL_VERSION);
}

static enum status call_subcommand(const struct applet *applet,
                                   const struct subcommand *subcommand, char **argv)
{
	_Alignas(max_align_t) unsigned char options[OPTIONS_SIZE_MAX];
	memset(options, 0, subcommand->size);
	if (subcommand->defaults != NULL)
		memcpy(options, subcommand->defaults, subcommand->size);
	struct option_parser parser = {.subcommand = subcommand,
	                               .self = &applet->self,
	                               .subcommands = applet->subcommands,
	                               .options = options,
	                               .argv = argv};
	enum status status = option_parser_run(&parser);
	if (status == STATUS_OK && parser.help)
		return help_print(applet, subcommand);
	if (status == STATUS_OK && parser.version)
		return print_version(applet);
	/* it is the value of another option */
	if (status == STATUS_OK && is_option_word(subcommand->name) &&
	    !parser.selector_met)
		return call_subcommand(applet, &applet->self, argv);
	char **operands = argv + parser.first;
	int count = 0;
	while (operands[count] != NULL)
		count++;
	if (status == STATUS_OK)
		status = combination_check(subcommand, parser.given, operands);
	if (status == STATUS_OK)
		status = check_operand_count(subcommand, count, operands);
	if (status != STATUS_OK)
		return subcommand->runs_command &&
		               (combination_runs_command(subcommand, operands) ||
		                combination_begins_command(subcommand, parser.given))
		           ? STATUS_RUN_ERROR
		           : status;
	if (!subcommand->handles_sigpipe)
		call_ignore_sigpipe();
	return into_call(subcommand, parser.given, options, count, operands);
}

static const struct subcommand *find_subcommand(const struct applet *applet,
                                                const char *word)
{
	const struct subcommand *const *subcommand = applet->subcommands;
	for (; subcommand != NULL && word != NULL && *subcommand != NULL; subcommand++)
		if (strcmp((*subcommand)->name, word) == 0)
			return *subcommand;
	return NULL;
}

/* A subcommand whose name is a long option is chosen wherever that stands. */
static const struct subcommand *find_subcommand_option(const struct applet *applet,
                                                       char **words)
{
	if (applet->subcommands == NULL || !is_option_word(applet->subcommands[0]->name))
		return NULL;
	char *const *end = operand_find_dashdash(words);
	for (; words < end; words++) {
		struct long_option option;
		if (strncmp(*words, "--", 2) == 0 &&
		    long_option_find(&option, &applet->self, applet->subcommands,
		                     *words + 2, strlen(*words + 2)) == 1 &&
		    option.subcommand != NULL)
			return option.subcommand;
	}
	return NULL;
}

/*
 * "unknown subcommand 'lock': create, wait, post" or with the one that was meant; for
 * NULL "missing subcommand: create, wait, post".
 */
static enum status report_subcommand(const struct applet *applet, const char *word)
{
	const struct subcommand *const *each = applet->subcommands;
	struct suggestion suggestion;
	char all[256] = "";
	size_t used = 0;
	if (word != NULL)
		suggestion_begin(&suggestion, word, strlen(word));
	for (; *each != NULL; each++) {
		if (!option_row_is_offered((*each)->frontends))
			continue;
		if (word != NULL)
			suggestion_consider(&suggestion, (*each)->name,
			                    strlen((*each)->name));
		if (used < sizeof all)
			used += (size_t)snprintf(all + used, sizeof all - used, "%s%s",
			                         used > 0 ? ", " : ": ", (*each)->name);
	}
	if (word == NULL)
		return error_usage("missing subcommand%s", all);
	const char *meant = suggestion_text(&suggestion, "");
	return error_usage("unknown subcommand '%s'%s", word,
	                   *meant != '\0' ? meant : all);
}

/* No subcommand, but one is required: --help, --version or an error. */
static enum status call_without_subcommand(const struct applet *applet, char **argv)
{
	static const struct subcommand none = {.operand_kinds = {OPERAND_COMMAND}};
	struct option_parser parser = {.subcommand = &none, .argv = argv};
	enum status status = option_parser_run(&parser);
	if (status != STATUS_OK)
		return status;
	if (parser.help)
		return help_print(applet, &none);
	if (parser.version)
		return print_version(applet);
	return report_subcommand(applet, argv[parser.first]);
}

enum status cli_call(const struct applet *applet, char **argv)
{
	char **words = argv + 1;
	const struct subcommand *subcommand = find_subcommand_option(applet, words);
	if (subcommand == NULL) {
		subcommand = find_subcommand(applet, words[0]);
		words += subcommand != NULL;
	}
	if (subcommand != NULL && !option_row_is_offered(subcommand->frontends))
		return error_usage(frontend_is_builtin()
		                       ? "'%s' is not available as a builtin"
		                       : "'%s' is available only as a bash builtin",
		                   subcommand->name);
	if (subcommand != NULL)
		return call_subcommand(applet, subcommand, words);
	if (applet->self.run != NULL)
		return call_subcommand(applet, &applet->self, words);
	return call_without_subcommand(applet, words);
}
