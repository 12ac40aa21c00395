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
#include "io/output.h"
#include "io/record.h"
#include "io/report.h"
#include "object/sysv.h"
#include "semaphore/ops.h"
#include "semaphore/semaphore.h"

struct create {
	bool ensure;
	struct mode mode;
	int64_t count; /* 0: not given */
};

static const struct create create_defaults = {.mode = {.bits = 0600}};

static const struct option_row create_options[] = {
    ENSURE(create, ensure),
    MODE(create, mode, "permission bits, exactly; default 0600"),
    NUMBER(0, "count", create, count, 0, "N", 1, INT_MAX,
           "semaphores in a System V set, each of VALUE; default 1"),
    END_OF_OPTIONS,
};

struct take {
	struct patience patience;
	bool undo;
};

static const struct option_row wait_options[] = {
    PATIENCE(take, patience),
    FLAG('u', "undo", take, undo, 0, "give back when this shell ends (System V)"),
    END_OF_OPTIONS,
};

static const struct option_row take_options[] = {
    PATIENCE(take, patience),
    END_OF_OPTIONS,
};

struct post {
	bool undo;
};

static const struct option_row post_options[] = {
    FLAG('u', "undo", post, undo, 0, "give back what wait -u took (System V)"),
    END_OF_OPTIONS,
};

struct value {
	bool json;
};

static const struct option_row value_options[] = {
    JSON(value, json, 0),
    END_OF_OPTIONS,
};

static const struct column columns[] = {
    {"semaphore", -20},
    {"value", 10},
    {"waiters", 7},
    {0},
};

static const struct column system_v_columns[] = {
    {"semaphore", -20},       {"value", 10},   {"waiters", 7},
    {"waiters_for_zero", 16}, {"last_pid", 8}, {0},
};

struct unlink {
	bool force;
};

static const struct option_row unlink_options[] = {
    FORCE(unlink, force),
    END_OF_OPTIONS,
};

/* What a verb does with what is named. */
enum use { ONE, WHOLE_SET, NEW_SET };

static enum status read_name(struct name *name, enum use use, const char *text)
{
	enum status status = name_parse(name, NAME_SEMAPHORE, text);
	if (status != STATUS_DONE || name->family != FAMILY_SYSTEM_V)
		return status;
	if (use != ONE && name->has_index)
		return usage_error("%s: without [INDEX]: it is for the whole set",
		                   name->text);
	if (use == NEW_SET && name->address == BY_ID)
		return usage_error("%s: the kernel chooses the id of a new set; "
		                   "name it by key:, ftok: or private:",
		                   name->text);
	if (use != NEW_SET && name->address == PRIVATE)
		return usage_error("%s names no set that exists; use its id:",
		                   name->text);
	return STATUS_DONE;
}

/* For what the other families lack. */
static enum status needs_system_v(const struct name *name, const char *what)
{
	if (name->family == FAMILY_SYSTEM_V)
		return STATUS_DONE;
	return usage_error("%s: %s is for System V semaphores (key:, id:, ftok:)",
	                   name->text, what);
}

/* Undone when the process ends: that has to be one that does not end at once. */
static enum status check_undo(const struct name *name, bool undo)
{
	if (!undo)
		return STATUS_DONE;
	if (!front_is_builtin())
		return usage_error("-u holds until the process that took ends, and a "
		                   "program ends at once: use semop run, or the builtin "
		                   "of bash");
	return needs_system_v(name, "-u");
}

/* The operand behind SEM, where there is one. */
static enum status read_number(const char *what, const struct name *name,
                               const char *text, int64_t least, int64_t *number)
{
	struct reason reason;
	int64_t most = semaphore_max(name);
	if (text == NULL || value_number(text, least, most, number, &reason) == NULL)
		return STATUS_DONE;
	return usage_error("%s must be a number from %lld to %lld, not '%s'", what,
	                   (long long)least, (long long)most, text);
}

static enum status run_create(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct create *given = opts;
	struct name name;
	struct semaphore_made made = {0};
	struct semaphore_shape shape = {.value = 1,
	                                .count = given->count > 0 ? given->count : 1,
	                                .mode = given->mode,
	                                .ensure = given->ensure};
	enum status status = read_name(&name, NEW_SET, argv[0]);
	if (status == STATUS_DONE && given->count > 0)
		status = needs_system_v(&name, "--count");
	if (status == STATUS_DONE && given->mode.given && name.family == FAMILY_IN_MEMORY)
		status = usage_error("%s: -m is for shmcreate: a semaphore in memory has "
		                     "the permission bits of the object",
		                     name.text);
	if (status == STATUS_DONE)
		status = read_number("VALUE", &name, argv[1], 0, &shape.value);
	if (status == STATUS_DONE)
		status = semaphore_create(&name, &shape, &made);
	if (status == STATUS_DONE && name.family == FAMILY_SYSTEM_V)
		status = sysv_print_id(made.id, made.is_new, semaphore_unlink);
	return status;
}

/* SEM [COUNT], open. */
static enum status open_with_count(struct semaphore *semaphore, struct name *name,
                                   bool undo, int64_t *count, char **argv)
{
	*count = 1;
	enum status status = read_name(name, ONE, argv[0]);
	if (status == STATUS_DONE)
		status = check_undo(name, undo);
	if (status == STATUS_DONE)
		status = read_number("COUNT", name, argv[1], 1, count);
	if (status == STATUS_DONE)
		status = semaphore_open(semaphore, name, SEMAPHORE_USE);
	if (status == STATUS_DONE)
		semaphore->undo = undo;
	return status;
}

static enum status run_wait(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct take *given = opts;
	struct deadline deadline = deadline_after(given->patience);
	struct semaphore semaphore;
	struct name name;
	int64_t count;
	enum status status =
	    open_with_count(&semaphore, &name, given->undo, &count, argv);
	if (status != STATUS_DONE)
		return status;
	if (semaphore_take(&semaphore, count, &deadline) < 0)
		status = semaphore_failed(&semaphore, count);
	semaphore_close(&semaphore);
	return status;
}

static enum status run_post(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct post *given = opts;
	struct semaphore semaphore;
	struct name name;
	int64_t count;
	enum status status =
	    open_with_count(&semaphore, &name, given->undo, &count, argv);
	if (status != STATUS_DONE)
		return status;
	if (semaphore_give(&semaphore, count) < 0)
		status = semaphore_failed(&semaphore, count);
	semaphore_close(&semaphore);
	return status;
}

static enum status run_set(const void *opts, int argc, char **argv)
{
	(void)opts;
	(void)argc;
	struct semaphore semaphore;
	struct name name;
	int64_t value = 0;
	enum status status = read_name(&name, ONE, argv[0]);
	if (status == STATUS_DONE)
		status = needs_system_v(&name, "set");
	if (status == STATUS_DONE)
		status = read_number("VALUE", &name, argv[1], 0, &value);
	if (status == STATUS_DONE)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_USE);
	if (status != STATUS_DONE)
		return status;
	if (semaphore_set(&semaphore, value) < 0)
		status = semaphore_failed(&semaphore, value);
	semaphore_close(&semaphore);
	return status;
}

static enum status operate(const struct name *name, struct sembuf *operations,
                           size_t count, const struct deadline *deadline)
{
	struct semaphore set;
	enum status status = semaphore_open(&set, name, SEMAPHORE_USE);
	if (status != STATUS_DONE)
		return status;
	if (semaphore_operate(&set, operations, count, deadline) < 0)
		status = semaphore_operate_failed(&set, operations, count);
	semaphore_close(&set);
	return status;
}

static enum status run_op(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct take *given = opts;
	struct deadline deadline = deadline_after(given->patience);
	struct name name;
	const char *where;
	enum status status = read_name(&name, WHOLE_SET, argv[0]);
	if (status == STATUS_DONE)
		status = needs_system_v(&name, "op");
	if (status != STATUS_DONE)
		return status;
	size_t count = sem_ops_count(argv[1]);
	struct sembuf *operations = calloc(count, sizeof *operations);
	if (operations == NULL)
		return fail("%zu operations", count);
	const char *why = sem_ops_read(argv[1], operations, &where);
	if (why != NULL)
		status = usage_error("'%.*s': %s", (int)strcspn(where, ","), where, why);
	else
		status = operate(&name, operations, count, &deadline);
	free(operations);
	return status;
}

static enum status print_json(const struct semaphore *semaphore)
{
	const struct name *name = semaphore->name;
	bool system_v = name->family == FAMILY_SYSTEM_V;
	struct semaphore_facts facts;
	struct record record;
	if (semaphore_facts(semaphore, &facts) < 0)
		return semaphore_failed(semaphore, 1);
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

static enum status print_value(const struct semaphore *semaphore)
{
	int64_t number = semaphore_value(semaphore);
	return number >= 0 ? output_number((uint64_t)number)
	                   : semaphore_failed(semaphore, 1);
}

static enum status run_value(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct value *given = opts;
	struct semaphore semaphore;
	struct name name;
	enum status status = read_name(&name, ONE, argv[0]);
	if (status == STATUS_DONE)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_LOOK);
	if (status != STATUS_DONE)
		return status;
	status = given->json ? print_json(&semaphore) : print_value(&semaphore);
	semaphore_close(&semaphore);
	return status;
}

static enum status run_run(const void *opts, int argc, char **argv)
{
	const struct take *given = opts;
	struct deadline deadline = deadline_after(given->patience);
	struct semaphore semaphore;
	struct name name;
	char **command = argv + (strcmp(argv[1], "--") == 0 ? 2 : 1);
	if (command == argv + argc)
		return status_before_command(usage_error("missing COMMAND"));
	enum status status = read_name(&name, ONE, argv[0]);
	if (status == STATUS_DONE)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_USE);
	if (status != STATUS_DONE)
		return status_before_command(status);
	status = semaphore_run(&semaphore, &deadline, command);
	semaphore_close(&semaphore);
	return status;
}

static enum status run_unlink(const void *opts, int argc, char **argv)
{
	const struct unlink *given = opts;
	enum status status = STATUS_DONE;
	for (int i = 0; i < argc; i++) {
		struct name name;
		enum status one = read_name(&name, WHOLE_SET, argv[i]);
		if (one == STATUS_DONE)
			one = semaphore_unlink(&name, given->force);
		status = first_failure(status, one);
	}
	return status;
}

static const struct form verbs[] = {
    {.name = "create",
     .summary = "make a semaphore",
     .operands = "SEM [VALUE]",
     .least_operands = 1,
     .most_operands = 2,
     .options = create_options,
     .defaults = &create_defaults,
     OPTIONS_OF(create),
     .run = run_create},
    {.name = "wait",
     .summary = "take from a semaphore, waiting until it has enough",
     .operands = "SEM [COUNT]",
     .least_operands = 1,
     .most_operands = 2,
     .options = wait_options,
     OPTIONS_OF(take),
     .run = run_wait},
    {.name = "post",
     .summary = "add to a semaphore",
     .operands = "SEM [COUNT]",
     .least_operands = 1,
     .most_operands = 2,
     .options = post_options,
     OPTIONS_OF(post),
     .run = run_post},
    {.name = "value",
     .summary = "print a semaphore's value",
     .operands = "SEM",
     .least_operands = 1,
     .most_operands = 1,
     .options = value_options,
     OPTIONS_OF(value),
     .run = run_value},
    {.name = "set",
     .summary = "set the value of a System V semaphore",
     .operands = "SEM VALUE",
     .least_operands = 2,
     .most_operands = 2,
     .run = run_set},
    {.name = "op",
     .summary = "several operations on a System V set, all or nothing",
     .operands = "SEMSET OP[,OP...]",
     .least_operands = 2,
     .most_operands = 2,
     .options = take_options,
     OPTIONS_OF(take),
     .run = run_op},
    {.name = "run",
     .summary = "run a command that holds one of a semaphore",
     .operands = "SEM [--] COMMAND [ARG...]",
     .least_operands = 2,
     .most_operands = ANY_NUMBER,
     .options = take_options,
     OPTIONS_OF(take),
     .run = run_run,
     .runs_command = true},
    {.name = "unlink",
     .summary = "remove semaphores",
     .operands = "SEM...",
     .least_operands = 1,
     .most_operands = ANY_NUMBER,
     .options = unlink_options,
     OPTIONS_OF(unlink),
     .run = run_unlink},
    {0},
};

APPLET(semop, .summary = "make, take, give and remove semaphores", .verbs = verbs);
