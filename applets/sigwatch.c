/*
 * sigwatch - print the signals that come, with who sent them and their values
 *
 * Or run a command for each, or pass them on to a command.
 */
#include <signal.h>
#include <string.h>

#include "applet.h"
#include "io/error.h"
#include "io/readiness.h"
#include "signal/signame.h"
#include "signal/watch.h"

struct sigwatch {
	int64_t count;
	struct timeout timeout;
	const char *until, *execute;
	bool json;
	int64_t ready_fd;
	struct string_list map;
};

static const struct sigwatch defaults = {
    .count = INT64_MAX, .until = "TERM", .ready_fd = -1};

enum { GROUP_WHAT = 2 };

static const struct option_row options[] = {
    NUMBER('c', "count", sigwatch, count, 0, "N", 1, INT64_MAX, "end after N signals",
           .excludes = "COMMAND"),
    TIMEOUT(sigwatch, timeout, .excludes = "COMMAND"),
    STRING('u', "until", sigwatch, until, 0, "SIGNAL", "end at SIGNAL",
           .value = OPERAND_SIGNAL, .excludes = "COMMAND"),
    JSON(sigwatch, json, GROUP_WHAT),
    STRING('x', "execute", sigwatch, execute, GROUP_WHAT, "COMMAND",
           "run COMMAND by sh -c for each signal, in place of a line",
           .value = OPERAND_COMMAND, .excludes = "COMMAND"),
    STRINGS(0, "map", sigwatch, map, 0, "FROM:TO",
            "pass on TO for FROM, 0 for nothing: INT:TERM,USR1:0", .requires = "COMMAND"),
    READINESS_FD(sigwatch, ready_fd),
    END_OF_OPTIONS,
};

/* The place of the word before COMMAND, or argc. */
static int sigwatch_find_dashdash(int argc, char **argv)
{
	int i = 0;
	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	return i;
}

/* Of its own children only who asks for it hears. */
static uint64_t sigwatch_default_set(bool runs_commands)
{
	uint64_t set = ksig_catchable() & ~ksig_bit(SIGCONT);
	return runs_commands ? set & ~ksig_bit(SIGCHLD) : set;
}

static enum status sigwatch_forward(const struct sigwatch *given,
                                    const struct signal_watch *request, char **command)
{
	struct signal_watch_map map;
	enum status status = *command != NULL ? signal_watch_parse_map(&map, &given->map)
	                                      : error_usage("missing COMMAND after '--'");
	if (status == STATUS_OK)
		status = readiness_check(given->ready_fd);
	if (status != STATUS_OK)
		return status_before_command(status);
	return signal_watch_forward(request, &map, command);
}

static enum status sigwatch_run(const void *opts, int argc, char **argv)
{
	const struct sigwatch *given = opts;
	struct signal_watch request = {.count = given->count,
	                               .timeout = given->timeout,
	                               .json = given->json,
	                               .ready_fd = given->ready_fd};
	int signals = sigwatch_find_dashdash(argc, argv);
	bool command = signals < argc;
	enum status status = signame_parse_set(signals, argv, &request.set);
	if (status == STATUS_OK)
		status = signame_parse_catchable(given->until, &request.until);
	if (status != STATUS_OK)
		return command ? status_before_command(status) : status;
	if (signals == 0)
		request.set = sigwatch_default_set(command || given->execute != NULL);
	request.show_until = (request.set & ksig_bit(request.until)) != 0;

	if (command)
		return sigwatch_forward(given, &request, argv + signals + 1);
	status = readiness_check(given->ready_fd);
	if (status != STATUS_OK)
		return status;
	if (given->execute != NULL)
		return signal_watch_execute(&request, given->execute);
	return signal_watch_print(&request);
}

APPLET(sigwatch, .summary = "print the signals that come, their senders and values",
       .self = {.operands = "[SIGNAL...] [-- COMMAND [ARG...]]",
                .operand_kinds = {OPERAND_SIGNAL | OPERAND_REPEATED, OPERAND_DASHDASH,
                                  OPERAND_COMMAND},
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(sigwatch),
                .run = sigwatch_run,
                .runs_command = true,
                .keep_dashdash = true});
