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
#include "base/ksig.h"
#include "base/value.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"
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
struct sigmask_buffer {
	char *bytes;
	size_t length, size;
};

enum { LINE_MAX_BYTES = 4096 };

/* Room for one more thread: the next LINE_MAX_BYTES need not be checked. */
static bool sigmask_reserve(struct sigmask_buffer *buffer)
{
	if (buffer->size - buffer->length >= LINE_MAX_BYTES)
		return true;
	size_t size = 2 * buffer->size + LINE_MAX_BYTES;
	char *bytes = realloc(buffer->bytes, size);
	if (bytes == NULL)
		return false;
	buffer->bytes = bytes;
	buffer->size = size;
	return true;
}

__attribute__((format(printf, 2, 3))) static void
sigmask_printf(struct sigmask_buffer *buffer, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(buffer->bytes + buffer->length,
	                       buffer->size - buffer->length, format, arguments);
	va_end(arguments);
	buffer->length += (size_t)length;
}

/* ------------------------------------------------------------------- text */

static void sigmask_put_names(struct sigmask_buffer *buffer, uint64_t set)
{
	struct signame name;
	for (int signal = 1; signal <= KSIG_COUNT; signal++)
		if (set & ksig_bit(signal))
			sigmask_printf(buffer, " %s", signame_format(signal, &name));
}

/* Of a mask that is nearly full it is told what is missing. */
static void sigmask_put_set(struct sigmask_buffer *buffer, const char *what, uint64_t set)
{
	enum { NEARLY_ALL = KSIG_COUNT / 2 };
	uint64_t missing = ksig_catchable() & ~set;
	sigmask_printf(buffer, "%-8s", what);
	if (set == 0)
		sigmask_printf(buffer, " -");
	else if (__builtin_popcountll(set) <= NEARLY_ALL)
		sigmask_put_names(buffer, set);
	else if (missing == 0)
		sigmask_printf(buffer, " all");
	else {
		sigmask_printf(buffer, " all but");
		sigmask_put_names(buffer, missing);
	}
	sigmask_printf(buffer, "\n");
}

/* A command may call itself anything: it does not get to speak to the terminal. */
static void sigmask_put_name(struct sigmask_buffer *buffer, const char *what,
                             pid_t number, const char *command)
{
	sigmask_printf(buffer, "%-8s %d (", what, number);
	for (; *command != '\0'; command++)
		sigmask_printf(
		    buffer, "%c",
		    (unsigned char)*command < ' ' || *command == 0x7f ? '?' : *command);
	sigmask_printf(buffer, ")\n");
}

static void sigmask_put_process(struct sigmask_buffer *buffer,
                                const struct procstat *procstat)
{
	sigmask_put_name(buffer, "process", procstat->process, procstat->command);
	sigmask_put_set(buffer, "ignored", procstat->ignored);
	sigmask_put_set(buffer, "caught", procstat->caught);
	sigmask_put_set(buffer, "pending", procstat->pending);
	sigmask_printf(buffer, "queued   %lu of %lu\n", procstat->queued,
	               procstat->queue_limit);
}

static void sigmask_put_thread(struct sigmask_buffer *buffer,
                               const struct procstat *procstat)
{
	sigmask_put_name(buffer, "thread", procstat->thread, procstat->command);
	sigmask_put_set(buffer, "blocked", procstat->blocked);
	sigmask_put_set(buffer, "pending", procstat->thread_pending);
}

/* ------------------------------------------------------------------- JSON */

static void sigmask_put_array(struct sigmask_buffer *buffer, const char *what,
                              uint64_t set)
{
	struct signame name;
	const char *comma = "";
	sigmask_printf(buffer, ",\"%s\":[", what);
	for (int signal = 1; signal <= KSIG_COUNT; signal++)
		if (set & ksig_bit(signal)) {
			sigmask_printf(buffer, "%s\"%s\"", comma,
			               signame_format(signal, &name));
			comma = ",";
		}
	sigmask_printf(buffer, "]");
}

static void sigmask_put_command(struct sigmask_buffer *buffer, const char *command)
{
	size_t length = strlen(command);
	sigmask_printf(buffer, ",\"command\":");
	size_t size = json_string(buffer->bytes + buffer->length, command, length);
	if (size > 0) {
		buffer->length += size;
		return;
	}
	sigmask_printf(buffer, "{\"base64\":\"");
	buffer->length += json_base64(buffer->bytes + buffer->length, command, length);
	sigmask_printf(buffer, "\"}");
}

static void sigmask_put_process_json(struct sigmask_buffer *buffer,
                                     const struct procstat *procstat)
{
	sigmask_printf(buffer, "{\"pid\":%d", procstat->process);
	sigmask_put_command(buffer, procstat->command);
	sigmask_put_array(buffer, "ignored", procstat->ignored);
	sigmask_put_array(buffer, "caught", procstat->caught);
	sigmask_put_array(buffer, "pending", procstat->pending);
	sigmask_printf(buffer, ",\"queued\":%lu,\"queue_limit\":%lu,\"threads\":[",
	               procstat->queued, procstat->queue_limit);
}

static void sigmask_put_thread_json(struct sigmask_buffer *buffer,
                                    const struct procstat *procstat)
{
	bool first = buffer->bytes[buffer->length - 1] == '[';
	sigmask_printf(buffer, "%s{\"tid\":%d", first ? "" : ",", procstat->thread);
	sigmask_put_command(buffer, procstat->command);
	sigmask_put_array(buffer, "blocked", procstat->blocked);
	sigmask_put_array(buffer, "pending", procstat->thread_pending);
	sigmask_printf(buffer, "}");
}

/* ------------------------------------------------------------------- read */

/* A thread that has ended meanwhile is left out. */
static int sigmask_put_threads(struct sigmask_buffer *buffer, pid_t process, bool json)
{
	char path[64];
	struct procstat procstat;
	snprintf(path, sizeof path, "/proc/%d/task", process);
	DIR *threads = opendir(path);
	if (threads == NULL)
		return errno == ENOENT ? 0 : -1;
	bool room = true;
	for (struct dirent *entry; room && (entry = readdir(threads)) != NULL;) {
		pid_t thread = (pid_t)value_strtoull(entry->d_name, NULL, 10);
		if (thread <= 0 || procstat_read(&procstat, process, thread) < 0)
			continue;
		room = sigmask_reserve(buffer);
		if (room && json)
			sigmask_put_thread_json(buffer, &procstat);
		else if (room)
			sigmask_put_thread(buffer, &procstat);
	}
	closedir(threads);
	errno = ENOMEM;
	return room ? 0 : -1;
}

static int sigmask_put_all(struct sigmask_buffer *buffer, pid_t process, bool json)
{
	struct procstat procstat;
	if (procstat_read(&procstat, process, 0) < 0 || !sigmask_reserve(buffer))
		return -1;
	if (json)
		sigmask_put_process_json(buffer, &procstat);
	else
		sigmask_put_process(buffer, &procstat);
	if (sigmask_put_threads(buffer, procstat.process, json) < 0 ||
	    !sigmask_reserve(buffer))
		return -1;
	if (json)
		sigmask_printf(buffer, "]}\n");
	return 0;
}

static enum status sigmask_print(pid_t process, bool json)
{
	struct sigmask_buffer buffer = {0};
	enum status status = sigmask_put_all(&buffer, process, json) < 0
	                         ? error_errno("%d", process)
	                         : output_write(buffer.bytes, buffer.length);
	free(buffer.bytes);
	return status;
}

static enum status sigmask_run(const void *opts, int argc, char **argv)
{
	const struct sigmask *given = opts;
	struct value_error reason;
	int64_t process;
	enum status status = STATUS_OK;
	for (int i = 0; i < argc; i++) {
		const char *wrong = value_number(argv[i], 1, INT_MAX, &process, &reason);
		if (wrong != NULL)
			return error_usage("'%s' is %s", argv[i], wrong);
	}
	for (int i = 0; i < argc && status != STATUS_SIGPIPE; i++) {
		value_number(argv[i], 1, INT_MAX, &process, &reason);
		status = status_first_failure(status,
		                              sigmask_print((pid_t)process, given->json));
	}
	return status;
}

/* What is shown of a shell that it is a builtin of must not be its own doing. */
APPLET(sigmask, .summary = "show what a process does with signals and which are pending",
       .self = {.operands = "PID...",
                .operand_kinds = {OPERAND_PID | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(sigmask),
                .run = sigmask_run,
                .handles_sigpipe = true});
