/* SPDX-License-Identifier: MIT */
/*
 * sigwatch - print the signals that arrive, their senders and values
 *
 * Or run a command for each, or forward them to a command.
 */
#include <signal.h>

#include "applet.h"
#include "base/ksig.h"
#include "cli/operand.h"
#include "io/readiness.h"
#include "process/exec.h"
#include "process/supervision.h"
#include "signal/map.h"
#include "signal/signame.h"
#include "signal/watch.h"

struct sigwatch {
	struct signal_watch watch; /* without the signals, which are parsed */
	const char *until, *execute, *into;
	struct string_list map;
	struct supervision_options supervision;
};

static const struct sigwatch defaults = {.watch = {.count = INT64_MAX, .ready_fd = -1},
                                         .until = "TERM"};

enum { GROUP_WHAT = 2 };

static const struct option_row options[] = {
    NUMBER('c', "count", sigwatch, watch.count, 0, "N", 1, INT64_MAX,
           "end after N signals", EXCLUDES("COMMAND")),
    TIMEOUT(sigwatch, watch.timeout, EXCLUDES("COMMAND")),
    STRING('u', "until", sigwatch, until, 0, "SIGNAL", "end at SIGNAL",
           .value = OPERAND_SIGNAL, EXCLUDES("COMMAND")),
    JSON(sigwatch, watch.json, GROUP_WHAT),
    STRING('x', "execute", sigwatch, execute, GROUP_WHAT, "COMMAND",
           "run COMMAND by sh -c for each signal instead of printing a line",
           .value = OPERAND_COMMAND, EXCLUDES("COMMAND into")),
    INTO(sigwatch, into, 0, SHELL_VARIABLE_LINES, REQUIRES("count")),
    STRINGS(0, "map", sigwatch, map, 0, "FROM:TO",
            "forward TO for FROM, 0 for nothing: INT:TERM,USR1:0", REQUIRES("COMMAND")),
    SUPERVISION_OPTIONS(sigwatch, supervision, REQUIRES("COMMAND")),
    READINESS_FD(sigwatch, watch.ready_fd),
    END_OF_OPTIONS,
};

/* SIGCHLD for the commands that sigwatch itself runs is watched only if it is named. */
static uint64_t sigwatch_default_set(bool runs_commands)
{
	uint64_t set = ksig_catchable() & ~ksig_bit(SIGCONT);
	return runs_commands ? set & ~ksig_bit(SIGCHLD) : set;
}

static enum status sigwatch_forward(const struct signal_watch *watch,
                                    const struct sigwatch *given, char **operands)
{
	struct supervision supervision;
	struct signal_map map;
	char **command;
	enum status status = exec_parse_optional(&command, operands);
	if (status == STATUS_OK)
		status = signal_map_parse(&map, &given->map);
	if (status == STATUS_OK)
		status = readiness_check(watch->ready_fd);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = supervision_begin(&supervision, &given->supervision);
	if (status != STATUS_OK)
		return status;
	status = signal_watch_forward(watch, &map, command);
	supervision_end();
	return status;
}

static enum status sigwatch_run(const void *opts, int argc, char **argv)
{
	const struct sigwatch *given = opts;
	struct signal_watch watch = given->watch;
	int signals = (int)(operand_find_dashdash(argv) - argv);
	bool has_command = signals < argc;
	enum status status = signame_parse_set(signals, argv, &watch.set);
	if (status == STATUS_OK)
		status = signame_parse_catchable(given->until, &watch.until);
	if (status != STATUS_OK)
		return has_command ? status_before_command(status) : status;
	if (signals == 0)
		watch.set = sigwatch_default_set(has_command || given->execute != NULL);
	watch.show_until = (watch.set & ksig_bit(watch.until)) != 0;

	if (has_command)
		return sigwatch_forward(&watch, given, argv + signals);
	status = readiness_check(watch.ready_fd);
	if (status != STATUS_OK)
		return status;
	if (given->execute != NULL)
		return signal_watch_execute(&watch, given->execute);
	return signal_watch_print(&watch);
}

APPLET(sigwatch, .summary = "print the signals that arrive, their senders and values",
       .group = APPLETS_SIGNALS, .example = "sigwatch -c 1 -t 50ms USR1; echo $?",
       .self = {.operands = "[SIGNAL...] [-- COMMAND [ARG...]]",
                .operand_kinds = {OPERAND_SIGNAL | OPERAND_REPEATED, OPERAND_DASHDASH,
                                  OPERAND_COMMAND},
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(sigwatch),
                .run = sigwatch_run,
                .runs_command = true});
