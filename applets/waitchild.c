/* SPDX-License-Identifier: MIT */
/*
 * waitchild - run a command and report how its process ends
 *
 * An example of fork(2) and waitpid(2): stops and continuations are reported too.
 */
#include "applet.h"
#include "process/supervision.h"
#include "signal/child_watch.h"

struct waitchild {
	bool json;
	struct supervision_options supervision;
	const char *into;
};

static const struct option_row options[] = {
    JSON(waitchild, json, 0),
    INTO(waitchild, into, 0, SHELL_VARIABLE_LINES),
    SUPERVISION_OPTIONS(waitchild, supervision),
    END_OF_OPTIONS,
};

static enum status waitchild_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct waitchild *given = opts;
	struct supervision supervision;
	enum status status = supervision_begin(&supervision, &given->supervision);
	if (status != STATUS_OK)
		return status;
	status = child_watch_run(argv, given->json);
	supervision_end();
	return status;
}

APPLET(waitchild, .summary = "run a command and report how its process ends",
       .group = APPLETS_SIGNALS,
       .example = "waitchild sh -c 'echo working; exit 3'; echo $?",
       .self = {.operands = "COMMAND [ARG...]",
                .operand_kinds = {OPERAND_COMMAND},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(waitchild),
                .run = waitchild_run,
                .runs_command = true});
