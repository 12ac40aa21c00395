/*
 * semop - make, take, give back and remove semaphores
 *
 * See sem_overview(7). What is taken stays taken when the taker ends; `run` is
 * what gives back whatever happens.
 */
#include <string.h>

#include "applet.h"
#include "output.h"
#include "record.h"
#include "report.h"
#include "sem.h"

struct create {
	bool ensure;
	struct mode mode;
};

static const struct create create_defaults = {.mode = {.bits = 0600}};

static const struct option_row create_options[] = {
    ENSURE(create, ensure),
    MODE(create, mode, "permission bits, exactly; default 0600"),
    END_OF_OPTIONS,
};

struct take {
	struct patience patience;
};

static const struct option_row take_options[] = {
    PATIENCE(take, patience),
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

struct unlink {
	bool force;
};

static const struct option_row unlink_options[] = {
    FORCE(unlink, force),
    END_OF_OPTIONS,
};

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
	struct semaphore_shape shape = {
	    .value = 1, .mode = given->mode, .ensure = given->ensure};
	enum status status = name_parse(&name, NAME_SEMAPHORE, argv[0]);
	if (status == STATUS_DONE)
		status = read_number("VALUE", &name, argv[1], 0, &shape.value);
	if (status == STATUS_DONE)
		status = semaphore_create(&name, &shape);
	return status;
}

/* SEM [COUNT], open. */
static enum status open_with_count(struct semaphore *semaphore, struct name *name,
                                   int64_t *count, char **argv)
{
	*count = 1;
	enum status status = name_parse(name, NAME_SEMAPHORE, argv[0]);
	if (status == STATUS_DONE)
		status = read_number("COUNT", name, argv[1], 1, count);
	if (status == STATUS_DONE)
		status = semaphore_open(semaphore, name, SEMAPHORE_USE);
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
	enum status status = open_with_count(&semaphore, &name, &count, argv);
	if (status != STATUS_DONE)
		return status;
	if (semaphore_take(&semaphore, count, &deadline) < 0)
		status = semaphore_failed(&semaphore, count);
	semaphore_close(&semaphore);
	return status;
}

static enum status run_post(const void *opts, int argc, char **argv)
{
	(void)opts;
	(void)argc;
	struct semaphore semaphore;
	struct name name;
	int64_t count;
	enum status status = open_with_count(&semaphore, &name, &count, argv);
	if (status != STATUS_DONE)
		return status;
	if (semaphore_give(&semaphore, count) < 0)
		status = semaphore_failed(&semaphore, count);
	semaphore_close(&semaphore);
	return status;
}

static enum status print_json(const struct name *name, int64_t number, int64_t waiters)
{
	struct record record;
	record_begin(&record, columns, true);
	record_text(&record, name->text);
	record_number(&record, number);
	record_number(&record, waiters);
	return record_end(&record);
}

static enum status run_value(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct value *given = opts;
	struct semaphore semaphore;
	struct name name;
	enum status status = name_parse(&name, NAME_SEMAPHORE, argv[0]);
	if (status == STATUS_DONE)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_LOOK);
	if (status != STATUS_DONE)
		return status;
	int64_t number = semaphore_value(&semaphore);
	int64_t waiters = semaphore_waiters(&semaphore);
	semaphore_close(&semaphore);
	return given->json ? print_json(&name, number, waiters)
	                   : output_number((uint64_t)number);
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
	enum status status = name_parse(&name, NAME_SEMAPHORE, argv[0]);
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
		enum status one = name_parse(&name, NAME_SEMAPHORE, argv[i]);
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
     .options = take_options,
     OPTIONS_OF(take),
     .run = run_wait},
    {.name = "post",
     .summary = "add to a semaphore",
     .operands = "SEM [COUNT]",
     .least_operands = 1,
     .most_operands = 2,
     .run = run_post},
    {.name = "value",
     .summary = "print a semaphore's value",
     .operands = "SEM",
     .least_operands = 1,
     .most_operands = 1,
     .options = value_options,
     OPTIONS_OF(value),
     .run = run_value},
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
