/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/quantity.h"
#include "io/error.h"
#include "io/record.h"
#include "trace/event.h"

/* Append to a text, whose size it is cut off at. */
__attribute__((format(printf, 3, 0))) static void
append_text(char *text, size_t size, const char *format, va_list arguments)
{
	size_t length = strlen(text);
	vsnprintf(text + length, size - length, format, arguments);
}

void trace_event_add(struct trace_event *event, const char *format, ...)
{
	va_list arguments;
	size_t length = strlen(event->detail);
	if (length > 0 && length < sizeof event->detail - 1)
		memcpy(event->detail + length, " ", 2);
	va_start(arguments, format);
	append_text(event->detail, sizeof event->detail, format, arguments);
	va_end(arguments);
}

/* ------------------------------------------------------------------ waits */

void trace_event_begin(const struct trace_event *event, struct trace_objects *objects)
{
	if (event->object < 0 || event->flow == TRACE_FLOW_NONE)
		return;
	struct trace_party *last = &objects->items[event->object].last[event->flow];
	*last = (struct trace_party){.pid = event->pid, .time = event->began};
	memcpy(last->command, event->command, sizeof last->command);
}

/*
 * The opposite of a call ends its wait, if another process has begun it in that time.
 * A socket is not the object that the peer uses.
 */
static void find_who_woke(struct trace_event *event, const struct trace_object *object)
{
	const struct trace_party *other = &object->last[TRACE_FLOW_TAKES - event->flow];
	if (object->kind != TRACE_KIND_SOCKET && event->result >= 0 &&
	    event->outcome == TRACE_OUTCOME_RETURNED && other->pid != event->pid &&
	    other->time >= event->began)
		event->by = *other;
}

static void count_call(struct trace_event *event, struct trace_object *object)
{
	object->calls++;
	object->failed += event->result < 0;
	if (event->result >= 0 && event->size > 0 && event->flow != TRACE_FLOW_NONE)
		object->bytes += (uint64_t)event->size;
	if (!event->waited)
		return;
	object->waits++;
	object->waited += event->ended - event->began;
	find_who_woke(event, object);
}

/* ------------------------------------------------------------------ print */

static const struct record_column json_columns[] = {
    {"time", 0},   {"pid", 0},    {"thread", 0},     {"command", 0},
    {"call", 0},   {"object", 0}, {"size", 0},       {"priority", 0},
    {"value", 0},  {"detail", 0}, {"result", 0},     {"error", 0},
    {"waited", 0}, {"by", 0},     {"by_command", 0}, {0},
};

static void add_json_number(struct record *record, int64_t number)
{
	if (number == TRACE_EVENT_NONE)
		record_none(record);
	else
		record_number(record, number);
}

/* In the place of a result. */
static const char *outcome_text(const struct trace_event *event)
{
	if (event->outcome == TRACE_OUTCOME_PENDING)
		return "has not returned";
	if (event->outcome == TRACE_OUTCOME_INTERRUPTED)
		return "interrupted by a signal";
	return event->result < 0 ? error_text((int)-event->result) : NULL;
}

static enum status print_json_event(const struct trace_event *event, const char *object,
                                    int64_t start)
{
	struct record record;
	bool returned = event->outcome == TRACE_OUTCOME_RETURNED;
	record_begin(&record, json_columns, true);
	record_seconds(&record, event->began - start);
	record_pid(&record, event->pid);
	record_pid(&record, event->thread);
	record_text(&record, event->command);
	record_text(&record, event->call);
	record_text(&record, object);
	add_json_number(&record, event->size);
	add_json_number(&record, event->priority);
	add_json_number(&record, event->value);
	record_text(&record, event->detail[0] != '\0' ? event->detail : NULL);
	add_json_number(&record, returned ? event->result : TRACE_EVENT_NONE);
	record_text(&record, outcome_text(event));
	record_seconds(&record, event->waited ? event->ended - event->began : 0);
	record_pid(&record, event->by.pid);
	record_text(&record, event->by.command[0] != '\0' ? event->by.command : NULL);
	return record_end(&record);
}

/* record.c escapes it. */
struct trace_line {
	char text[TRACE_LINK_BYTES + 512];
};

__attribute__((format(printf, 2, 3))) static void add_to_line(struct trace_line *line,
                                                              const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	append_text(line->text, sizeof line->text, format, arguments);
	va_end(arguments);
}

static void add_line_number(struct trace_line *line, const char *format, int64_t number)
{
	if (number == TRACE_EVENT_NONE)
		return;
	add_to_line(line, " %s%lld", format, (long long)number);
}

static enum status print_text_event(const struct trace_event *event, const char *object,
                                    int64_t start)
{
	static const struct record_column one_column[] = {{"line", -1}, {0}};
	struct record record;
	struct trace_line line;
	int64_t micro = (event->began - start) / 1000;
	const char *error = outcome_text(event);
	line.text[0] = '\0';
	add_to_line(&line, "%4lld.%06lld %7d %-15s %s", (long long)(micro / 1000000),
	            (long long)(micro % 1000000), (int)event->thread, event->command,
	            event->call);
	if (object != NULL)
		add_to_line(&line, " %s", object);
	if (event->detail[0] != '\0')
		add_to_line(&line, " %s", event->detail);
	add_line_number(&line, "size ", event->size);
	add_line_number(&line, "priority ", event->priority);
	add_line_number(&line, "value ", event->value);
	if (error != NULL)
		add_to_line(&line, " = %s", error);
	else if (event->outcome == TRACE_OUTCOME_RETURNED)
		add_line_number(&line, "= ", event->result);
	if (event->waited) {
		char waited[QUANTITY_TEXT];
		quantity_time(waited, event->ended - event->began);
		add_to_line(&line, ", waited %s", waited);
	}
	if (event->by.pid != 0)
		add_to_line(&line, ", %s %d %s",
		            event->outcome == TRACE_OUTCOME_SIGNAL ? "from" : "woken by",
		            (int)event->by.pid, event->by.command);
	record_begin(&record, one_column, false);
	record_text(&record, line.text);
	return record_end(&record);
}

enum status trace_event_end(struct trace_event *event, struct trace_objects *objects,
                            const struct trace_output *output)
{
	const char *name = NULL;
	if (event->object >= 0) {
		struct trace_object *object = &objects->items[event->object];
		name = objects->texts + object->name;
		count_call(event, object);
	}
	if (output->summary)
		return STATUS_OK;
	return output->json ? print_json_event(event, name, output->start)
	                    : print_text_event(event, name, output->start);
}

/* ---------------------------------------------------------------- summary */

enum status trace_event_summary(const struct trace_objects *objects, bool json)
{
	static const char *const kinds[] = {"mq",   "shm",    "sem",     "fifo",
	                                    "pipe", "socket", "eventfd", "memfd",
	                                    "file", "process"};
	static const struct record_column columns[] = {
	    {"kind", -7},  {"object", -30}, {"calls", 8},   {"failed", 8},
	    {"bytes", 10}, {"waits", 8},    {"waited", 12}, {0},
	};
	bool headed = false;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < objects->count && status == STATUS_OK; i++) {
		const struct trace_object *object = &objects->items[i];
		struct record record;
		if (object->calls == 0)
			continue;
		status = record_heading(columns, json, &headed);
		if (status != STATUS_OK)
			break;
		record_begin(&record, columns, json);
		record_text(&record, kinds[object->kind]);
		record_text(&record, objects->texts + object->name);
		record_unsigned(&record, object->calls);
		record_unsigned(&record, object->failed);
		record_unsigned(&record, object->bytes);
		record_unsigned(&record, object->waits);
		record_seconds(&record, object->waited);
		status = record_end(&record);
	}
	return status;
}
