/* SPDX-License-Identifier: MIT */
/*
 * sigmask - show what a process does with signals, or run a command with others
 *
 * A process is shown from /proc/PID/status: it catches and ignores as a whole; each of
 * its threads has its own mask, and signals can be pending for one thread only. A command
 * inherits the mask and what is ignored. See signal(7).
 */
#include <limits.h>
#include <string.h>

#include "applet.h"
#include "base/value.h"
#include "io/error.h"
#include "signal/inherited.h"
#include "signal/procstat_print.h"

struct sigmask {
	const char *block, *ignore, *standard;
	bool json;
};

static const struct option_row options[] = {
    JSON(sigmask, json, 0, EXCLUDES("COMMAND")),
    STRING(0, "block", sigmask, block, 0, "LIST",
           "run COMMAND with these signals blocked: INT,USR1 or all",
           .value = OPERAND_SIGNAL, EXCLUDES("json")),
    STRING(0, "ignore", sigmask, ignore, 0, "LIST",
           "run COMMAND so that it ignores these signals", .value = OPERAND_SIGNAL,
           EXCLUDES("json")),
    STRING(0, "default", sigmask, standard, 0, "LIST",
           "run COMMAND with the default action of these signals",
           .value = OPERAND_SIGNAL, EXCLUDES("json")),
    END_OF_OPTIONS,
};

static enum status sigmask_show(char **pids, bool json)
{
	struct value_error reason;
	int64_t process;
	enum status status = STATUS_OK;
	for (char **pid = pids; *pid != NULL && status == STATUS_OK; pid++)
		status = error_unless_valid(
		    *pid, value_number(*pid, 1, INT_MAX, &process, &reason));
	if (status != STATUS_OK)
		return status;
	for (char **pid = pids; *pid != NULL && status != STATUS_SIGPIPE; pid++) {
		value_number(*pid, 1, INT_MAX, &process, &reason);
		status =
		    status_first_failure(status, procstat_print((pid_t)process, json));
	}
	return status;
}

static enum status sigmask_execute(const struct sigmask *given, char **command)
{
	struct signal_inherited inherited;
	if (*command == NULL)
		return error_usage("missing COMMAND");
	enum status status = signal_inherited_parse(given->block, &inherited.block);
	if (status == STATUS_OK)
		status = signal_inherited_parse(given->ignore, &inherited.ignore);
	if (status == STATUS_OK)
		status = signal_inherited_parse(given->standard, &inherited.standard);
	if (status == STATUS_OK && (inherited.ignore & inherited.standard) != 0)
		status = error_usage("a signal is in both --ignore and --default");
	return status == STATUS_OK ? signal_inherited_run(&inherited, command)
	                           : status_before_command(status);
}

static enum status sigmask_run(const void *opts, int argc, char **argv)
{
	const struct sigmask *given = opts;
	bool dashdash = argc > 0 && strcmp(argv[0], "--") == 0;
	if (dashdash || given->block != NULL || given->ignore != NULL ||
	    given->standard != NULL)
		return sigmask_execute(given, argv + dashdash);
	return argc > 0 ? sigmask_show(argv, given->json)
	                : error_usage("missing operand PID");
}

/* As a builtin it shows the shell's dispositions: SIGPIPE must not be ignored by it. */
APPLET(sigmask,
       .summary = "show what a process does with signals, or run a command with others",
       .group = APPLETS_SIGNALS, .example = "sigmask $!",
       .self = {.operands = "[PID...] [-- COMMAND [ARG...]]",
                .operand_kinds = {OPERAND_PID | OPERAND_REPEATED, OPERAND_DASHDASH,
                                  OPERAND_COMMAND},
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(sigmask),
                .run = sigmask_run,
                .command_options = "block ignore default",
                .unknown_option_hint = "options of COMMAND stand after a --",
                .handles_sigpipe = true,
                .runs_command = true});
