/*
 * lockrun - run a command that holds a lock
 *
 * See fcntl(2), flock(2), pthread_mutex_lock(3).
 */
#include <string.h>

#include "applet.h"
#include "base/deadline.h"
#include "io/error.h"
#include "lock/lock.h"
#include "lock/memory.h"
#include "lock/mutex.h"
#include "lock/range.h"
#include "lock/rwlock.h"
#include "process/exec.h"

enum { GROUP_MODE = 2 };

struct lockrun {
	bool shared, exclusive, close;
	struct timeout timeout;
	const char *range;
	struct value_mode mode;
	unsigned api; /* index of apis */
	struct string_list also;
};

static const struct lockrun defaults = {.mode = {.bits = 0600}};

static const struct option_row options[] = {
    FLAG('s', "shared", lockrun, shared, GROUP_MODE, "a shared lock, for readers"),
    FLAG('x', "exclusive", lockrun, exclusive, GROUP_MODE,
         "an exclusive lock, for a writer (default)"),
    WAIT_OPTIONS_RUN(lockrun, timeout),
    STRING('r', "range", lockrun, range, 0, "START:LENGTH",
           "only these bytes; LENGTH 0: to the end"),
    WORD(0, "api", lockrun, api, 0, "API", "ofd posix flock mutex rwlock",
         "kind of lock: ofd, posix, flock; of shm:NAME: mutex, rwlock"),
    MODE(lockrun, mode, "permission bits of a new shm:NAME, exactly these"),
    STRINGS('a', "also", lockrun, also, 0, "FILE", "lock FILE too; may be repeated",
            .value = OPERAND_FILE | OPERAND_LOCK),
    FLAG('o', "close", lockrun, close, 0,
         "do not let COMMAND inherit the lock; it is released when COMMAND ends"),
    END_OF_OPTIONS,
};

/* A lock on a file, or one in shared memory. */
struct lockrun_api {
	enum lock_api api;
	const struct lock_memory_kind *kind; /* NULL: on a file */
};

/* In the order of the words of --api. */
static const struct lockrun_api apis[] = {
    {LOCK_OFD, NULL},      {LOCK_POSIX, NULL},     {LOCK_FLOCK, NULL},
    {.kind = &mutex_kind}, {.kind = &rwlock_kind},
};

/* The files or locks in shared memory: FILE and the values of --also. */
struct lockrun_names {
	const char *at[LOCK_SET_MAX];
	int count;
};

static struct lockrun_names lockrun_names_of(const struct lockrun *given,
                                             const char *file)
{
	struct lockrun_names names = {.at = {file}, .count = 1 + given->also.count};
	memcpy(names.at + 1, given->also.at,
	       (size_t)given->also.count * sizeof *names.at);
	return names;
}

/* A file with such a name is written ./shm:NAME. */
static enum status lockrun_refuse_memory(const struct lockrun_names *names)
{
	for (int i = 0; i < names->count; i++)
		if (strncmp(names->at[i], "shm:", 4) == 0)
			return error_usage("'%s': requires --api mutex or rwlock",
			                   names->at[i]);
	return STATUS_OK;
}

static enum status lockrun_parse_range(const char *text,
                                       struct lock_attributes *attributes)
{
	if (text == NULL)
		return STATUS_OK;
	if (attributes->api == LOCK_FLOCK)
		return error_usage("option '-r': flock locks whole files only");
	return lock_range_parse(text, attributes);
}

static enum status lockrun_lock_files(const struct lockrun *given, enum lock_api api,
                                      const struct lockrun_names *names, char **command)
{
	struct deadline deadline = deadline_start(given->timeout);
	struct lock_attributes attributes = {.api = api, .shared = given->shared};
	struct lock_set locks;
	enum status status = lockrun_refuse_memory(names);
	if (status == STATUS_OK && given->mode.given)
		status = error_usage("option '-m': requires --api mutex or rwlock");
	if (status == STATUS_OK)
		status = lockrun_parse_range(given->range, &attributes);
	if (status == STATUS_OK)
		status = lock_set_open(&locks, &attributes, names->at, names->count);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = lock_set_run(&locks, !given->close, &deadline, command);
	lock_set_close(&locks);
	return status;
}

static enum status lockrun_lock_memory(const struct lockrun *given,
                                       const struct lock_memory_kind *kind,
                                       const struct lockrun_names *names, char **command)
{
	struct deadline deadline = deadline_start(given->timeout);
	const struct memory_set_request request = {
	    .kind = kind, .names = names->at, .count = names->count, .mode = given->mode};
	enum status status = STATUS_OK;
	if (given->range != NULL)
		status = error_usage("option '-r': requires a lock on a file");
	else if (given->shared && kind->exclusive_only)
		status = error_usage(
		    "option '-s': a mutex cannot be shared; use --api rwlock");
	return status == STATUS_OK
	           ? lock_memory_run(&request, given->shared, &deadline, command)
	           : status_before_command(status);
}

static enum status lockrun_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct lockrun *given = opts;
	const struct lockrun_names names = lockrun_names_of(given, argv[0]);
	const struct lockrun_api *choice = &apis[given->api];
	char **command;
	enum status status = exec_parse(&command, argv + 1);
	if (status != STATUS_OK)
		return status_before_command(status);
	return choice->kind == NULL
	           ? lockrun_lock_files(given, choice->api, &names, command)
	           : lockrun_lock_memory(given, choice->kind, &names, command);
}

APPLET(lockrun, .summary = "run a command that holds a lock", .group = APPLETS_LOCKS,
       .example = "lockrun -n backup.lock echo saving",
       .self = {.operands = "FILE [--] COMMAND [ARG...]",
                .operand_kinds = {OPERAND_FILE | OPERAND_LOCK, OPERAND_COMMAND},
                .min_operands = 2,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(lockrun),
                .run = lockrun_run,
                .runs_command = true});
