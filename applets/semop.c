/*
 * semop - make, take, give back and remove semaphores
 *
 * See sem_overview(7), semop(2). What is taken stays taken when the taker ends; `run` is
 * what gives back whatever happens.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>

#include "applet.h"
#include "base/frontend.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"
#include "object/sysv.h"
#include "semaphore/ops.h"
#include "semaphore/semaphore.h"

struct semop_create {
	bool ensure;
	struct value_mode mode;
	int64_t count; /* 0: not given */
};

static const struct semop_create semop_create_defaults = {.mode = {.bits = 0600}};

static const struct option_row semop_create_options[] = {
    ENSURE(semop_create, ensure),
    MODE(semop_create, mode, "permission bits, exactly; default 0600"),
    NUMBER(0, "count", semop_create, count, 0, "N", 1, INT_MAX,
           "semaphores in a System V set, each of VALUE; default 1"),
    END_OF_OPTIONS,
};

struct semop_wait {
	struct timeout timeout;
	bool undo;
};

static const struct option_row semop_wait_options[] = {
    WAIT_OPTIONS(semop_wait, timeout),
    FLAG('u', "undo", semop_wait, undo, 0, "give back when this shell ends (System V)"),
    END_OF_OPTIONS,
};

static const struct option_row semop_op_options[] = {
    WAIT_OPTIONS(semop_wait, timeout),
    END_OF_OPTIONS,
};

struct semop_post {
	bool undo;
};

static const struct option_row semop_post_options[] = {
    FLAG('u', "undo", semop_post, undo, 0, "give back what wait -u took (System V)"),
    END_OF_OPTIONS,
};

struct semop_value {
	bool json;
};

static const struct option_row semop_value_options[] = {
    JSON(semop_value, json, 0),
    END_OF_OPTIONS,
};

static const struct record_column columns[] = {
    {"semaphore", -20},
    {"value", 10},
    {"waiters", 7},
    {0},
};

static const struct record_column system_v_columns[] = {
    {"semaphore", -20},       {"value", 10},   {"waiters", 7},
    {"waiters_for_zero", 16}, {"last_pid", 8}, {0},
};

struct semop_unlink {
	bool force;
};

static const struct option_row semop_unlink_options[] = {
    FORCE(semop_unlink, force),
    END_OF_OPTIONS,
};

/* What a verb does with what is named. */
enum semop_use { SEMOP_ONE, SEMOP_WHOLE_SET, SEMOP_NEW_SET };

static enum status semop_read_name(struct name *name, enum semop_use use,
                                   const char *text)
{
	enum status status = name_parse(name, NAME_SEMAPHORE, text);
	if (status != STATUS_OK || name->family != NAME_FAMILY_SYSTEM_V)
		return status;
	if (use != SEMOP_ONE && name->has_index)
		return error_usage("%s: without [INDEX]: it is for the whole set",
		                   name->text);
	if (use == SEMOP_NEW_SET && name->address == NAME_BY_ID)
		return error_usage("%s: the kernel chooses the id of a new set; "
		                   "name it by key:, ftok: or private:",
		                   name->text);
	if (use != SEMOP_NEW_SET && name->address == NAME_PRIVATE)
		return error_usage("%s names no set that exists; use its id:",
		                   name->text);
	return STATUS_OK;
}

/* For what the other families lack. */
static enum status semop_require_system_v(const struct name *name, const char *what)
{
	if (name->family == NAME_FAMILY_SYSTEM_V)
		return STATUS_OK;
	return error_usage("%s: %s is for System V semaphores (key:, id:, ftok:)",
	                   name->text, what);
}

/* Undone when the process ends: that has to be one that does not end at once. */
static enum status semop_check_undo(const struct name *name, bool undo)
{
	if (!undo)
		return STATUS_OK;
	if (!frontend_is_builtin())
		return error_usage("-u holds until the process that took ends, and a "
		                   "program ends at once: use semop run, or the builtin "
		                   "of bash");
	return semop_require_system_v(name, "-u");
}

/* The operand behind SEM, where there is one. */
static enum status semop_read_number(const char *what, const struct name *name,
                                     const char *text, int64_t least, int64_t *number)
{
	struct value_error reason;
	int64_t most = semaphore_max(name);
	if (text == NULL || value_number(text, least, most, number, &reason) == NULL)
		return STATUS_OK;
	return error_usage("%s must be a number from %lld to %lld, not '%s'", what,
	                   (long long)least, (long long)most, text);
}

static enum status semop_create_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_create *given = opts;
	struct name name;
	struct semaphore_created created = {0};
	struct semaphore_attributes attributes = {.value = 1,
	                                          .count =
	                                              given->count > 0 ? given->count : 1,
	                                          .mode = given->mode,
	                                          .ensure = given->ensure};
	enum status status = semop_read_name(&name, SEMOP_NEW_SET, argv[0]);
	if (status == STATUS_OK && given->count > 0)
		status = semop_require_system_v(&name, "--count");
	if (status == STATUS_OK && given->mode.given &&
	    name.family == NAME_FAMILY_IN_MEMORY)
		status = error_usage("%s: -m is for shmcreate: a semaphore in memory has "
		                     "the permission bits of the object",
		                     name.text);
	if (status == STATUS_OK)
		status = semop_read_number("VALUE", &name, argv[1], 0, &attributes.value);
	if (status == STATUS_OK)
		status = semaphore_create(&name, &attributes, &created);
	if (status == STATUS_OK && name.family == NAME_FAMILY_SYSTEM_V)
		status = sysv_print_id(created.id, created.is_new, semaphore_unlink);
	return status;
}

static const struct subcommand semop_create_subcommand = {
    .name = "create",
    .summary = "make a semaphore",
    .operands = "SEM [VALUE]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_NUMBER},
    .min_operands = 1,
    .max_operands = 2,
    .options = semop_create_options,
    .defaults = &semop_create_defaults,
    OPTIONS_OF(semop_create),
    .run = semop_create_run,
};

/* SEM [COUNT], open. */
static enum status semop_open_with_count(struct semaphore *semaphore, struct name *name,
                                         bool undo, int64_t *count, char **argv)
{
	*count = 1;
	enum status status = semop_read_name(name, SEMOP_ONE, argv[0]);
	if (status == STATUS_OK)
		status = semop_check_undo(name, undo);
	if (status == STATUS_OK)
		status = semop_read_number("COUNT", name, argv[1], 1, count);
	if (status == STATUS_OK)
		status = semaphore_open(semaphore, name, SEMAPHORE_USE);
	if (status == STATUS_OK)
		semaphore->undo = undo;
	return status;
}

static enum status semop_wait_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_wait *given = opts;
	struct deadline deadline = deadline_start(given->timeout);
	struct semaphore semaphore;
	struct name name;
	int64_t count;
	enum status status =
	    semop_open_with_count(&semaphore, &name, given->undo, &count, argv);
	if (status != STATUS_OK)
		return status;
	if (semaphore_wait(&semaphore, count, &deadline) < 0)
		status = semaphore_error(&semaphore, count);
	semaphore_close(&semaphore);
	return status;
}

static const struct subcommand semop_wait_subcommand = {
    .name = "wait",
    .summary = "take from a semaphore, waiting until it has enough",
    .operands = "SEM [COUNT]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_NUMBER},
    .min_operands = 1,
    .max_operands = 2,
    .options = semop_wait_options,
    OPTIONS_OF(semop_wait),
    .run = semop_wait_run,
};

static enum status semop_post_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_post *given = opts;
	struct semaphore semaphore;
	struct name name;
	int64_t count;
	enum status status =
	    semop_open_with_count(&semaphore, &name, given->undo, &count, argv);
	if (status != STATUS_OK)
		return status;
	if (semaphore_post(&semaphore, count) < 0)
		status = semaphore_error(&semaphore, count);
	semaphore_close(&semaphore);
	return status;
}

static const struct subcommand semop_post_subcommand = {
    .name = "post",
    .summary = "add to a semaphore",
    .operands = "SEM [COUNT]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_NUMBER},
    .min_operands = 1,
    .max_operands = 2,
    .options = semop_post_options,
    OPTIONS_OF(semop_post),
    .run = semop_post_run,
};

static enum status semop_set_run(const void *opts, int argc, char **argv)
{
	(void)opts;
	(void)argc;
	struct semaphore semaphore;
	struct name name;
	int64_t value = 0;
	enum status status = semop_read_name(&name, SEMOP_ONE, argv[0]);
	if (status == STATUS_OK)
		status = semop_require_system_v(&name, "set");
	if (status == STATUS_OK)
		status = semop_read_number("VALUE", &name, argv[1], 0, &value);
	if (status == STATUS_OK)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_USE);
	if (status != STATUS_OK)
		return status;
	if (semaphore_set_value(&semaphore, value) < 0)
		status = semaphore_error(&semaphore, value);
	semaphore_close(&semaphore);
	return status;
}

static const struct subcommand semop_set_subcommand = {
    .name = "set",
    .summary = "set the value of a System V semaphore",
    .operands = "SEM VALUE",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_NUMBER},
    .min_operands = 2,
    .max_operands = 2,
    .run = semop_set_run,
};

static enum status semop_operate(const struct name *name, struct sembuf *operations,
                                 size_t count, const struct deadline *deadline)
{
	struct semaphore set;
	enum status status = semaphore_open(&set, name, SEMAPHORE_USE);
	if (status != STATUS_OK)
		return status;
	if (semaphore_op(&set, operations, count, deadline) < 0)
		status = semaphore_op_error(&set, operations, count);
	semaphore_close(&set);
	return status;
}

static enum status semop_op_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_wait *given = opts;
	struct deadline deadline = deadline_start(given->timeout);
	struct name name;
	const char *where;
	enum status status = semop_read_name(&name, SEMOP_WHOLE_SET, argv[0]);
	if (status == STATUS_OK)
		status = semop_require_system_v(&name, "op");
	if (status != STATUS_OK)
		return status;
	size_t count = semaphore_ops_count(argv[1]);
	struct sembuf *operations = calloc(count, sizeof *operations);
	if (operations == NULL)
		return error_errno("%zu operations", count);
	const char *why = semaphore_ops_parse(argv[1], operations, &where);
	if (why != NULL)
		status = error_usage("'%.*s': %s", (int)strcspn(where, ","), where, why);
	else
		status = semop_operate(&name, operations, count, &deadline);
	free(operations);
	return status;
}

static const struct subcommand semop_op_subcommand = {
    .name = "op",
    .summary = "several operations on a System V set, all or nothing",
    .operands = "SEMSET OP[,OP...]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_TEXT},
    .min_operands = 2,
    .max_operands = 2,
    .options = semop_op_options,
    OPTIONS_OF(semop_wait),
    .run = semop_op_run,
};

static enum status semop_print_json(const struct semaphore *semaphore)
{
	const struct name *name = semaphore->name;
	bool system_v = name->family == NAME_FAMILY_SYSTEM_V;
	struct semaphore_facts facts;
	struct record record;
	if (semaphore_facts(semaphore, &facts) < 0)
		return semaphore_error(semaphore, 1);
	record_begin(&record, system_v ? system_v_columns : columns, true);
	record_text(&record, name->text);
	record_number(&record, facts.value);
	record_number(&record, facts.waiters);
	if (system_v) {
		record_number(&record, facts.waiters_for_zero);
		record_number(&record, facts.last_pid);
	}
	return record_end(&record);
}

static enum status semop_print_value(const struct semaphore *semaphore)
{
	int64_t number = semaphore_value(semaphore);
	return number >= 0 ? output_number((uint64_t)number)
	                   : semaphore_error(semaphore, 1);
}

static enum status semop_value_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct semop_value *given = opts;
	struct semaphore semaphore;
	struct name name;
	enum status status = semop_read_name(&name, SEMOP_ONE, argv[0]);
	if (status == STATUS_OK)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_INSPECT);
	if (status != STATUS_OK)
		return status;
	status =
	    given->json ? semop_print_json(&semaphore) : semop_print_value(&semaphore);
	semaphore_close(&semaphore);
	return status;
}

static const struct subcommand semop_value_subcommand = {
    .name = "value",
    .summary = "print a semaphore's value",
    .operands = "SEM",
    .operand_kinds = {OPERAND_SEMAPHORE},
    .min_operands = 1,
    .max_operands = 1,
    .options = semop_value_options,
    OPTIONS_OF(semop_value),
    .run = semop_value_run,
};

static enum status semop_run_run(const void *opts, int argc, char **argv)
{
	const struct semop_wait *given = opts;
	struct deadline deadline = deadline_start(given->timeout);
	struct semaphore semaphore;
	struct name name;
	char **command = argv + (strcmp(argv[1], "--") == 0 ? 2 : 1);
	if (command == argv + argc)
		return status_before_command(error_usage("missing COMMAND"));
	enum status status = semop_read_name(&name, SEMOP_ONE, argv[0]);
	if (status == STATUS_OK)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_USE);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = semaphore_run(&semaphore, &deadline, command);
	semaphore_close(&semaphore);
	return status;
}

static const struct subcommand semop_run_subcommand = {
    .name = "run",
    .summary = "run a command that holds one of a semaphore",
    .operands = "SEM [--] COMMAND [ARG...]",
    .operand_kinds = {OPERAND_SEMAPHORE, OPERAND_COMMAND},
    .min_operands = 2,
    .max_operands = OPERANDS_UNLIMITED,
    .options = semop_op_options,
    OPTIONS_OF(semop_wait),
    .run = semop_run_run,
    .runs_command = true,
};

static enum status semop_unlink_run(const void *opts, int argc, char **argv)
{
	const struct semop_unlink *given = opts;
	enum status status = STATUS_OK;
	for (int i = 0; i < argc; i++) {
		struct name name;
		enum status one = semop_read_name(&name, SEMOP_WHOLE_SET, argv[i]);
		if (one == STATUS_OK)
			one = semaphore_unlink(&name, given->force);
		status = status_first_failure(status, one);
	}
	return status;
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

APPLET(semop, .summary = "make, take, give and remove semaphores",
       .subcommands = subcommands);
