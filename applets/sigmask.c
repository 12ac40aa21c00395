/*
 * sigmask - show what a process does with signals and which are pending
 *
 * From /proc/PID/status. A process catches and ignores as a whole; each of its threads
 * blocks for itself, and a signal can be pending for one of them. See signal(7).
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet.h"
#include "base/sigset.h"
#include "base/value.h"
#include "io/output.h"
#include "io/record.h"
#include "io/report.h"
#include "signal/procstat.h"
#include "signal/signame.h"

struct sigmask {
	bool json;
};

static const struct option_row options[] = {
    JSON(sigmask, json, 0),
    END_OF_OPTIONS,
};

/* What one process has to say; a thread takes LINE_MAX_BYTES at most. */
struct text {
	char *bytes;
	size_t length, size;
};

enum { LINE_MAX_BYTES = 4096 };

/* Room for one more thread: the next LINE_MAX_BYTES need not be checked. */
static bool make_room(struct text *text)
{
	if (text->size - text->length >= LINE_MAX_BYTES)
		return true;
	size_t size = 2 * text->size + LINE_MAX_BYTES;
	char *bytes = realloc(text->bytes, size);
	if (bytes == NULL)
		return false;
	text->bytes = bytes;
	text->size = size;
	return true;
}

__attribute__((format(printf, 2, 3))) static void put(struct text *text,
                                                      const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(text->bytes + text->length, text->size - text->length,
	                       format, arguments);
	va_end(arguments);
	text->length += (size_t)length;
}

/* ------------------------------------------------------------------- text */

static void put_names(struct text *text, uint64_t set)
{
	struct sig_name name;
	for (int signal = 1; signal <= SIG_COUNT; signal++)
		if (set & sig_bit(signal))
			put(text, " %s", sig_name(signal, &name));
}

/* Of a mask that is nearly full it is told what is missing. */
static void put_set(struct text *text, const char *what, uint64_t set)
{
	enum { NEARLY_ALL = SIG_COUNT / 2 };
	uint64_t missing = sig_catchable() & ~set;
	put(text, "%-8s", what);
	if (set == 0)
		put(text, " -");
	else if (__builtin_popcountll(set) <= NEARLY_ALL)
		put_names(text, set);
	else if (missing == 0)
		put(text, " all");
	else {
		put(text, " all but");
		put_names(text, missing);
	}
	put(text, "\n");
}

/* A command may call itself anything: it does not get to speak to the terminal. */
static void put_who(struct text *text, const char *what, pid_t number,
                    const char *command)
{
	put(text, "%-8s %d (", what, number);
	for (; *command != '\0'; command++)
		put(text, "%c",
		    (unsigned char)*command < ' ' || *command == 0x7f ? '?' : *command);
	put(text, ")\n");
}

static void put_process(struct text *text, const struct masks *masks)
{
	put_who(text, "process", masks->process, masks->command);
	put_set(text, "ignored", masks->ignored);
	put_set(text, "caught", masks->caught);
	put_set(text, "pending", masks->pending);
	put(text, "queued   %lu of %lu\n", masks->queued, masks->queue_limit);
}

static void put_thread(struct text *text, const struct masks *masks)
{
	put_who(text, "thread", masks->thread, masks->command);
	put_set(text, "blocked", masks->blocked);
	put_set(text, "pending", masks->thread_pending);
}

/* ------------------------------------------------------------------- JSON */

static void put_array(struct text *text, const char *what, uint64_t set)
{
	struct sig_name name;
	const char *comma = "";
	put(text, ",\"%s\":[", what);
	for (int signal = 1; signal <= SIG_COUNT; signal++)
		if (set & sig_bit(signal)) {
			put(text, "%s\"%s\"", comma, sig_name(signal, &name));
			comma = ",";
		}
	put(text, "]");
}

static void put_command(struct text *text, const char *command)
{
	size_t length = strlen(command);
	put(text, ",\"command\":");
	size_t size = json_string(text->bytes + text->length, command, length);
	if (size > 0) {
		text->length += size;
		return;
	}
	put(text, "{\"base64\":\"");
	text->length += json_base64(text->bytes + text->length, command, length);
	put(text, "\"}");
}

static void put_process_json(struct text *text, const struct masks *masks)
{
	put(text, "{\"pid\":%d", masks->process);
	put_command(text, masks->command);
	put_array(text, "ignored", masks->ignored);
	put_array(text, "caught", masks->caught);
	put_array(text, "pending", masks->pending);
	put(text, ",\"queued\":%lu,\"queue_limit\":%lu,\"threads\":[", masks->queued,
	    masks->queue_limit);
}

static void put_thread_json(struct text *text, const struct masks *masks)
{
	bool first = text->bytes[text->length - 1] == '[';
	put(text, "%s{\"tid\":%d", first ? "" : ",", masks->thread);
	put_command(text, masks->command);
	put_array(text, "blocked", masks->blocked);
	put_array(text, "pending", masks->thread_pending);
	put(text, "}");
}

/* ------------------------------------------------------------------- read */

/* A thread that has ended meanwhile is left out. */
static int tell_of_threads(struct text *text, pid_t process, bool json)
{
	char path[64];
	struct masks masks;
	snprintf(path, sizeof path, "/proc/%d/task", process);
	DIR *threads = opendir(path);
	if (threads == NULL)
		return errno == ENOENT ? 0 : -1;
	bool room = true;
	for (struct dirent *entry; room && (entry = readdir(threads)) != NULL;) {
		pid_t thread = (pid_t)value_within(entry->d_name, NULL, 10);
		if (thread <= 0 || masks_read(&masks, process, thread) < 0)
			continue;
		room = make_room(text);
		if (room && json)
			put_thread_json(text, &masks);
		else if (room)
			put_thread(text, &masks);
	}
	closedir(threads);
	errno = ENOMEM;
	return room ? 0 : -1;
}

static int tell_of_process(struct text *text, pid_t process, bool json)
{
	struct masks masks;
	if (masks_read(&masks, process, 0) < 0 || !make_room(text))
		return -1;
	if (json)
		put_process_json(text, &masks);
	else
		put_process(text, &masks);
	if (tell_of_threads(text, masks.process, json) < 0 || !make_room(text))
		return -1;
	if (json)
		put(text, "]}\n");
	return 0;
}

static enum status show(pid_t process, bool json)
{
	struct text text = {0};
	enum status status = tell_of_process(&text, process, json) < 0
	                         ? fail("%d", process)
	                         : output_write(text.bytes, text.length);
	free(text.bytes);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct sigmask *given = opts;
	struct reason reason;
	int64_t process;
	enum status status = STATUS_DONE;
	for (int i = 0; i < argc; i++) {
		const char *wrong = value_number(argv[i], 1, INT_MAX, &process, &reason);
		if (wrong != NULL)
			return usage_error("'%s' is %s", argv[i], wrong);
	}
	for (int i = 0; i < argc && status != STATUS_READER_GONE; i++) {
		value_number(argv[i], 1, INT_MAX, &process, &reason);
		status = first_failure(status, show((pid_t)process, given->json));
	}
	return status;
}

/* What is shown of a shell that it is a builtin of must not be its own doing. */
APPLET(sigmask, .summary = "show what a process does with signals and which are pending",
       .self = {.operands = "PID...",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(sigmask),
                .run = run,
                .guards_itself = true});
