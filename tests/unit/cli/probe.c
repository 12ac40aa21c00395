/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <string.h>

struct probe_call probe_call;

static enum status note_call(const char *form, const void *options, int argc, char **argv)
{
	probe_call.calls++;
	probe_call.form = form;
	if (options != NULL)
		probe_call.options = *(const struct probe *)options;
	probe_call.argc = argc;
	probe_call.argv = argv;
	return STATUS_OK;
}

enum { GROUP_COLOR = 2 };

static const struct option_row options[] = {
    WAIT_OPTIONS(probe, timeout),
    JSON(probe, json, 0, EXCLUDES("verbose")),
    VERBOSE(probe, verbose),
    FORCE(probe, force),
    CHOICE('r', "red", color, probe, color, GROUP_COLOR, COLOR_RED, "paint it red"),
    CHOICE(0, "green", color, probe, color, GROUP_COLOR, COLOR_GREEN, "paint it green"),
    NUMBER('c', "count", probe, count, 0, "N", 1, 32767, "stop after N"),
    UNSIGNED('u', NULL, probe, value, 0, "VALUE", "add VALUE"),
    SIZE('s', "size", probe, size, 0, "SIZE", 1, "have SIZE bytes"),
    MODE(probe, mode, "have these permissions"),
    STRING('x', "text", probe, text, 0, "TEXT", "say TEXT",
           .value = OPERAND_SIGNAL | OPERAND_PID),
    STRINGS('w', "word", probe, words, 0, "WORD", "say WORD too"),
    WORD(0, "api", probe, api, 0, "API", "ofd posix flock", "lock by API"),
    RATE(probe, interval, "send at most N messages a second"),
    PROGRESS(probe, progress),
    DURATION(0, "delay", probe, delay, 0, "DURATION", "wait first"),
    STRING(0, "offset", probe, offset, 0, "N", "begin there"),
    STRING(0, "length", probe, length, 0, "N", "end there",
           REQUIRES("offset|size count")),
    END_OF_OPTIONS,
};

static const struct probe defaults = {.count = 7, .mode = {.bits = 0600}};

static enum status probe_run(const void *probe, int argc, char **argv)
{
	return note_call("probe", probe, argc, argv);
}

APPLET(probe, .summary = "take options and operands",
       .self = {.operands = "NAME [WORD...]",
                .operand_kinds = {OPERAND_QUEUE, OPERAND_TEXT | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = 3,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(probe),
                .run = probe_run});

/* ------------------------------------------------------------------ verbs */

static enum status verbs_add_run(const void *probe, int argc, char **argv)
{
	return note_call("add", probe, argc, argv);
}

static enum status verbs_run_run(const void *probe, int argc, char **argv)
{
	(void)probe;
	return note_call("run", NULL, argc, argv);
}

static const struct option_row verbs_add_options[] = {
    JSON(probe, json, 0),
    END_OF_OPTIONS,
};

static const struct subcommand verbs_add = {.name = "add",
                                            .summary = "add a number",
                                            .operands = "N FD",
                                            .operand_kinds = {OPERAND_NUMBER, OPERAND_FD},
                                            .min_operands = 2,
                                            .max_operands = 2,
                                            .options = verbs_add_options,
                                            OPTIONS_OF(probe),
                                            .run = verbs_add_run};

static const struct subcommand verbs_run = {
    .name = "run",
    .summary = "run a command",
    .example = "verbs run x true",
    .operands = "NAME [--] COMMAND [ARGUMENT...]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_COMMAND},
    .min_operands = 2,
    .max_operands = OPERANDS_UNLIMITED,
    .run = verbs_run_run,
    .runs_command = true};

static const struct subcommand verbs_shell = {.name = "shell",
                                              .summary = "hold it",
                                              .run = verbs_run_run,
                                              .frontends = FRONTEND_BUILTIN};

APPLET(verbs, .summary = "have verbs", .group = APPLETS_FIFOS_AND_PIPES,
       .example = "verbs add 1 3",
       .subcommands = (const struct subcommand *const[]){&verbs_add, &verbs_run,
                                                         &verbs_shell, NULL});

/* ------------------------------------------------- a form that an option selects */

static enum status selector_self_run(const void *probe, int argc, char **argv)
{
	return note_call("self", probe, argc, argv);
}

static enum status selector_exec_run(const void *probe, int argc, char **argv)
{
	return note_call("--exec", probe, argc, argv);
}

static const struct option_row selector_self_options[] = {
    JSON(probe, json, 0, EXCLUDES("COMMAND")),
    END_OF_OPTIONS,
};

static const struct option_row selector_exec_options[] = {
    NUMBER('c', "count", probe, count, 0, "N", 1, 9, "run N of them"),
    END_OF_OPTIONS,
};

static const struct subcommand selector_exec = {
    .name = "--exec",
    .summary = "run a command for each",
    .operands = "NAME COMMAND",
    .operand_kinds = {OPERAND_QUEUE, OPERAND_COMMAND},
    .min_operands = 2,
    .max_operands = OPERANDS_UNLIMITED,
    .options = selector_exec_options,
    OPTIONS_OF(probe),
    .run = selector_exec_run,
    .runs_command = true};

APPLET(selector, .summary = "have a form of its own for commands",
       .self = {.operands = "NAME [-- COMMAND]",
                .operand_kinds = {OPERAND_QUEUE, OPERAND_DASHDASH, OPERAND_COMMAND},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = selector_self_options,
                OPTIONS_OF(probe),
                .run = selector_self_run,
                .runs_command = true},
       .subcommands = (const struct subcommand *const[]){&selector_exec, NULL});

/* ----------------------------------------------- numbers and signals after a dash */

static enum status signals_run(const void *probe, int argc, char **argv)
{
	return note_call("signals", probe, argc, argv);
}

static bool is_signal(const char *value)
{
	return strcmp(value, "9") == 0 || strcmp(value, "KILL") == 0;
}

static const struct option_row signals_options[] = {
    STRING('x', "text", probe, text, 0, "SIGNAL", "send it", .value = OPERAND_SIGNAL),
    FLAG('K', NULL, probe, json, 0, "an option with the first letter of a signal"),
    FLAG(0, "red", probe, verbose, 0, "an option with which another one begins"),
    FLAG(0, "reddish", probe, force, 0, "the other one"),
    END_OF_OPTIONS,
};

APPLET(signals, .summary = "have -SIGNAL",
       .self = {.operands = "[-SIGNAL] PID...",
                .operand_kinds = {OPERAND_PID | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = signals_options,
                OPTIONS_OF(probe),
                .run = signals_run,
                .unknown_option_hint = "a signal is -SIGNAL",
                .is_dash_value = is_signal,
                .dash_letter = 'x'});

/* ------------------------------------------- a COMMAND after operands without limit */

static enum status repeats_run(const void *probe, int argc, char **argv)
{
	return note_call("repeats", probe, argc, argv);
}

APPLET(repeats, .summary = "run a command after any number of names",
       .self = {.operands = "[NAME...] [-- COMMAND]",
                .operand_kinds = {OPERAND_QUEUE | OPERAND_REPEATED, OPERAND_DASHDASH,
                                  OPERAND_COMMAND},
                .max_operands = OPERANDS_UNLIMITED,
                .options = selector_self_options,
                OPTIONS_OF(probe),
                .run = repeats_run,
                .runs_command = true});
