/*
 * sigwatch - print the signals that come, with who sent them and their values
 *
 * Or run a command for each, or pass them on to a command.
 */
#include <signal.h>
#include <string.h>

#include "applet.h"
#include "io/readiness.h"
#include "io/report.h"
#include "signal/signame.h"
#include "signal/watch.h"

struct sigwatch {
	int64_t count;
	struct patience patience;
	const char *until, *execute;
	bool json;
	int64_t ready_fd;
	struct texts map;
};

static const struct sigwatch defaults = {.count = INT64_MAX, .ready_fd = -1};

enum { GROUP_WHAT = 2 };

static const struct option_row options[] = {
    NUMBER('c', "count", sigwatch, count, 0, "N", 1, INT64_MAX, "end after N signals"),
    TIMEOUT(sigwatch, patience),
    TEXT('u', "until", sigwatch, until, 0, "SIGNAL", "end at SIGNAL (TERM)"),
    JSON(sigwatch, json, GROUP_WHAT),
    TEXT('x', "execute", sigwatch, execute, GROUP_WHAT, "COMMAND",
         "run COMMAND by sh -c for each signal, in place of a line"),
    TEXTS(0, "map", sigwatch, map, 0, "FROM:TO",
          "pass on TO for FROM, 0 for nothing: INT:TERM,USR1:0"),
    READY_FD(sigwatch, ready_fd),
    END_OF_OPTIONS,
};

/* The place of the word before COMMAND, or argc. */
static int find_dashes(int argc, char **argv)
{
	int i = 0;
	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	return i;
}

/* Of its own children only who asks for it hears. */
static uint64_t default_set(bool runs_commands)
{
	uint64_t set = sig_catchable() & ~sig_bit(SIGCONT);
	return runs_commands ? set & ~sig_bit(SIGCHLD) : set;
}

/* -c, -t and -u end the watching, but only the command ends itself. */
static enum status check_command(const struct sigwatch *given, char **command)
{
	if (*command == NULL)
		return usage_error("missing COMMAND after '--'");
	if (given->execute != NULL)
		return usage_error("-x runs a command for each signal: it does not go "
		                   "with one to pass them on to");
	if (given->count != INT64_MAX || given->until != NULL ||
	    given->patience.kind != FOR_EVER)
		return usage_error("-c, -t and -u do not go with a command, whose end "
		                   "ends it all");
	return STATUS_DONE;
}

static enum status forward(const struct sigwatch *given,
                           const struct watch_request *request, char **command)
{
	struct watch_map map;
	enum status status = check_command(given, command);
	if (status == STATUS_DONE)
		status = watch_parse_map(&map, &given->map);
	if (status == STATUS_DONE)
		status = ready_check(given->ready_fd);
	if (status != STATUS_DONE)
		return status_before_command(status);
	return watch_forward(request, &map, command);
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct sigwatch *given = opts;
	struct watch_request request = {.count = given->count,
	                                .patience = given->patience,
	                                .json = given->json,
	                                .ready_fd = given->ready_fd};
	int signals = find_dashes(argc, argv);
	bool command = signals < argc;
	const char *until = given->until != NULL ? given->until : "TERM";
	enum status status = sig_parse_set(signals, argv, &request.set);
	if (status == STATUS_DONE)
		status = sig_parse_catchable(until, &request.until);
	if (status != STATUS_DONE)
		return command ? status_before_command(status) : status;
	if (signals == 0)
		request.set = default_set(command || given->execute != NULL);
	request.show_until = (request.set & sig_bit(request.until)) != 0;

	if (command)
		return forward(given, &request, argv + signals + 1);
	if (given->map.count > 0)
		return usage_error("--map goes with a COMMAND to pass signals on to");
	status = ready_check(given->ready_fd);
	if (status != STATUS_DONE)
		return status;
	if (given->execute != NULL)
		return watch_execute(&request, given->execute);
	return watch_print(&request);
}

APPLET(sigwatch, .summary = "print the signals that come, their senders and values",
       .self = {.operands = "[SIGNAL...] [-- COMMAND [ARG...]]",
                .most_operands = ANY_NUMBER,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(sigwatch),
                .run = run,
                .keeps_dashes = true});
