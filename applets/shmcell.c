/* SPDX-License-Identifier: MIT */
/*
 * shmcell - atomic 64-bit numbers in shared memory
 *
 * The operations are those of C11 on an _Atomic uint64_t. Each value printed by `add` is
 * printed once on a machine, until the number wraps. See futex(2) for `wait`.
 */
#include "applet.h"
#include "io/error.h"
#include "io/output.h"
#include "shm/cell.h"

/* VALUE, N, OLD or NEW. */
static enum status shmcell_parse_value(const char *text, uint64_t *value)
{
	return error_unless_valid(text, cell_value_parse(text, value));
}

static enum status shmcell_open(struct cell *cell, struct name *name, const char *text,
                                enum segment_access access)
{
	enum status status = name_parse(name, NAME_CELL, text);
	return status == STATUS_OK ? cell_open(cell, name, access) : status;
}

/* ---------------------------------------------------------------- get and set */

/* Of those that print a value. */
struct shmcell_print {
	const char *into;
};

static const struct option_row shmcell_print_options[] = {
    INTO(shmcell_print, into, 0, SHELL_VARIABLE_LINES),
    END_OF_OPTIONS,
};

static enum status shmcell_get_run(const void *opts, int argc, char **argv)
{
	(void)opts;
	(void)argc;
	struct name name;
	struct cell cell;
	uint64_t value;
	enum status status = shmcell_open(&cell, &name, argv[0], SEGMENT_READ);
	if (status != STATUS_OK)
		return status;
	status =
	    cell_get(&cell, &value) < 0 ? cell_error(&cell, 0) : output_number(value);
	cell_close(&cell);
	return status;
}

static const struct subcommand shmcell_get_subcommand = {
    .name = "get",
    .summary = "print the value of a cell",
    .operands = "CELL",
    .operand_kinds = {OPERAND_LOCK},
    .min_operands = 1,
    .max_operands = 1,
    .options = shmcell_print_options,
    OPTIONS_OF(shmcell_print),
    .run = shmcell_get_run,
    .handles_sigpipe = true,
};

static enum status shmcell_set_run(const void *opts, int argc, char **argv)
{
	(void)opts;
	(void)argc;
	struct name name;
	struct cell cell;
	uint64_t value;
	enum status status = shmcell_parse_value(argv[1], &value);
	if (status == STATUS_OK)
		status = shmcell_open(&cell, &name, argv[0], SEGMENT_MAP);
	if (status != STATUS_OK)
		return status;
	if (cell_set(&cell, value) < 0)
		status = cell_error(&cell, 0);
	cell_close(&cell);
	return status;
}

static const struct subcommand shmcell_set_subcommand = {
    .name = "set",
    .summary = "set a cell to VALUE",
    .operands = "CELL VALUE",
    .operand_kinds = {OPERAND_LOCK, OPERAND_NUMBER},
    .min_operands = 2,
    .max_operands = 2,
    .run = shmcell_set_run,
    .handles_sigpipe = true,
};

/* ---------------------------------------------------------------- add and cas */

static enum status shmcell_add_run(const void *opts, int argc, char **argv)
{
	(void)opts;
	struct name name;
	struct cell cell;
	struct output output;
	uint64_t n = 1, value;
	enum status status = argc > 1 ? shmcell_parse_value(argv[1], &n) : STATUS_OK;
	if (status == STATUS_OK)
		status = output_begin(&output);
	if (status == STATUS_OK)
		status = shmcell_open(&cell, &name, argv[0], SEGMENT_MAP);
	if (status != STATUS_OK)
		return status;
	status =
	    cell_add(&cell, n, &value) < 0 ? cell_error(&cell, 0) : output_number(value);
	cell_close(&cell);
	return status;
}

static const struct subcommand shmcell_add_subcommand = {
    .name = "add",
    .summary = "add N (default 1) to a cell, and print the new value",
    .example = "id=$(shmcell add shm:/ids); echo $id",
    .operands = "CELL [N]",
    .operand_kinds = {OPERAND_LOCK, OPERAND_NUMBER},
    .min_operands = 1,
    .max_operands = 2,
    .options = shmcell_print_options,
    OPTIONS_OF(shmcell_print),
    .run = shmcell_add_run,
    .handles_sigpipe = true,
};

static enum status shmcell_cas_run(const void *opts, int argc, char **argv)
{
	(void)opts;
	(void)argc;
	struct name name;
	struct cell cell;
	uint64_t expected, value = 0;
	enum status status = shmcell_parse_value(argv[1], &expected);
	if (status == STATUS_OK)
		status = shmcell_parse_value(argv[2], &value);
	if (status == STATUS_OK)
		status = shmcell_open(&cell, &name, argv[0], SEGMENT_MAP);
	if (status != STATUS_OK)
		return status;
	int result = cell_compare_and_set(&cell, &expected, value);
	if (result < 0)
		status = cell_error(&cell, 0);
	else if (result == 0)
		status = output_number(expected);
	cell_close(&cell);
	return result == 0 && status == STATUS_OK ? STATUS_WOULD_BLOCK : status;
}

static const struct subcommand shmcell_cas_subcommand = {
    .name = "cas",
    .summary = "set a cell to NEW if its value is OLD: compare and swap",
    .example = "shmcell cas shm:/team 0 $$ && echo leader",
    .operands = "CELL OLD NEW",
    .operand_kinds = {OPERAND_LOCK, OPERAND_NUMBER, OPERAND_NUMBER},
    .min_operands = 3,
    .max_operands = 3,
    .options = shmcell_print_options,
    OPTIONS_OF(shmcell_print),
    .run = shmcell_cas_run,
    .handles_sigpipe = true,
};

/* ----------------------------------------------------------------------- wait */

struct shmcell_wait {
	struct timeout timeout;
	bool print;
	const char *into;
};

static const struct option_row shmcell_wait_options[] = {
    WAIT_OPTIONS(shmcell_wait, timeout),
    FLAG(0, "print", shmcell_wait, print, 0, "print the value that ended the wait"),
    INTO(shmcell_wait, into, 0, SHELL_VARIABLE_LINES, REQUIRES("print")),
    END_OF_OPTIONS,
};

static enum status shmcell_parse_condition(struct cell_condition *condition, char **argv)
{
	if (!cell_test_parse(argv[0], &condition->test))
		return error_usage("'%s' is not one of = != < <= > >= (eq ne lt le gt "
		                   "ge)",
		                   argv[0]);
	return shmcell_parse_value(argv[1], &condition->value);
}

static enum status shmcell_wait_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct shmcell_wait *given = opts;
	struct deadline deadline = deadline_start(given->timeout);
	struct cell_condition condition;
	struct name name;
	struct cell cell;
	uint64_t value = 0;
	enum status status = shmcell_parse_condition(&condition, argv + 1);
	if (status == STATUS_OK)
		status = shmcell_open(&cell, &name, argv[0], SEGMENT_READ);
	if (status != STATUS_OK)
		return status;
	if (cell_wait(&cell, &condition, &deadline, &value) < 0)
		status = cell_error(&cell, value);
	else if (given->print)
		status = output_number(value);
	cell_close(&cell);
	return status;
}

static const struct subcommand shmcell_wait_subcommand = {
    .name = "wait",
    .summary = "wait until the value of a cell meets a condition",
    .example = "shmcell wait -t 50ms shm:/done ge 4; echo $?",
    .operands = "CELL OP VALUE",
    .operand_kinds = {OPERAND_LOCK, OPERAND_TEXT, OPERAND_NUMBER},
    .min_operands = 3,
    .max_operands = 3,
    .options = shmcell_wait_options,
    OPTIONS_OF(shmcell_wait),
    .run = shmcell_wait_run,
    .handles_sigpipe = true,
};

static const struct subcommand *const subcommands[] = {
    &shmcell_get_subcommand, &shmcell_set_subcommand,  &shmcell_add_subcommand,
    &shmcell_cas_subcommand, &shmcell_wait_subcommand, NULL,
};

APPLET(shmcell, .summary = "atomic 64-bit numbers in shared memory",
       .group = APPLETS_SHARED_MEMORY, .example = "id=$(shmcell add shm:/ids); echo $id",
       .subcommands = subcommands);
