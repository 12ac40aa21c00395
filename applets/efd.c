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
#include "io/output.h"
#include "io/record.h"
#include "io/report.h"
#include "process/child.h"

/* Numbers that a script writes down are lower: bash's own {VAR}> begins there too. */
enum { FIRST_FOR_COMMAND = 3 };

static enum status parse_amount(const char *text, uint64_t *n)
{
	const char *wrong = value_unsigned(text, n);
	if (wrong == NULL && *n > event_max)
		wrong = "more than 18446744073709551614";
	return wrong != NULL ? usage_error("'%s' is %s", text, wrong) : STATUS_DONE;
}

/* ------------------------------------------------------------------- efd N... */

struct efd {
	bool verbose;
};

static const struct option_row sum_options[] = {
    VERBOSE(efd, verbose),
    END_OF_OPTIONS,
};

static enum status parse_amounts(uint64_t *numbers, int count, char **texts)
{
	uint64_t sum = 0;
	enum status status = STATUS_DONE;
	for (int i = 0; i < count && status == STATUS_DONE; i++) {
		status = parse_amount(texts[i], &numbers[i]);
		if (status == STATUS_DONE &&
		    (__builtin_add_overflow(sum, numbers[i], &sum) || sum > event_max))
			status = usage_error("the sum is more than 18446744073709551614: "
			                     "the child would wait for ever");
	}
	return status;
}

static enum status sum_up(const void *opts, int argc, char **argv)
{
	const struct efd *given = opts;
	if (argv[0][0] < '0' || argv[0][0] > '9')
		return usage_error("'%s' is neither a number nor a verb", argv[0]);
	uint64_t result = 0, *numbers = calloc((size_t)argc, sizeof *numbers);
	if (numbers == NULL)
		return fail("%d numbers", argc);
	enum status status = parse_amounts(numbers, argc, argv);
	if (status == STATUS_DONE)
		status = event_sum_in_child(numbers, argc, given->verbose, &result);
	free(numbers);
	if (status == STATUS_DONE)
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

static enum status check_initial(uint64_t initial)
{
	if (initial <= event_max)
		return STATUS_DONE;
	return usage_error("option '-i': '%llu' is more than %llu",
	                   (unsigned long long)initial, (unsigned long long)event_max);
}

static enum status serve(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_serve *given = opts;
	struct event_shape shape = {.initial = given->initial,
	                            .semaphore = given->semaphore};
	enum status status = check_initial(given->initial);
	return status == STATUS_DONE ? event_serve(&shape, argv[0]) : status;
}

struct efd_make {
	uint64_t initial;
	bool semaphore, nonblock;
	int64_t fd;
};

static const struct option_row make_options[] = {
    UNSIGNED('i', "initial", efd_make, initial, 0, "INIT",
             "begin with the counter at INIT (0)"),
    FLAG('s', "semaphore", efd_make, semaphore, 0,
         "a semaphore: each read takes 1 (EFD_SEMAPHORE)"),
    FLAG('n', "nonblock", efd_make, nonblock, 0,
         "plain reads and writes of it never wait (EFD_NONBLOCK)"),
    NUMBER('f', "fd", efd_make, fd, 0, "FD", FIRST_FOR_COMMAND, INT_MAX,
           "at this number, which must be free"),
    END_OF_OPTIONS,
};

static enum status make(int *fd, const struct efd_make *given, int from)
{
	enum status status = check_initial(given->initial);
	if (status != STATUS_DONE)
		return status;
	struct event_shape shape = {.initial = given->initial,
	                            .semaphore = given->semaphore,
	                            .nonblock = given->nonblock};
	int wanted = (int)given->fd;
	status = event_make(fd, &shape, wanted != 0 ? wanted : from);
	if (status == STATUS_DONE && wanted != 0 && *fd != wanted) {
		close(*fd);
		return fail_as(STATUS_FAILED, "descriptor %d is open already", wanted);
	}
	return status;
}

/* In the process that becomes the command. */
static bool hand_over(void *argument)
{
	int fd = *(const int *)argument;
	char number[16];
	snprintf(number, sizeof number, "%d", fd);
	if (fcntl(fd, F_SETFD, 0) == 0 && setenv("EFD", number, 1) == 0)
		return true;
	fail("descriptor %d", fd);
	return false;
}

static enum status run(const void *opts, int argc, char **argv)
{
	(void)argc;
	int fd = -1;
	enum status status = make(&fd, opts, FIRST_FOR_COMMAND);
	if (status != STATUS_DONE)
		return status_before_command(status);
	status = child_run(argv, hand_over, &fd);
	close(fd);
	return status;
}

static bool is_identifier(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (!(*p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		      (p > text && *p >= '0' && *p <= '9')))
			return false;
	return *text != '\0';
}

static enum status open_in_shell(const void *opts, int argc, char **argv)
{
	(void)argc;
	int fd = -1;
	char number[16];
	if (!is_identifier(argv[0]))
		return usage_error("'%s' is not the name of a variable", argv[0]);
	enum status status = make(&fd, opts, FD_LOWEST_FOR_SHELL);
	if (status != STATUS_DONE)
		return status;
	snprintf(number, sizeof number, "%d", fd);
	if (fcntl(fd, F_SETFD, 0) == 0 && front_set_variable(argv[0], number) == 0)
		return STATUS_DONE;
	status = errno == EROFS ? fail_as(STATUS_FAILED, "%s: readonly variable", argv[0])
	                        : fail("%s", argv[0]);
	close(fd);
	return status;
}

/* ------------------------------------------------- add, read, wait and peek */

struct efd_wait {
	struct patience patience;
};

static const struct option_row wait_options[] = {
    PATIENCE(efd_wait, patience),
    END_OF_OPTIONS,
};

/* Reach the eventfd, act on it, let go of it. fd is NULL where it is not given. */
static enum status act(const void *opts, const char *fd,
                       enum status (*action)(const struct event *event,
                                             const struct deadline *deadline))
{
	const struct efd_wait *given = opts;
	struct event event;
	struct deadline deadline = deadline_after(given->patience);
	enum status status = event_open(&event, fd);
	if (status != STATUS_DONE)
		return status;
	status = action(&event, &deadline);
	event_close(&event);
	return status;
}

static enum status read_value(const void *opts, int argc, char **argv)
{
	(void)argc;
	return act(opts, argv[0], event_read);
}

static enum status wait_for_value(const void *opts, int argc, char **argv)
{
	(void)argc;
	return act(opts, argv[0], event_wait);
}

static enum status add(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_wait *given = opts;
	uint64_t n = 0;
	struct event event;
	struct deadline deadline = deadline_after(given->patience);
	enum status status = parse_amount(argv[0], &n);
	if (status == STATUS_DONE)
		status = event_open(&event, argv[1]);
	if (status != STATUS_DONE)
		return status;
	status = event_add(&event, n, &deadline);
	event_close(&event);
	return status;
}

struct efd_peek {
	bool json;
};

static const struct option_row peek_options[] = {
    JSON(efd_peek, json, 0),
    END_OF_OPTIONS,
};

static const struct column columns[] = {{"count", 0}, {"semaphore", 0}, {"id", 0}, {0}};

static enum status print_json(const struct event_facts *facts)
{
	struct record record;
	record_begin(&record, columns, true);
	record_unsigned(&record, facts->count);
	if (facts->knows_semaphore)
		record_boolean(&record, facts->semaphore != 0);
	else
		record_none(&record);
	if (facts->knows_id)
		record_unsigned(&record, facts->id);
	else
		record_none(&record);
	return record_end(&record);
}

static enum status peek(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct efd_peek *given = opts;
	struct event event;
	struct event_facts facts;
	enum status status = event_open(&event, argv[0]);
	if (status != STATUS_DONE)
		return status;
	status = event_facts(&event, &facts);
	event_close(&event);
	if (status != STATUS_DONE)
		return status;
	return given->json ? print_json(&facts) : output_number(facts.count);
}

static const struct form verbs[] = {
    {.name = "run",
     .summary = "run a command that has an eventfd open, its number in $EFD",
     .operands = "[--] COMMAND [ARG...]",
     .least_operands = 1,
     .most_operands = ANY_NUMBER,
     .options = make_options,
     OPTIONS_OF(efd_make),
     .run = run,
     .runs_command = true},
    {.name = "add",
     .summary = "add N to the counter",
     .operands = "N [FD]",
     .least_operands = 1,
     .most_operands = 2,
     .options = wait_options,
     OPTIONS_OF(efd_wait),
     .run = add},
    {.name = "read",
     .summary = "take the counter and print it; of a semaphore take 1",
     .operands = "[FD]",
     .most_operands = 1,
     .options = wait_options,
     OPTIONS_OF(efd_wait),
     .run = read_value},
    {.name = "wait",
     .summary = "wait until the counter is not 0, taking nothing",
     .operands = "[FD]",
     .most_operands = 1,
     .options = wait_options,
     OPTIONS_OF(efd_wait),
     .run = wait_for_value},
    {.name = "peek",
     .summary = "print the counter, taking nothing",
     .operands = "[FD]",
     .most_operands = 1,
     .options = peek_options,
     OPTIONS_OF(efd_peek),
     .run = peek},
    {.name = "serve",
     .summary = "keep an eventfd under a name, for all who ask for it",
     .operands = "NAME",
     .least_operands = 1,
     .most_operands = 1,
     .options = serve_options,
     OPTIONS_OF(efd_serve),
     .run = serve},
    {.name = "open",
     .summary = "make an eventfd in the shell, its number in VAR",
     .operands = "VAR",
     .least_operands = 1,
     .most_operands = 1,
     .options = make_options,
     OPTIONS_OF(efd_make),
     .run = open_in_shell,
     .front_ends = BUILTIN_ONLY},
    {0},
};

APPLET(efd, .summary = "add to and read from eventfds",
       .self = {.operands = "N...",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = sum_options,
                OPTIONS_OF(efd),
                .run = sum_up},
       .verbs = verbs);
