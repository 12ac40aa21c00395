/*
 * lockrun - run a command that holds a lock
 *
 * See fcntl(2), flock(2), pthread_mutex_lock(3).
 */
#include <string.h>

#include "applet.h"
#include "io/error.h"
#include "lock/lock.h"
#include "lock/memory.h"

enum { GROUP_MODE = 2 };

struct lockrun {
	bool shared, exclusive, close;
	struct timeout timeout;
	const char *range, *api;
	struct string_list also;
};

static const struct option_row options[] = {
    FLAG('s', "shared", lockrun, shared, GROUP_MODE,
         "beside others who share it: readers"),
    FLAG('x', "exclusive", lockrun, exclusive, GROUP_MODE, "alone: a writer (default)"),
    WAIT_OPTIONS_RUN(lockrun, timeout),
    STRING('r', "range", lockrun, range, 0, "START:LENGTH",
           "only these bytes; LENGTH 0: to the end for ever"),
    STRING(0, "api", lockrun, api, 0, "API",
           "ofd (default), posix, flock; of shm:NAME: mutex, rwlock"),
    STRINGS('a', "also", lockrun, also, 0, "FILE", "lock FILE too; again for more",
            .value = OPERAND_FILE | OPERAND_LOCK),
    FLAG('o', "close", lockrun, close, 0,
         "do not let COMMAND inherit the lock: it ends with COMMAND"),
    END_OF_OPTIONS,
};

/* A lock on a file, or one in memory. */
struct lockrun_api {
	const char *name;
	enum lock_api api;
	const struct lock_memory_kind *kind; /* NULL: on a file */
};

static const struct lockrun_api apis[] = {
    {"ofd", LOCK_OFD, NULL},
    {"posix", LOCK_POSIX, NULL},
    {"flock", LOCK_FLOCK, NULL},
    {"mutex", LOCK_OFD, &mutex_kind},
    {"rwlock", LOCK_OFD, &rwlock_kind},
};

static enum status lockrun_parse_api(const char *text, const struct lockrun_api **choice)
{
	*choice = &apis[0];
	if (text == NULL)
		return STATUS_OK;
	for (size_t i = 0; i < sizeof apis / sizeof *apis; i++)
		if (strcmp(apis[i].name, text) == 0) {
			*choice = &apis[i];
			return STATUS_OK;
		}
	return error_usage(
	    "option '--api': '%s' is not ofd, posix, flock, mutex or rwlock", text);
}

/* One end of it: where the other begins is a colon. */
static enum status lockrun_parse_bytes(const char *range, const char *text, size_t length,
                                       int64_t *bytes)
{
	char copy[64];
	struct value_error reason;
	const char *wrong = "not a size";
	if (length < sizeof copy) {
		memcpy(copy, text, length);
		copy[length] = '\0';
		wrong = value_size(copy, 0, INT64_MAX, bytes, &reason);
	}
	return wrong == NULL ? STATUS_OK
	                     : error_usage("option '-r': '%s': '%.*s' is %s", range,
	                                   (int)length, text, wrong);
}

static enum status lockrun_parse_range(const char *text,
                                       struct lock_attributes *attributes)
{
	if (text == NULL)
		return STATUS_OK;
	if (attributes->api == LOCK_FLOCK)
		return error_usage("option '-r': flock locks whole files only");
	const char *colon = strchr(text, ':');
	if (colon == NULL)
		return error_usage("option '-r': '%s' is not START:LENGTH", text);
	enum status status =
	    lockrun_parse_bytes(text, text, (size_t)(colon - text), &attributes->start);
	if (status == STATUS_OK)
		status = lockrun_parse_bytes(text, colon + 1, strlen(colon + 1),
		                             &attributes->length);
	if (status == STATUS_OK && attributes->length > 0 &&
	    attributes->start > INT64_MAX - (attributes->length - 1))
		status = error_usage("option '-r': '%s' ends past byte %lld", text,
		                     (long long)INT64_MAX);
	return status;
}

/* Such a file would be called ./shm:NAME. */
static enum status lockrun_refuse_memory(const char *const *paths, int count)
{
	for (int i = 0; i < count; i++)
		if (strncmp(paths[i], "shm:", 4) == 0)
			return error_usage("'%s': is for --api mutex or rwlock",
			                   paths[i]);
	return STATUS_OK;
}

static enum status lockrun_lock_files(const struct lockrun *given, enum lock_api api,
                                      const char *const *paths, int count,
                                      const struct deadline *deadline, char **command)
{
	struct lock_attributes attributes = {.api = api, .shared = given->shared};
	struct lock_set locks;
	enum status status = lockrun_refuse_memory(paths, count);
	if (status == STATUS_OK)
		status = lockrun_parse_range(given->range, &attributes);
	if (status == STATUS_OK)
		status = lock_set_open(&locks, &attributes, paths, count);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = lock_set_run(&locks, !given->close, deadline, command);
	lock_set_close(&locks);
	return status;
}

static enum status lockrun_check_memory(const struct lockrun *given,
                                        const struct lock_memory_kind *kind)
{
	if (given->range != NULL)
		return error_usage("option '-r': is for locks on files");
	if (given->shared && kind == &mutex_kind)
		return error_usage("option '-s': a mutex is exclusive; rwlock can be "
		                   "shared");
	return STATUS_OK;
}

static enum status lockrun_run(const void *opts, int argc, char **argv)
{
	const struct lockrun *given = opts;
	struct deadline deadline = deadline_start(given->timeout);
	const char *names[LOCK_SET_MAX] = {argv[0]};
	int count = 1 + given->also.count;
	const struct lockrun_api *choice;
	char **command = argv + (strcmp(argv[1], "--") == 0 ? 2 : 1);
	memcpy(names + 1, given->also.at, (size_t)given->also.count * sizeof *names);
	if (command == argv + argc)
		return status_before_command(error_usage("missing COMMAND"));
	enum status status = lockrun_parse_api(given->api, &choice);
	if (status == STATUS_OK && choice->kind == NULL)
		return lockrun_lock_files(given, choice->api, names, count, &deadline,
		                          command);
	if (status == STATUS_OK)
		status = lockrun_check_memory(given, choice->kind);
	if (status != STATUS_OK)
		return status_before_command(status);
	return lock_memory_run(choice->kind, given->shared, names, count, &deadline,
	                       command);
}

APPLET(lockrun, .summary = "run a command that holds a lock",
       .self = {.operands = "FILE [--] COMMAND [ARG...]",
                .operand_kinds = {OPERAND_FILE | OPERAND_LOCK, OPERAND_COMMAND},
                .min_operands = 2,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(lockrun),
                .run = lockrun_run,
                .runs_command = true});
