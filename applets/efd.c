/* SPDX-License-Identifier: MIT */
/*
 * efd - add to and read from eventfds
 *
 * An eventfd is a counter behind a descriptor, and lives as long as a process has it
 * open: `run` passes one to a command and all that it starts, `open` to a shell, and
 * `serve` to processes that ask for it by name. The other subcommands reach it by its
 * number, or by that name. See eventfd(2).
 */
#include <limits.h>

#include "applet.h"
#include "eventfd/command.h"
#include "eventfd/example.h"

/* ------------------------------------------------------------------- efd N... */

struct efd {
	bool verbose;
};

static const struct option_row example_options[] = {
    VERBOSE(efd, verbose),
    END_OF_OPTIONS,
};

static enum status efd_example_run(const void *opts, int argc, char **argv)
{
	const struct efd *given = opts;
	return eventfd_example(argv, argc, given->verbose);
}

/* -------------------------------------------------------- run, open and serve */

#define COUNTER_OPTIONS                                                                  \
	UNSIGNED('i', "initial", eventfd_attributes, initial, 0, "INIT",                 \
	         "the initial value of the counter"),                                    \
	    FLAG('s', "semaphore", eventfd_attributes, semaphore, 0,                     \
	         "a semaphore: each read subtracts 1 (EFD_SEMAPHORE)")

#define DESCRIPTOR_OPTIONS                                                               \
	COUNTER_OPTIONS,                                                                 \
	    FLAG('n', "nonblock", eventfd_attributes, nonblock, 0,                       \
	         "read(2) and write(2) on it never wait (EFD_NONBLOCK)"),                \
	    NUMBER('f', "fd", eventfd_attributes, fd, 0, "FD",                           \
	           EVENTFD_LOWEST_FOR_COMMAND, INT_MAX,                                  \
	           "the number of the descriptor, which must be free")

static const struct option_row run_options[] = {
    DESCRIPTOR_OPTIONS,
    END_OF_OPTIONS,
};

static const struct option_row open_options[] = {
    DESCRIPTOR_OPTIONS,
    FLAG(0, "cloexec", eventfd_attributes, cloexec, 0,
         "the commands of the shell do not inherit it (EFD_CLOEXEC)"),
    END_OF_OPTIONS,
};

static enum status efd_run_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	return eventfd_command_run(argv, opts);
}

static const struct subcommand efd_run_subcommand = {
    .name = "run",
    .summary = "run a command that has an eventfd open, its number in $EFD",
    .operands = "[--] COMMAND [ARG...]",
    .operand_kinds = {OPERAND_COMMAND},
    .min_operands = 1,
    .max_operands = OPERANDS_UNLIMITED,
    .options = run_options,
    OPTIONS_OF(eventfd_attributes),
    .run = efd_run_run,
    .runs_command = true,
};

static enum status efd_open_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	return eventfd_command_open(argv, opts);
}

static const struct subcommand efd_open_subcommand = {
    .name = "open",
    .summary = "create an eventfd in the shell, its number in VAR",
    .example = "efd open done",
    .operands = "VAR",
    .operand_kinds = {OPERAND_VARIABLE},
    .min_operands = 1,
    .max_operands = 1,
    .options = open_options,
    OPTIONS_OF(eventfd_attributes),
    .run = efd_open_run,
    .frontends = FRONTEND_BUILTIN,
};

static const struct option_row serve_options[] = {
    COUNTER_OPTIONS,
    END_OF_OPTIONS,
};

static enum status efd_serve_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	return eventfd_command_serve(argv, opts);
}

static const struct subcommand efd_serve_subcommand = {
    .name = "serve",
    .summary = "serve an eventfd under a name, to processes that ask for it",
    .example = "efd serve -i 2 arrivals & server=$!",
    .operands = "NAME",
    .operand_kinds = {OPERAND_EVENTFD},
    .min_operands = 1,
    .max_operands = 1,
    .options = serve_options,
    OPTIONS_OF(eventfd_attributes),
    .run = efd_serve_run,
};

/* ------------------------------------------------- add, read, wait and peek */

struct efd_wait {
	struct timeout timeout;
	bool json;
	const char *into;
};

static const struct option_row wait_options[] = {
    WAIT_OPTIONS(efd_wait, timeout),
    END_OF_OPTIONS,
};

static enum status efd_add_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_wait *given = opts;
	return eventfd_command_add(argv, given->timeout);
}

static const struct subcommand efd_add_subcommand = {
    .name = "add",
    .summary = "add N to the counter",
    .example = "(efd add 3 arrivals)",
    .operands = "N [FD]",
    .operand_kinds = {OPERAND_NUMBER, OPERAND_FD | OPERAND_EVENTFD},
    .min_operands = 1,
    .max_operands = 2,
    .options = wait_options,
    OPTIONS_OF(efd_wait),
    .run = efd_add_run,
    .handles_sigpipe = true,
};

static const struct option_row read_options[] = {
    WAIT_OPTIONS(efd_wait, timeout),
    INTO(efd_wait, into, 0, SHELL_VARIABLE_LINES),
    END_OF_OPTIONS,
};

static enum status efd_read_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_wait *given = opts;
	return eventfd_command_read(argv, given->timeout);
}

static const struct subcommand efd_read_subcommand = {
    .name = "read",
    .summary = "print the counter and reset it to 0; of a semaphore subtract 1",
    .example = "efd read arrivals",
    .operands = "[FD]",
    .operand_kinds = {OPERAND_FD | OPERAND_EVENTFD},
    .max_operands = 1,
    .options = read_options,
    OPTIONS_OF(efd_wait),
    .run = efd_read_run,
    .handles_sigpipe = true,
};

static enum status efd_wait_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_wait *given = opts;
	return eventfd_command_wait(argv, given->timeout);
}

static const struct subcommand efd_wait_subcommand = {
    .name = "wait",
    .summary = "wait until the counter is not 0, without reading it",
    .operands = "[FD]",
    .operand_kinds = {OPERAND_FD | OPERAND_EVENTFD},
    .max_operands = 1,
    .options = wait_options,
    OPTIONS_OF(efd_wait),
    .run = efd_wait_run,
    .handles_sigpipe = true,
};

static const struct option_row peek_options[] = {
    JSON(efd_wait, json, 0),
    INTO(efd_wait, into, 0, SHELL_VARIABLE_LINES),
    END_OF_OPTIONS,
};

static enum status efd_peek_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_wait *given = opts;
	return eventfd_command_peek(argv, given->json);
}

static const struct subcommand efd_peek_subcommand = {
    .name = "peek",
    .summary = "print the counter without reading it",
    .example = "efd peek $!:7",
    .operands = "[FD]",
    .operand_kinds = {OPERAND_FD | OPERAND_EVENTFD},
    .max_operands = 1,
    .options = peek_options,
    OPTIONS_OF(efd_wait),
    .run = efd_peek_run,
    .handles_sigpipe = true,
};

static const struct subcommand *const subcommands[] = {
    &efd_run_subcommand,  &efd_add_subcommand,
    &efd_read_subcommand, &efd_wait_subcommand,
    &efd_peek_subcommand, &efd_serve_subcommand,
    &efd_open_subcommand, NULL,
};

APPLET(efd, .summary = "add to and read from eventfds", .group = APPLETS_EVENTS,
       .example = "efd run -f 7 -i 5 sh job",
       .self = {.operands = "N...",
                .operand_kinds = {OPERAND_NUMBER | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = example_options,
                OPTIONS_OF(efd),
                .run = efd_example_run},
       .subcommands = subcommands);
