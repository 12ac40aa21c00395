/*
 * sigmask - show what a process does with signals and which are pending
 *
 * From /proc/PID/status. A process catches and ignores as a whole; each of its threads
 * has its own mask, and signals can be pending for one thread only. See signal(7).
 */
#include <limits.h>

#include "applet.h"
#include "base/value.h"
#include "io/error.h"
#include "signal/procstat_print.h"

struct sigmask {
	bool json;
};

static const struct option_row options[] = {
    JSON(sigmask, json, 0),
    END_OF_OPTIONS,
};

static enum status sigmask_run(const void *opts, int argc, char **argv)
{
	const struct sigmask *given = opts;
	struct value_error reason;
	int64_t process;
	enum status status = STATUS_OK;
	for (int i = 0; i < argc && status == STATUS_OK; i++)
		status = error_unless_valid(
		    argv[i], value_number(argv[i], 1, INT_MAX, &process, &reason));
	if (status != STATUS_OK)
		return status;
	for (int i = 0; i < argc && status != STATUS_SIGPIPE; i++) {
		value_number(argv[i], 1, INT_MAX, &process, &reason);
		status = status_first_failure(
		    status, procstat_print((pid_t)process, given->json));
	}
	return status;
}

/* As a builtin it shows the shell's dispositions: SIGPIPE must not be ignored by it. */
APPLET(sigmask, .summary = "show what a process does with signals and which are pending",
       .group = APPLETS_SIGNALS, .example = "sigmask $!",
       .self = {.operands = "PID...",
                .operand_kinds = {OPERAND_PID | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(sigmask),
                .run = sigmask_run,
                .handles_sigpipe = true});
