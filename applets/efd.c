/*
 * efd - add to and read from eventfds
 *
 * An eventfd is a counter behind a descriptor, and lives as long as a process has it
 * open: `run` gives one to a command and all that it starts, `open` to a shell, and
 * `serve` to all who ask for it by name. The other verbs reach it by its number, or by
 * that name. See eventfd(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "applet.h"
#include "base/fd.h"
#include "base/frontend.h"
#include "eventfd/eventfd.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"
#include "process/child.h"

/* Numbers that a script writes down are lower: bash's own {VAR}> begins there too. */
enum { FIRST_FOR_COMMAND = 3 };

static enum status efd_parse_amount(const char *text, uint64_t *n)
{
	const char *wrong = value_unsigned(text, n);
	if (wrong == NULL && *n > eventfd_max)
		wrong = "more than 18446744073709551614";
	return wrong != NULL ? error_usage("'%s' is %s", text, wrong) : STATUS_OK;
}

/* ------------------------------------------------------------------- efd N... */

struct efd {
	bool verbose;
};

static const struct option_row sum_options[] = {
    VERBOSE(efd, verbose),
    END_OF_OPTIONS,
};

static enum status efd_parse_amounts(uint64_t *numbers, int count, char **texts)
{
	uint64_t sum = 0;
	enum status status = STATUS_OK;
	for (int i = 0; i < count && status == STATUS_OK; i++) {
		status = efd_parse_amount(texts[i], &numbers[i]);
		if (status == STATUS_OK &&
		    (__builtin_add_overflow(sum, numbers[i], &sum) || sum > eventfd_max))
			status = error_usage("the sum is more than 18446744073709551614: "
			                     "the child would wait for ever");
	}
	return status;
}

static enum status efd_sum(const void *opts, int argc, char **argv)
{
	const struct efd *given = opts;
	if (argv[0][0] < '0' || argv[0][0] > '9')
		return error_usage("'%s' is neither a number nor a verb", argv[0]);
	uint64_t result = 0, *numbers = calloc((size_t)argc, sizeof *numbers);
	if (numbers == NULL)
		return error_errno("%d numbers", argc);
	enum status status = efd_parse_amounts(numbers, argc, argv);
	if (status == STATUS_OK)
		status = eventfd_sum_in_child(numbers, argc, given->verbose, &result);
	free(numbers);
	if (status == STATUS_OK)
		status = output_number(result);
	return status;
}

/* -------------------------------------------------------- serve, run and open */

struct efd_serve {
	uint64_t initial;
	bool semaphore;
};

static const struct option_row serve_options[] = {
    UNSIGNED('i', "initial", efd_serve, initial, 0, "INIT",
             "begin with the counter at INIT (0)"),
    FLAG('s', "semaphore", efd_serve, semaphore, 0,
         "a semaphore: each read takes 1 (EFD_SEMAPHORE)"),
    END_OF_OPTIONS,
};

static enum status efd_check_initial(uint64_t initial)
{
	if (initial <= eventfd_max)
		return STATUS_OK;
	return error_usage("option '-i': '%llu' is more than %llu",
	                   (unsigned long long)initial, (unsigned long long)eventfd_max);
}

static enum status efd_serve_name(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_serve *given = opts;
	struct eventfd_attributes attributes = {.initial = given->initial,
	                                        .semaphore = given->semaphore};
	enum status status = efd_check_initial(given->initial);
	return status == STATUS_OK ? eventfd_serve(&attributes, argv[0]) : status;
}

static const struct subcommand efd_serve_subcommand = {
    .name = "serve",
    .summary = "keep an eventfd under a name, for all who ask for it",
    .operands = "NAME",
    .operand_kinds = {OPERAND_EVENTFD},
    .min_operands = 1,
    .max_operands = 1,
    .options = serve_options,
    OPTIONS_OF(efd_serve),
    .run = efd_serve_name,
};

struct efd_create {
	uint64_t initial;
	bool semaphore, nonblock;
	int64_t fd;
};

static const struct option_row create_options[] = {
    UNSIGNED('i', "initial", efd_create, initial, 0, "INIT",
             "begin with the counter at INIT (0)"),
    FLAG('s', "semaphore", efd_create, semaphore, 0,
         "a semaphore: each read takes 1 (EFD_SEMAPHORE)"),
    FLAG('n', "nonblock", efd_create, nonblock, 0,
         "plain reads and writes of it never wait (EFD_NONBLOCK)"),
    NUMBER('f', "fd", efd_create, fd, 0, "FD", FIRST_FOR_COMMAND, INT_MAX,
           "at this number, which must be free"),
    END_OF_OPTIONS,
};

static enum status efd_create_at(int *fd, const struct efd_create *given, int from)
{
	enum status status = efd_check_initial(given->initial);
	if (status != STATUS_OK)
		return status;
	struct eventfd_attributes attributes = {.initial = given->initial,
	                                        .semaphore = given->semaphore,
	                                        .nonblock = given->nonblock};
	int wanted = (int)given->fd;
	status = eventfd_create(fd, &attributes, wanted != 0 ? wanted : from);
	if (status == STATUS_OK && wanted != 0 && *fd != wanted) {
		close(*fd);
		return error_as(STATUS_FAILED, "descriptor %d is open already", wanted);
	}
	return status;
}

/* In the process that becomes the command. */
static bool efd_export(void *argument)
{
	int fd = *(const int *)argument;
	char number[16];
	snprintf(number, sizeof number, "%d", fd);
	if (fcntl(fd, F_SETFD, 0) == 0 && setenv("EFD", number, 1) == 0)
		return true;
	error_errno("descriptor %d", fd);
	return false;
}

static enum status efd_run_command(const void *opts, int argc, char **argv)
{
	(void)argc;
	int fd = -1;
	enum status status = efd_create_at(&fd, opts, FIRST_FOR_COMMAND);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = child_run(argv, efd_export, &fd);
	close(fd);
	return status;
}

static const struct subcommand efd_run_subcommand = {
    .name = "run",
    .summary = "run a command that has an eventfd open, its number in $EFD",
    .operands = "[--] COMMAND [ARG...]",
    .operand_kinds = {OPERAND_COMMAND},
    .min_operands = 1,
    .max_operands = OPERANDS_UNLIMITED,
    .options = create_options,
    OPTIONS_OF(efd_create),
    .run = efd_run_command,
    .runs_command = true,
};

static bool efd_is_identifier(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (!(*p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		      (p > text && *p >= '0' && *p <= '9')))
			return false;
	return *text != '\0';
}

static enum status efd_open_in_shell(const void *opts, int argc, char **argv)
{
	(void)argc;
	int fd = -1;
	char number[16];
	if (!efd_is_identifier(argv[0]))
		return error_usage("'%s' is not the name of a variable", argv[0]);
	enum status status = efd_create_at(&fd, opts, FD_LOWEST_FOR_SHELL);
	if (status != STATUS_OK)
		return status;
	snprintf(number, sizeof number, "%d", fd);
	if (fcntl(fd, F_SETFD, 0) == 0 && frontend_set_variable(argv[0], number) == 0)
		return STATUS_OK;
	status = errno == EROFS
	             ? error_as(STATUS_FAILED, "%s: readonly variable", argv[0])
	             : error_errno("%s", argv[0]);
	close(fd);
	return status;
}

static const struct subcommand efd_open_subcommand = {
    .name = "open",
    .summary = "make an eventfd in the shell, its number in VAR",
    .operands = "VAR",
    .operand_kinds = {OPERAND_VARIABLE},
    .min_operands = 1,
    .max_operands = 1,
    .options = create_options,
    OPTIONS_OF(efd_create),
    .run = efd_open_in_shell,
    .frontends = FRONTEND_BUILTIN,
};

/* ------------------------------------------------- add, read, wait and peek */

struct efd_wait {
	struct timeout timeout;
};

static const struct option_row wait_options[] = {
    WAIT_OPTIONS(efd_wait, timeout),
    END_OF_OPTIONS,
};

/* Reach the eventfd, act on it, let go of it. fd is NULL where it is not given. */
static enum status efd_act(const void *opts, const char *fd,
                           enum status (*action)(const struct eventfd *event,
                                                 const struct deadline *deadline))
{
	const struct efd_wait *given = opts;
	struct eventfd event;
	struct deadline deadline = deadline_start(given->timeout);
	enum status status = eventfd_open(&event, fd);
	if (status != STATUS_OK)
		return status;
	status = action(&event, &deadline);
	eventfd_close(&event);
	return status;
}

static enum status efd_read_counter(const void *opts, int argc, char **argv)
{
	(void)argc;
	return efd_act(opts, argv[0], eventfd_read_and_print);
}

static const struct subcommand efd_read_subcommand = {
    .name = "read",
    .summary = "take the counter and print it; of a semaphore take 1",
    .operands = "[FD]",
    .operand_kinds = {OPERAND_FD | OPERAND_EVENTFD},
    .max_operands = 1,
    .options = wait_options,
    OPTIONS_OF(efd_wait),
    .run = efd_read_counter,
};

static enum status efd_wait_for_counter(const void *opts, int argc, char **argv)
{
	(void)argc;
	return efd_act(opts, argv[0], eventfd_wait);
}

static const struct subcommand efd_wait_subcommand = {
    .name = "wait",
    .summary = "wait until the counter is not 0, taking nothing",
    .operands = "[FD]",
    .operand_kinds = {OPERAND_FD | OPERAND_EVENTFD},
    .max_operands = 1,
    .options = wait_options,
    OPTIONS_OF(efd_wait),
    .run = efd_wait_for_counter,
};

static enum status efd_add_to_counter(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_wait *given = opts;
	uint64_t n = 0;
	struct eventfd event;
	struct deadline deadline = deadline_start(given->timeout);
	enum status status = efd_parse_amount(argv[0], &n);
	if (status == STATUS_OK)
		status = eventfd_open(&event, argv[1]);
	if (status != STATUS_OK)
		return status;
	status = eventfd_add(&event, n, &deadline);
	eventfd_close(&event);
	return status;
}

static const struct subcommand efd_add_subcommand = {
    .name = "add",
    .summary = "add N to the counter",
    .operands = "N [FD]",
    .operand_kinds = {OPERAND_NUMBER, OPERAND_FD | OPERAND_EVENTFD},
    .min_operands = 1,
    .max_operands = 2,
    .options = wait_options,
    OPTIONS_OF(efd_wait),
    .run = efd_add_to_counter,
};

struct efd_peek {
	bool json;
};

static const struct option_row peek_options[] = {
    JSON(efd_peek, json, 0),
    END_OF_OPTIONS,
};

static const struct record_column columns[] = {
    {"count", 0}, {"semaphore", 0}, {"id", 0}, {0}};

static enum status efd_print_json(const struct eventfd_facts *facts)
{
	struct record record;
	record_begin(&record, columns, true);
	record_unsigned(&record, facts->count);
	if (facts->has_semaphore)
		record_boolean(&record, facts->semaphore != 0);
	else
		record_none(&record);
	if (facts->has_id)
		record_unsigned(&record, facts->id);
	else
		record_none(&record);
	return record_end(&record);
}

static enum status efd_peek_at_counter(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_peek *given = opts;
	struct eventfd event;
	struct eventfd_facts facts;
	enum status status = eventfd_open(&event, argv[0]);
	if (status != STATUS_OK)
		return status;
	status = eventfd_read_facts(&event, &facts);
	eventfd_close(&event);
	if (status != STATUS_OK)
		return status;
	return given->json ? efd_print_json(&facts) : output_number(facts.count);
}

static const struct subcommand efd_peek_subcommand = {
    .name = "peek",
    .summary = "print the counter, taking nothing",
    .operands = "[FD]",
    .operand_kinds = {OPERAND_FD | OPERAND_EVENTFD},
    .max_operands = 1,
    .options = peek_options,
    OPTIONS_OF(efd_peek),
    .run = efd_peek_at_counter,
};

static const struct subcommand *const subcommands[] = {
    &efd_run_subcommand,  &efd_add_subcommand,
    &efd_read_subcommand, &efd_wait_subcommand,
    &efd_peek_subcommand, &efd_serve_subcommand,
    &efd_open_subcommand, NULL,
};

APPLET(efd, .summary = "add to and read from eventfds",
       .self = {.operands = "N...",
                .operand_kinds = {OPERAND_NUMBER | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = sum_options,
                OPTIONS_OF(efd),
                .run = efd_sum},
       .subcommands = subcommands);
