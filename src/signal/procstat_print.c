#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ksig.h"
#include "base/value.h"
#include "io/error.h"
#include "io/escape.h"
#include "io/json.h"
#include "io/output.h"
#include "signal/procstat.h"
#include "signal/procstat_print.h"
#include "signal/signame.h"

/* The output for one process. One thread takes at most THREAD_BYTES_MAX. */
struct procstat_buffer {
	char *bytes;
	size_t length, size;
};

enum { THREAD_BYTES_MAX = 4096 };

/* Make room for one more thread: THREAD_BYTES_MAX. */
static bool reserve_procstat(struct procstat_buffer *buffer)
{
	if (buffer->size - buffer->length >= THREAD_BYTES_MAX)
		return true;
	size_t size = 2 * buffer->size + THREAD_BYTES_MAX;
	char *bytes = realloc(buffer->bytes, size);
	if (bytes == NULL)
		return false;
	buffer->bytes = bytes;
	buffer->size = size;
	return true;
}

__attribute__((format(printf, 2, 3))) static void
append_procstat(struct procstat_buffer *buffer, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(buffer->bytes + buffer->length,
	                       buffer->size - buffer->length, format, arguments);
	va_end(arguments);
	buffer->length += (size_t)length;
}

/* ------------------------------------------------------------------- text */

static void append_names(struct procstat_buffer *buffer, uint64_t set)
{
	struct signame name;
	for (int signal = 1; signal <= KSIG_COUNT; signal++)
		if (set & ksig_bit(signal))
			append_procstat(buffer, " %s", signame_format(signal, &name));
}

/* Of a set that is nearly full, the signals that are missing. */
static void append_set(struct procstat_buffer *buffer, const char *what, uint64_t set)
{
	enum { NEARLY_ALL = KSIG_COUNT / 2 };
	uint64_t missing = ksig_catchable() & ~set;
	append_procstat(buffer, "%-8s", what);
	if (set == 0)
		append_procstat(buffer, " -");
	else if (__builtin_popcountll(set) <= NEARLY_ALL)
		append_names(buffer, set);
	else if (missing == 0)
		append_procstat(buffer, " all");
	else {
		append_procstat(buffer, " all but");
		append_names(buffer, missing);
	}
	append_procstat(buffer, "\n");
}

/* A process chooses its own name. */
static void append_command_name(struct procstat_buffer *buffer, const char *what,
                                pid_t number, const char *command)
{
	append_procstat(buffer, "%-8s %d (", what, number);
	buffer->length += escape_text(buffer->bytes + buffer->length, command);
	append_procstat(buffer, ")\n");
}

static void append_process(struct procstat_buffer *buffer,
                           const struct procstat *procstat)
{
	append_command_name(buffer, "process", procstat->process, procstat->command);
	append_set(buffer, "ignored", procstat->ignored);
	append_set(buffer, "caught", procstat->caught);
	append_set(buffer, "pending", procstat->pending);
	append_procstat(buffer, "queued   %lu of %lu\n", procstat->queued,
	                procstat->queue_limit);
}

static void append_thread(struct procstat_buffer *buffer, const struct procstat *procstat)
{
	append_command_name(buffer, "thread", procstat->thread, procstat->command);
	append_set(buffer, "blocked", procstat->blocked);
	append_set(buffer, "pending", procstat->thread_pending);
}

/* ------------------------------------------------------------------- JSON */

static void append_array(struct procstat_buffer *buffer, const char *what, uint64_t set)
{
	struct signame name;
	const char *comma = "";
	append_procstat(buffer, ",\"%s\":[", what);
	for (int signal = 1; signal <= KSIG_COUNT; signal++)
		if (set & ksig_bit(signal)) {
			append_procstat(buffer, "%s\"%s\"", comma,
			                signame_format(signal, &name));
			comma = ",";
		}
	append_procstat(buffer, "]");
}

static void append_command_json(struct procstat_buffer *buffer, const char *command)
{
	append_procstat(buffer, ",\"command\":");
	buffer->length +=
	    json_text(buffer->bytes + buffer->length, command, strlen(command));
}

static void append_process_json(struct procstat_buffer *buffer,
                                const struct procstat *procstat)
{
	append_procstat(buffer, "{\"pid\":%d", procstat->process);
	append_command_json(buffer, procstat->command);
	append_array(buffer, "ignored", procstat->ignored);
	append_array(buffer, "caught", procstat->caught);
	append_array(buffer, "pending", procstat->pending);
	append_procstat(buffer, ",\"queued\":%lu,\"queue_limit\":%lu,\"threads\":[",
	                procstat->queued, procstat->queue_limit);
}

static void append_thread_json(struct procstat_buffer *buffer,
                               const struct procstat *procstat)
{
	bool first = buffer->bytes[buffer->length - 1] == '[';
	append_procstat(buffer, "%s{\"tid\":%d", first ? "" : ",", procstat->thread);
	append_command_json(buffer, procstat->command);
	append_array(buffer, "blocked", procstat->blocked);
	append_array(buffer, "pending", procstat->thread_pending);
	append_procstat(buffer, "}");
}

/* ------------------------------------------------------------------- read */

/* A thread that has ended by now is left out: 0. -1 with errno if it cannot be read. */
static int append_one_thread(struct procstat_buffer *buffer, pid_t process, pid_t thread,
                             bool json)
{
	struct procstat procstat;
	if (procstat_read(&procstat, process, thread) < 0)
		return errno == ESRCH ? 0 : -1;
	if (!reserve_procstat(buffer))
		return -1;
	if (json)
		append_thread_json(buffer, &procstat);
	else
		append_thread(buffer, &procstat);
	return 0;
}

static int append_threads(struct procstat_buffer *buffer, pid_t process, bool json)
{
	char path[64];
	struct dirent *entry;
	int result = 0;
	snprintf(path, sizeof path, "/proc/%d/task", process);
	DIR *threads = opendir(path);
	if (threads == NULL)
		return errno == ENOENT ? 0 : -1;
	while (result == 0 && (errno = 0, entry = readdir(threads)) != NULL) {
		pid_t thread = (pid_t)value_strtoull(entry->d_name, NULL, 10);
		if (thread > 0)
			result = append_one_thread(buffer, process, thread, json);
	}
	/* getdents(2) of a process that has ended by now: ENOENT */
	if (result == 0 && errno != 0 && errno != ENOENT)
		result = -1;
	int error = errno;
	closedir(threads);
	errno = error;
	return result;
}

static int append_all(struct procstat_buffer *buffer, pid_t process, bool json)
{
	struct procstat procstat;
	if (procstat_read(&procstat, process, 0) < 0 || !reserve_procstat(buffer))
		return -1;
	if (json)
		append_process_json(buffer, &procstat);
	else
		append_process(buffer, &procstat);
	if (append_threads(buffer, procstat.process, json) < 0 ||
	    !reserve_procstat(buffer))
		return -1;
	if (json)
		append_procstat(buffer, "]}\n");
	return 0;
}

enum status procstat_print(pid_t process, bool json)
{
	struct procstat_buffer buffer = {0};
	enum status status = append_all(&buffer, process, json) < 0
	                         ? error_errno("%d", process)
	                         : output_write(buffer.bytes, buffer.length);
	free(buffer.bytes);
	return status;
}
