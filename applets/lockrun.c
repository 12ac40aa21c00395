/*
 * lockrun - run a command that holds a lock
 *
 * See fcntl(2), flock(2).
 */
#include <string.h>

#include "applet.h"
#include "lock.h"
#include "report.h"

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
    TEXT(0, "api", lockrun, api, 0, "API", "ofd (default), posix or flock"),
    TEXTS('a', "also", lockrun, also, 0, "FILE", "lock FILE too; again for more"),
    FLAG('o', "close", lockrun, close, 0,
         "do not let COMMAND inherit the lock: it ends with COMMAND"),
    END_OF_OPTIONS,
};

static enum status parse_api(const char *text, enum lock_api *api)
{
	static const char *const names[] = {
	    [LOCK_OFD] = "ofd", [LOCK_POSIX] = "posix", [LOCK_FLOCK] = "flock"};
	if (text == NULL)
		return STATUS_DONE;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], text) == 0) {
			*api = (enum lock_api)i;
			return STATUS_DONE;
		}
	return usage_error("option '--api': '%s' is not ofd, posix or flock", text);
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

static enum status parse(const struct lockrun *given, struct lock_shape *shape)
{
	*shape = (struct lock_shape){.shared = given->shared};
	enum status status = parse_api(given->api, &shape->api);
	if (status == STATUS_DONE)
		status = parse_range(given->range, shape);
	return status;
}

/* FILE and all of --also. */
static enum status open_all(struct file_locks *locks, const struct lockrun *given,
                            const char *file)
{
	struct lock_shape shape;
	const char *paths[LOCKS_MAX] = {file};
	enum status status = parse(given, &shape);
	if (status != STATUS_DONE)
		return status;
	memcpy(paths + 1, given->also.at, (size_t)given->also.count * sizeof *paths);
	return locks_open(locks, &shape, paths, 1 + given->also.count);
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct lockrun *given = opts;
	struct deadline deadline = deadline_after(given->patience);
	struct file_locks locks;
	char **command = argv + (strcmp(argv[1], "--") == 0 ? 2 : 1);
	if (command == argv + argc)
		return status_before_command(usage_error("missing COMMAND"));
	enum status status = open_all(&locks, given, argv[0]);
	if (status != STATUS_DONE)
		return status_before_command(status);
	status = locks_run(&locks, !given->close, &deadline, command);
	locks_close(&locks);
	return status;
}

APPLET(lockrun, .summary = "run a command that holds a lock",
       .self = {.operands = "FILE [--] COMMAND [ARG...]",
                .least_operands = 2,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(lockrun),
                .run = run,
                .runs_command = true});
