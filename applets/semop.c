/* SPDX-License-Identifier: MIT */
/*
 * semop - create, wait for, post and remove semaphores
 *
 * See sem_overview(7), semop(2). `run` gives its permit back however its command ends.
 */
#include <limits.h>

#include "applet.h"
#include "semaphore/command.h"

/* ------------------------------------------------------------------- create */

static const struct semaphore_attributes semop_create_defaults = {.value = 1,
                                                                  .mode = {.bits = 0600}};

static const struct option_row semop_create_options[] = {
    ENSURE(semaphore_attributes, ensure),
    MODE(semaphore_attributes, mode, "permission bits, exactly these"),
    NUMBER(0, "count", semaphore_attributes, count, 0, "N", 1, INT_MAX,
           "semaphores in a System V set, each of VALUE (default 1)"),
    END_OF_OPTIONS,
};

static enum status semop_create_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semaphore_attributes *given = opts;
	return semaphore_command_create(argv, *given);
}

static const struct subcommand semop_create_subcommand = {
    .name = "create",
    .summary = "create a semaphore",
    .operands = "SEM [VALUE]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_NUMBER},
    .min_operands = 1,
    .max_operands = 2,
    .options = semop_create_options,
    .defaults = &semop_create_defaults,
    OPTIONS_OF(semaphore_attributes),
    .run = semop_create_run,
};

/* ----------------------------------------------------- wait, post and value */

struct semop_wait {
	struct timeout timeout;
	bool undo, print, json;
	struct supervision_options supervision;
	const char *into;
};

static const struct option_row semop_wait_options[] = {
    WAIT_OPTIONS(semop_wait, timeout),
    FLAG('u', "undo", semop_wait, undo, 0, "undo it when this shell exits (System V)"),
    END_OF_OPTIONS,
};

static enum status semop_wait_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_wait *given = opts;
	return semaphore_command_wait(argv, given->timeout, given->undo);
}

static const struct subcommand semop_wait_subcommand = {
    .name = "wait",
    .summary = "wait until the value is at least COUNT, and subtract it",
    .operands = "SEM [COUNT]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_NUMBER},
    .min_operands = 1,
    .max_operands = 2,
    .options = semop_wait_options,
    OPTIONS_OF(semop_wait),
    .run = semop_wait_run,
    .handles_sigpipe = true,
};

static const struct option_row semop_post_options[] = {
    FLAG('u', "undo", semop_wait, undo, 0, "cancel the undo of a wait -u (System V)"),
    FLAG(0, "print", semop_wait, print, 0, "print the new value"),
    INTO(semop_wait, into, 0, SHELL_VARIABLE_LINES, REQUIRES("print")),
    END_OF_OPTIONS,
};

static enum status semop_post_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_wait *given = opts;
	return semaphore_command_post(argv, given->undo, given->print);
}

static const struct subcommand semop_post_subcommand = {
    .name = "post",
    .summary = "add COUNT to the value",
    .operands = "SEM [COUNT]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_NUMBER},
    .min_operands = 1,
    .max_operands = 2,
    .options = semop_post_options,
    OPTIONS_OF(semop_wait),
    .run = semop_post_run,
    .handles_sigpipe = true,
};

static const struct option_row semop_value_options[] = {
    JSON(semop_wait, json, 0),
    INTO(semop_wait, into, 0, SHELL_VARIABLE_LINES),
    END_OF_OPTIONS,
};

static enum status semop_value_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_wait *given = opts;
	return semaphore_command_value(argv, given->json);
}

static const struct subcommand semop_value_subcommand = {
    .name = "value",
    .summary = "print the value of a semaphore, or of each one in a set",
    .operands = "SEM",
    .operand_kinds = {OPERAND_SEMAPHORE},
    .min_operands = 1,
    .max_operands = 1,
    .options = semop_value_options,
    OPTIONS_OF(semop_wait),
    .run = semop_value_run,
    .handles_sigpipe = true,
};

/* --------------------------------------------- set; op: System V only; run */

static enum status semop_set_run(const void *opts, int argc, char **argv)
{
	(void)opts;
	(void)argc;
	return semaphore_command_set(argv);
}

static const struct subcommand semop_set_subcommand = {
    .name = "set",
    .summary = "set the value, and wake the waiters that can proceed",
    .operands = "SEM VALUE",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_NUMBER},
    .min_operands = 2,
    .max_operands = 2,
    .run = semop_set_run,
};

static const struct option_row semop_op_options[] = {
    WAIT_OPTIONS(semop_wait, timeout),
    END_OF_OPTIONS,
};

static enum status semop_op_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_wait *given = opts;
	return semaphore_command_op(argv, given->timeout);
}

static const struct subcommand semop_op_subcommand = {
    .name = "op",
    .summary = "perform several operations on a System V set, all or none",
    .example = "semop op -n $set 1+1,0-1; echo $?",
    .operands = "SEMSET OP[,OP...]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_NUMBER},
    .min_operands = 2,
    .max_operands = 2,
    .options = semop_op_options,
    OPTIONS_OF(semop_wait),
    .run = semop_op_run,
};

static const struct option_row semop_run_options[] = {
    WAIT_OPTIONS_RUN(semop_wait, timeout),
    SUPERVISION_OPTIONS(semop_wait, supervision),
    END_OF_OPTIONS,
};

static enum status semop_run_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_wait *given = opts;
	return semaphore_command_run(argv, given->timeout, &given->supervision);
}

static const struct subcommand semop_run_subcommand = {
    .name = "run",
    .summary = "run a command while holding one permit of a semaphore",
    .example = "semop run /heavy true && semop run /heavy sh -c 'exit 3'; echo $?",
    .operands = "SEM [--] COMMAND [ARG...]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_COMMAND},
    .min_operands = 2,
    .max_operands = OPERANDS_UNLIMITED,
    .options = semop_run_options,
    OPTIONS_OF(semop_wait),
    .run = semop_run_run,
    .runs_command = true,
};

/* ------------------------------------------------------------------- unlink */

struct semop_unlink {
	bool force;
};

static const struct option_row semop_unlink_options[] = {
    FORCE(semop_unlink, force),
    END_OF_OPTIONS,
};

static enum status semop_unlink_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_unlink *given = opts;
	return semaphore_command_unlink(argv, given->force);
}

static const struct subcommand semop_unlink_subcommand = {
    .name = "unlink",
    .summary = "remove semaphores",
    .operands = "SEM...",
    .operand_kinds = {OPERAND_SEMAPHORE | OPERAND_REPEATED},
    .min_operands = 1,
    .max_operands = OPERANDS_UNLIMITED,
    .options = semop_unlink_options,
    OPTIONS_OF(semop_unlink),
    .run = semop_unlink_run,
};

static const struct subcommand *const subcommands[] = {
    &semop_create_subcommand, &semop_wait_subcommand,   &semop_post_subcommand,
    &semop_value_subcommand,  &semop_set_subcommand,    &semop_op_subcommand,
    &semop_run_subcommand,    &semop_unlink_subcommand, NULL,
};

APPLET(semop, .summary = "create, wait for, post and remove semaphores",
       .group = APPLETS_SEMAPHORES, .example = "semop wait -t 50ms /door; echo $?",
       .subcommands = subcommands);
