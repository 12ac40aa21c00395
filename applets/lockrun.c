/*
 * lockrun - run a command that holds a lock
 *
 * See fcntl(2), flock(2), pthread_mutex_lock(3).
 */
#include <string.h>

#include "applet.h"
#include "io/report.h"
#include "lock/lock.h"
#include "lock/memory.h"

enum { GROUP_MODE = 2 };

struct lockrun {
	bool shared, exclusive, close;
	struct patience patience;
	const char *range, *api;
	struct texts also;
};

static const struct option_row options[] = {
    FLAG('s', "shared", lockrun, shared, GROUP_MODE,
         "beside others who share it: readers"),
    FLAG('x', "exclusive", lockrun, exclusive, GROUP_MODE, "alone: a writer (default)"),
    PATIENCE_TO_RUN(lockrun, patience),
    TEXT('r', "range", lockrun, range, 0, "START:LENGTH",
         "only these bytes; LENGTH 0: to the end for ever"),
    TEXT(0, "api", lockrun, api, 0, "API",
         "ofd (default), posix, flock; of shm:NAME: mutex, rwlock"),
    TEXTS('a', "also", lockrun, also, 0, "FILE", "lock FILE too; again for more"),
    FLAG('o', "close", lockrun, close, 0,
         "do not let COMMAND inherit the lock: it ends with COMMAND"),
    END_OF_OPTIONS,
};

/* A lock on a file, or one in memory. */
struct choice {
	const char *name;
	enum lock_api api;
	const struct mutex_kind *kind; /* NULL: on a file */
};

static const struct choice choices[] = {
    {"ofd", LOCK_OFD, NULL},
    {"posix", LOCK_POSIX, NULL},
    {"flock", LOCK_FLOCK, NULL},
    {"mutex", LOCK_OFD, &mutex_kind},
    {"rwlock", LOCK_OFD, &rwlock_kind},
};

static enum status parse_api(const char *text, const struct choice **choice)
{
	*choice = &choices[0];
	if (text == NULL)
		return STATUS_DONE;
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
		if (strcmp(choices[i].name, text) == 0) {
			*choice = &choices[i];
			return STATUS_DONE;
		}
	return usage_error(
	    "option '--api': '%s' is not ofd, posix, flock, mutex or rwlock", text);
}

/* One end of it: where the other begins is a colon. */
static enum status parse_bytes(const char *range, const char *text, size_t length,
                               int64_t *bytes)
{
	char copy[64];
	struct reason reason;
	const char *wrong = "not a size";
	if (length < sizeof copy) {
		memcpy(copy, text, length);
		copy[length] = '\0';
		wrong = value_size(copy, 0, INT64_MAX, bytes, &reason);
	}
	return wrong == NULL ? STATUS_DONE
	                     : usage_error("option '-r': '%s': '%.*s' is %s", range,
	                                   (int)length, text, wrong);
}

static enum status parse_range(const char *text, struct lock_shape *shape)
{
	if (text == NULL)
		return STATUS_DONE;
	if (shape->api == LOCK_FLOCK)
		return usage_error("option '-r': flock locks whole files only");
	const char *colon = strchr(text, ':');
	if (colon == NULL)
		return usage_error("option '-r': '%s' is not START:LENGTH", text);
	enum status status =
	    parse_bytes(text, text, (size_t)(colon - text), &shape->start);
	if (status == STATUS_DONE)
		status = parse_bytes(text, colon + 1, strlen(colon + 1), &shape->length);
	if (status == STATUS_DONE && shape->length > 0 &&
	    shape->start > INT64_MAX - (shape->length - 1))
		status = usage_error("option '-r': '%s' ends past byte %lld", text,
		                     (long long)INT64_MAX);
	return status;
}

/* Such a file would be called ./shm:NAME. */
static enum status refuse_memory(const char *const *paths, int count)
{
	for (int i = 0; i < count; i++)
		if (strncmp(paths[i], "shm:", 4) == 0)
			return usage_error("'%s': is for --api mutex or rwlock",
			                   paths[i]);
	return STATUS_DONE;
}

static enum status lock_files(const struct lockrun *given, enum lock_api api,
                              const char *const *paths, int count,
                              const struct deadline *deadline, char **command)
{
	struct lock_shape shape = {.api = api, .shared = given->shared};
	struct file_locks locks;
	enum status status = refuse_memory(paths, count);
	if (status == STATUS_DONE)
		status = parse_range(given->range, &shape);
	if (status == STATUS_DONE)
		status = locks_open(&locks, &shape, paths, count);
	if (status != STATUS_DONE)
		return status_before_command(status);
	status = locks_run(&locks, !given->close, deadline, command);
	locks_close(&locks);
	return status;
}

static enum status check_memory(const struct lockrun *given,
                                const struct mutex_kind *kind)
{
	if (given->range != NULL)
		return usage_error("option '-r': is for locks on files");
	if (given->shared && kind == &mutex_kind)
		return usage_error("option '-s': a mutex is exclusive; rwlock can be "
		                   "shared");
	return STATUS_DONE;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct lockrun *given = opts;
	struct deadline deadline = deadline_after(given->patience);
	const char *names[LOCKS_MAX] = {argv[0]};
	int count = 1 + given->also.count;
	const struct choice *choice;
	char **command = argv + (strcmp(argv[1], "--") == 0 ? 2 : 1);
	memcpy(names + 1, given->also.at, (size_t)given->also.count * sizeof *names);
	if (command == argv + argc)
		return status_before_command(usage_error("missing COMMAND"));
	enum status status = parse_api(given->api, &choice);
	if (status == STATUS_DONE && choice->kind == NULL)
		return lock_files(given, choice->api, names, count, &deadline, command);
	if (status == STATUS_DONE)
		status = check_memory(given, choice->kind);
	if (status != STATUS_DONE)
		return status_before_command(status);
	return lock_memory_run(choice->kind, given->shared, names, count, &deadline,
	                       command);
}

APPLET(lockrun, .summary = "run a command that holds a lock",
       .self = {.operands = "FILE [--] COMMAND [ARG...]",
                .least_operands = 2,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(lockrun),
                .run = run,
                .runs_command = true});
