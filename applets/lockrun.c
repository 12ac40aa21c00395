/* SPDX-License-Identifier: MIT */
/*
 * lockrun - run a command that holds a lock
 *
 * `open` and --fd lock for the shell itself, without a command, as flock(1) does. See
 * fcntl(2), flock(2), pthread_mutex_lock(3).
 */
#include <limits.h>
#include <string.h>

#include "applet.h"
#include "io/error.h"
#include "lock/memory.h"
#include "lock/mutex.h"
#include "lock/operands.h"
#include "lock/range.h"
#include "lock/rwlock.h"
#include "lock/shell.h"
#include "process/supervision.h"

enum { GROUP_MODE = 2 };

/* In the order of the words of --api. */
enum lockrun_api { API_FLOCK, API_OFD, API_POSIX, API_MUTEX, API_RWLOCK, API_NOT_GIVEN };

struct lockrun {
	bool shared, exclusive, unlock, close, no_fork, verbose, cloexec;
	struct timeout timeout;
	const char *range, *command;
	struct value_mode mode;
	unsigned api; /* enum lockrun_api */
	int64_t fd, conflict_status;
	struct string_list also;
	struct supervision_options supervision;
};

static const struct lockrun defaults = {
    .mode = {.bits = 0600}, .api = API_NOT_GIVEN, .fd = -1, .conflict_status = -1};

#define LOCK_OPTIONS                                                                     \
	FLAG('s', "shared", lockrun, shared, GROUP_MODE, "a shared lock, for readers"),  \
	    FLAG('x', "exclusive", lockrun, exclusive, GROUP_MODE,                       \
	         "an exclusive lock, for a writer (default)"),                           \
	    FLAG('e', "ex", lockrun, exclusive, GROUP_MODE, "as -x"),                    \
	    OPTION_ROW_(0, "nb", OPTION_NONBLOCK, struct timeout, lockrun, timeout,      \
	                GROUP_WAIT, NULL, "as -n", ),                                    \
	    DURATION('w', "wait", lockrun, timeout, GROUP_WAIT, "DURATION", "as -t"),    \
	    CONFLICT_STATUS('E', "conflict-status",                                      \
	                    "the status if another process holds the lock (-n, -t)"),    \
	    CONFLICT_STATUS(0, "conflict-exit-code", "as -E"),                           \
	    STRING('r', "range", lockrun, range, 0, "START:LENGTH",                      \
	           "only these bytes, by ofd; LENGTH 0: to the end"),                    \
	    VERBOSE(lockrun, verbose)

#define CONFLICT_STATUS(letter, name, help)                                              \
	NUMBER(letter, name, lockrun, conflict_status, 0, "STATUS", 0, STATUS_MAX, help)

static const struct option_row options[] = {
    WAIT_OPTIONS_RUN(lockrun, timeout),
    LOCK_OPTIONS,
    WORD(0, "api", lockrun, api, 0, "API", "flock ofd posix mutex rwlock",
         "kind of lock: flock, with -r ofd; posix; of shm:NAME: mutex, rwlock"),
    MODE(lockrun, mode, "permission bits of a new shm:NAME, exactly these"),
    STRINGS('a', "also", lockrun, also, 0, "FILE", "lock FILE too; may be repeated",
            .value = OPERAND_FILE | OPERAND_LOCK),
    FLAG('o', "close", lockrun, close, 0,
         "do not let COMMAND inherit the lock; it is released when COMMAND ends"),
    FLAG('F', "no-fork", lockrun, no_fork, 0, "become COMMAND, which holds the lock",
         EXCLUDES("close group subreaper with-parent")),
    STRING('c', "command", lockrun, command, 0, "LINE",
           "instead of COMMAND: a LINE for the shell"),
    NUMBER(0, "fd", lockrun, fd, 0, "FD", 0, INT_MAX,
           "lock what the shell has open at FD, and run nothing", .value = OPERAND_FD,
           EXCLUDES("mode also close no-fork command COMMAND group "
                    "subreaper with-parent")),
    FLAG('u', "unlock", lockrun, unlock, GROUP_MODE, "with --fd: unlock it"),
    SUPERVISION_OPTIONS(lockrun, supervision),
    END_OF_OPTIONS,
};

static enum status lockrun_attributes(const struct lockrun *given,
                                      struct lock_attributes *attributes)
{
	static const enum lock_api apis[] = {
	    [API_FLOCK] = LOCK_FLOCK, [API_OFD] = LOCK_OFD, [API_POSIX] = LOCK_POSIX};
	*attributes =
	    (struct lock_attributes){.api = LOCK_FLOCK, .shared = given->shared};
	if (given->api != API_NOT_GIVEN)
		attributes->api = apis[given->api];
	else if (given->range != NULL)
		attributes->api = LOCK_OFD;
	if (given->range == NULL)
		return STATUS_OK;
	if (attributes->api == LOCK_FLOCK)
		return error_usage("option '-r': flock locks whole files only");
	return lock_range_parse(given->range, attributes);
}

static enum status lockrun_shell_request(const struct lockrun *given,
                                         struct lock_shell *request)
{
	*request = (struct lock_shell){.timeout = given->timeout,
	                               .verbose = given->verbose,
	                               .cloexec = given->cloexec,
	                               .conflict_status = (int)given->conflict_status};
	if (given->api >= API_POSIX && given->api != API_NOT_GIVEN)
		return error_usage("without COMMAND: requires --api flock or ofd");
	return lockrun_attributes(given, &request->attributes);
}

static enum status lockrun_fd(const struct lockrun *given, int fd)
{
	struct lock_shell request;
	if (lockrun_shell_request(given, &request) != STATUS_OK)
		return STATUS_RUN_ERROR;
	return given->unlock ? lock_shell_unlock(fd, &request.attributes)
	                     : lock_shell_fd(fd, &request);
}

static const struct option_row open_options[] = {
    WAIT_OPTIONS(lockrun, timeout),
    LOCK_OPTIONS,
    WORD(0, "api", lockrun, api, 0, "API", "flock ofd",
         "kind of lock: flock, with -r ofd"),
    FLAG(0, "cloexec", lockrun, cloexec, 0, "commands do not inherit the descriptor"),
    END_OF_OPTIONS,
};

static enum status lockrun_open_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	struct lock_shell request;
	enum status status = lockrun_shell_request(opts, &request);
	return status == STATUS_OK ? lock_shell_open(argv[0], argv[1], &request) : status;
}

static const struct subcommand lockrun_open_subcommand = {
    .name = "open",
    .summary = "open and lock a file in the shell, its descriptor in VAR",
    .example = "lockrun open lock door",
    .operands = "VAR FILE",
    .operand_kinds = {OPERAND_VARIABLE, OPERAND_FILE},
    .min_operands = 2,
    .max_operands = 2,
    .options = open_options,
    .defaults = &defaults,
    OPTIONS_OF(lockrun),
    .run = lockrun_open_run,
    .frontends = FRONTEND_BUILTIN,
};

static const struct subcommand *const subcommands[] = {&lockrun_open_subcommand, NULL};

static enum status lockrun_lock_files(const struct lockrun *given,
                                      const struct lock_operands_names *names,
                                      char **command, bool *conflict)
{
	const struct lock_run run = {
	    .close = given->close, .no_fork = given->no_fork, .verbose = given->verbose};
	struct deadline deadline = deadline_start(given->timeout);
	struct lock_attributes attributes;
	struct lock_set locks;
	enum status status = lockrun_attributes(given, &attributes);
	if (status == STATUS_OK && given->mode.given)
		status = error_usage("option '-m': requires --api mutex or rwlock");
	/* a file with such a name is written ./shm:NAME */
	for (int i = 0; i < names->count && status == STATUS_OK; i++)
		if (strncmp(names->at[i], "shm:", 4) == 0)
			status = error_usage("'%s': requires --api mutex or rwlock",
			                     names->at[i]);
	if (status == STATUS_OK)
		status = lock_set_open(&locks, &attributes, names->at, names->count);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = lock_set_run(&locks, &run, &deadline, command);
	*conflict = locks.conflict;
	lock_set_close(&locks);
	return status;
}

static enum status lockrun_lock_memory(const struct lockrun *given,
                                       const struct lock_operands_names *names,
                                       char **command, bool *conflict)
{
	struct deadline deadline = deadline_start(given->timeout);
	const struct memory_set_request request = {
	    .kind = given->api == API_MUTEX ? &mutex_kind : &rwlock_kind,
	    .names = names->at,
	    .count = names->count,
	    .mode = given->mode,
	    .shared = given->shared,
	    .verbose = given->verbose};
	enum status status = STATUS_OK;
	if (given->range != NULL || given->no_fork)
		status = error_usage("option '%s': requires a lock on a file",
		                     given->range != NULL ? "-r" : "-F");
	else if (given->shared && request.kind->exclusive_only)
		status = error_usage("option '-s': requires --api rwlock");
	return status == STATUS_OK
	           ? lock_memory_run(&request, &deadline, command, conflict)
	           : status_before_command(status);
}

static enum status lockrun_run(const void *opts, int argc, char **argv)
{
	const struct lockrun *given = opts;
	const struct lock_operands_options forms = {
	    .fd = given->fd,
	    .line = given->command,
	    .require_command = given->also.count > 0 || given->mode.given ||
	                       given->close || given->no_fork ||
	                       supervision_is_given(&given->supervision)};
	struct supervision supervision;
	struct lock_operands operands;
	bool conflict = false;
	enum status status = lock_operands_parse(&operands, &forms, argc, argv);
	if (status == STATUS_OK && operands.fd >= 0)
		return lockrun_fd(given, operands.fd);
	if (status == STATUS_OK && given->unlock)
		status = error_usage("option '-u': requires --fd");
	if (status == STATUS_OK)
		status = supervision_begin(&supervision, &given->supervision);
	if (status != STATUS_OK)
		return status_before_command(status);
	const struct lock_operands_names names =
	    lock_operands_names(argv[0], &given->also);
	bool in_memory = given->api == API_MUTEX || given->api == API_RWLOCK;
	status = (in_memory ? lockrun_lock_memory : lockrun_lock_files)(
	    given, &names, operands.command, &conflict);
	supervision_end();
	return conflict && given->conflict_status >= 0
	           ? (enum status)given->conflict_status
	           : status;
}

APPLET(lockrun, .summary = "run a command that holds a lock", .group = APPLETS_LOCKS,
       .example = "lockrun -n backup.lock echo saving",
       .self = {.operands = "[FILE [--] COMMAND [ARG...]]",
                .operand_kinds = {OPERAND_FILE | OPERAND_LOCK, OPERAND_COMMAND},
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(lockrun),
                .run = lockrun_run,
                .runs_command = true},
       .subcommands = subcommands);
