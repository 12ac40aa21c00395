/* SPDX-License-Identifier: MIT */
/*
 * pipeline - run commands connected by pipes
 *
 * As popen(3), or pipe(2), fork(2) and dup2(2), in C; with --loop the last command's
 * output is the first one's input too. The exit status is that of bash's pipefail.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "applet.h"
#include "io/error.h"
#include "io/record.h"
#include "io/report.h"
#include "process/pipes.h"
#include "process/supervision.h"
#include "signal/signame.h"

struct pipeline {
	int64_t size;
	bool loop, verbose, json;
	struct supervision_options supervision;
};

static const struct option_row options[] = {
    FLAG(0, "loop", pipeline, loop, 0,
         "connect the output of the last command to the input of the first"),
    SIZE(0, "size", pipeline, size, 0, "SIZE", 1,
         "set the size of each pipe; the kernel rounds it up to a power of 2"),
    FLAG('v', "verbose", pipeline, verbose, 0,
         "report on standard error how each command ended"),
    FLAG('J', "json", pipeline, json, 0,
         "print one JSON object for each command once all have ended"),
    SUPERVISION_OPTIONS(pipeline, supervision),
    END_OF_OPTIONS,
};

static bool pipeline_is_separator(const char *word)
{
	return strcmp(word, ":::") == 0;
}

static int pipeline_count_commands(char **argv)
{
	int count = 1;
	for (; *argv != NULL; argv++)
		count += pipeline_is_separator(*argv);
	return count;
}

/* Each separator becomes the end of an argv. */
static enum status pipeline_split(const struct pipes *pipes, char **argv)
{
	for (int i = 0; i < pipes->count; i++) {
		pipes->commands[i].argv = argv;
		while (*argv != NULL && !pipeline_is_separator(*argv))
			argv++;
		if (argv == pipes->commands[i].argv)
			return error_usage("missing command %s ':::'",
			                   i == 0 ? "before" : "after");
		*argv++ = NULL;
	}
	return STATUS_OK;
}

static void pipeline_report_end(const struct pipes_command *command)
{
	char text[32];
	if (WIFSIGNALED(command->wait_status))
		report_info("%s: Terminated: %s", command->argv[0],
		            signame_description(WTERMSIG(command->wait_status), text));
	else
		report_info("%s: Exit status: %d", command->argv[0],
		            WEXITSTATUS(command->wait_status));
}

static enum status pipeline_print_end(const struct pipes_command *command)
{
	static const struct record_column columns[] = {
	    {"command", 0}, {"status", 0}, {"signal", 0}, {0}};
	struct signame name;
	struct record record;
	record_begin(&record, columns, true);
	record_text(&record, command->argv[0]);
	record_number(&record, status_of_wait(command->wait_status));
	if (WIFSIGNALED(command->wait_status))
		record_text(&record,
		            signame_format(WTERMSIG(command->wait_status), &name));
	else
		record_none(&record);
	return record_end(&record);
}

static enum status pipeline_run_split(const struct pipes *pipes,
                                      const struct pipeline *given)
{
	struct supervision supervision;
	enum status printed = STATUS_OK;
	enum status status = supervision_begin(&supervision, &given->supervision);
	if (status != STATUS_OK)
		return status;
	status = pipes_run(pipes);
	supervision_end();
	if (status != STATUS_OK)
		return status;
	for (int i = 0; i < pipes->count && given->verbose; i++)
		pipeline_report_end(&pipes->commands[i]);
	for (int i = 0; i < pipes->count && given->json && printed == STATUS_OK; i++)
		printed = pipeline_print_end(&pipes->commands[i]);
	return status_first_failure(pipes_status(pipes), printed);
}

static enum status pipeline_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct pipeline *given = opts;
	const int64_t size_max = INT64_C(1) << PIPES_SIZE_MAX_LOG2;
	struct pipes pipes = {.count = pipeline_count_commands(argv),
	                      .loop = given->loop,
	                      .size = given->size};
	if (given->size > size_max)
		return status_before_command(
		    error_usage("a pipe has at most %lld bytes, not %lld",
		                (long long)size_max, (long long)given->size));
	if (pipes.count < 2)
		return status_before_command(
		    error_usage("missing ':::' and a second command"));
	pipes.commands = calloc((size_t)pipes.count, sizeof *pipes.commands);
	if (pipes.commands == NULL)
		return error_as(STATUS_RUN_ERROR,
		                "cannot allocate memory for %d commands", pipes.count);
	enum status status = status_before_command(pipeline_split(&pipes, argv));
	if (status == STATUS_OK)
		status = pipeline_run_split(&pipes, given);
	free(pipes.commands);
	return status;
}

APPLET(pipeline, .summary = "run commands connected by pipes",
       .group = APPLETS_FIFOS_AND_PIPES,
       .example = "pipeline printf '%s\\n' pear apple fig ::: sort ::: head -n 2",
       .self = {.operands = "COMMAND... ::: COMMAND... [::: COMMAND...]...",
                .operand_kinds = {OPERAND_COMMAND},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(pipeline),
                .run = pipeline_run,
                .runs_command = true});
