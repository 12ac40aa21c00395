/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ksig.h"
#include "base/value.h"
#include "io/error.h"
#include "io/escape.h"
#include "io/output.h"
#include "io/record.h"
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

static void procstat_record_set(struct record *record, uint64_t set)
{
	struct signame name;
	record_begin_list(record);
	for (int signal = 1; signal <= KSIG_COUNT; signal++)
		if (set & ksig_bit(signal))
			record_item(record, signame_format(signal, &name));
	record_end_list(record);
}

/* All members but those of the threads. */
static void procstat_record_process(struct record *record,
                                    const struct procstat *procstat)
{
	static const struct record_column columns[] = {
	    {"pid", 0},         {"command", 0}, {"ignored", 0},
	    {"caught", 0},      {"pending", 0}, {"queued", 0},
	    {"queue_limit", 0}, {"threads", 0}, {0}};
	record_begin(record, columns, true);
	record_number(record, procstat->process);
	record_text(record, procstat->command);
	procstat_record_set(record, procstat->ignored);
	procstat_record_set(record, procstat->caught);
	procstat_record_set(record, procstat->pending);
	record_unsigned(record, procstat->queued);
	record_unsigned(record, procstat->queue_limit);
}

static void procstat_record_thread(struct record *record, const struct procstat *procstat)
{
	static const struct record_column columns[] = {
	    {"tid", 0}, {"command", 0}, {"blocked", 0}, {"pending", 0}, {0}};
	record_begin_object(record, columns);
	record_number(record, procstat->thread);
	record_text(record, procstat->command);
	procstat_record_set(record, procstat->blocked);
	procstat_record_set(record, procstat->thread_pending);
	record_end_object(record);
}

/* ------------------------------------------------------------------- read */

/* All that is known of one process is written at once. */
struct procstat_output {
	struct procstat_buffer text;
	struct record *json; /* NULL: text */
};

/* A thread that has ended by now is left out: 0. -1 with errno if it cannot be read. */
static int append_one_thread(struct procstat_output *output, pid_t process, pid_t thread)
{
	struct procstat procstat;
	if (procstat_read(&procstat, process, thread) < 0)
		return errno == ESRCH ? 0 : -1;
	if (output->json != NULL)
		procstat_record_thread(output->json, &procstat);
	else if (!reserve_procstat(&output->text))
		return -1;
	else
		append_thread(&output->text, &procstat);
	return 0;
}

static int append_threads(struct procstat_output *output, pid_t process)
{
	char path[64];
	struct dirent *entry;
	int result = 0;
	snprintf(path, sizeof path, "/proc/%d/task", process);
	DIR *threads = opendir(path);
	if (threads == NULL)
		return errno == ENOENT ? 0 : -1;
	while (result == 0) {
		errno = 0;
		entry = readdir(threads);
		if (entry == NULL)
			break;
		pid_t thread = (pid_t)value_strtoull(entry->d_name, NULL, 10);
		if (thread > 0)
			result = append_one_thread(output, process, thread);
	}
	/* getdents(2) of a process that has ended by now: ENOENT */
	if (result == 0 && errno != 0 && errno != ENOENT)
		result = -1;
	int error = errno;
	closedir(threads);
	errno = error;
	return result;
}

static enum status procstat_print_text(const struct procstat *procstat)
{
	struct procstat_output output = {0};
	bool appended = reserve_procstat(&output.text);
	if (appended) {
		append_process(&output.text, procstat);
		appended = append_threads(&output, procstat->process) == 0;
	}
	enum status status = appended
	                         ? output_write(output.text.bytes, output.text.length)
	                         : error_errno("%d", procstat->process);
	free(output.text.bytes);
	return status;
}

static enum status procstat_print_json(const struct procstat *procstat)
{
	struct record record;
	struct procstat_output output = {.json = &record};
	procstat_record_process(&record, procstat);
	record_begin_list(&record);
	if (append_threads(&output, procstat->process) < 0) {
		record_discard(&record);
		return error_errno("%d", procstat->process);
	}
	record_end_list(&record);
	return record_end(&record);
}

static enum status report_procstat_error(pid_t process)
{
	return errno == EPERM
	           ? error_as(STATUS_FAILED, "%d: exists, but /proc does not show it",
	                      process)
	           : error_errno("%d", process);
}

enum status procstat_print(pid_t process, bool json)
{
	struct procstat procstat;
	if (procstat_read(&procstat, process, 0) < 0)
		return report_procstat_error(process);
	return json ? procstat_print_json(&procstat) : procstat_print_text(&procstat);
}
