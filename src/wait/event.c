/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/error.h"
#include "io/escape.h"
#include "io/output.h"
#include "io/record.h"
#include "process/environment.h"
#include "wait/event.h"

static struct wait_field *wait_event_add(struct wait_event *event, const char *name)
{
	struct wait_field *field = &event->fields[event->count++];
	*field = (struct wait_field){.name = name};
	return field;
}

void wait_event_add_text(struct wait_event *event, const char *name, const char *text)
{
	wait_event_add(event, name)->text = text;
}

void wait_event_add_bare(struct wait_event *event, const char *name, const char *text)
{
	struct wait_field *field = wait_event_add(event, name);
	field->text = text;
	field->is_bare = true;
}

void wait_event_add_number(struct wait_event *event, const char *name, uint64_t number)
{
	wait_event_add(event, name)->number = number;
}

void wait_event_add_signed(struct wait_event *event, const char *name, int64_t number)
{
	struct wait_field *field = wait_event_add(event, name);
	field->number = (uint64_t)number;
	field->is_signed = true;
}

enum { WAIT_NUMBER_BYTES = sizeof "-9223372036854775808" + 1 };

/* Its value as text. */
static const char *wait_field_text(const struct wait_field *field,
                                   char number[WAIT_NUMBER_BYTES])
{
	if (field->text != NULL)
		return field->text;
	snprintf(number, WAIT_NUMBER_BYTES, field->is_signed ? "%lld" : "%llu",
	         (unsigned long long)field->number);
	return number;
}

char *wait_event_format(const char *source, const struct wait_event *event)
{
	char number[WAIT_NUMBER_BYTES];
	size_t size = strlen(source) + 1;
	for (int i = 0; i < event->count; i++)
		size += strlen(event->fields[i].name) + 2 +
		        strlen(wait_field_text(&event->fields[i], number));
	char *line = malloc(size);
	if (line == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	char *end = stpcpy(line, source);
	for (int i = 0; i < event->count; i++) {
		const struct wait_field *field = &event->fields[i];
		if (!field->is_bare)
			end = stpcpy(stpcpy(end, " "), field->name);
		end = stpcpy(stpcpy(end, " "), wait_field_text(field, number));
	}
	return line;
}

static enum status wait_event_print_json(const char *source,
                                         const struct wait_event *event)
{
	struct record_column columns[WAIT_FIELDS_MAX + 2] = {{"source", 0}};
	struct record record;
	for (int i = 0; i < event->count; i++)
		columns[i + 1].name = event->fields[i].name;
	record_begin(&record, columns, true);
	record_text(&record, source);
	for (int i = 0; i < event->count; i++) {
		const struct wait_field *field = &event->fields[i];
		if (field->text != NULL)
			record_text(&record, field->text);
		else if (field->is_signed)
			record_number(&record, (int64_t)field->number);
		else
			record_unsigned(&record, field->number);
	}
	return record_end(&record);
}

/* A script gets the names as they are. */
static enum status wait_event_print_line(const char *line)
{
	size_t length = strlen(line);
	bool escaped = isatty(STDOUT_FILENO) == 1 && !output_is_variable();
	char *bytes = malloc((escaped ? ESCAPE_BYTE_MAX : 1) * length + 1);
	if (bytes == NULL)
		return error_errno("%s", line);
	if (escaped)
		length = escape_text(bytes, line);
	else
		memcpy(bytes, line, length);
	bytes[length] = '\n';
	enum status status = output_write(bytes, length + 1);
	free(bytes);
	return status;
}

enum status wait_event_print(const char *source, const struct wait_event *event,
                             bool json)
{
	if (json)
		return wait_event_print_json(source, event);
	char *line = wait_event_format(source, event);
	enum status status =
	    line != NULL ? wait_event_print_line(line) : error_errno("%s", source);
	free(line);
	return status;
}

/* IPCWAIT_NAME=TEXT */
static int wait_event_export_one(const char *name, const char *text)
{
	char variable[32] = "IPCWAIT_";
	char *end = variable + strlen(variable);
	for (; *name != '\0' && end < variable + sizeof variable - 1; name++)
		*end++ = (char)(*name & ~0x20);
	*end = '\0';
	return environment_set(variable, text);
}

int wait_event_export(const char *source, const struct wait_event *event)
{
	char number[WAIT_NUMBER_BYTES];
	char *line = wait_event_format(source, event);
	int result = line != NULL && wait_event_export_one("source", source) == 0 &&
	                     wait_event_export_one("event", line) == 0
	                 ? 0
	                 : -1;
	for (int i = 0; i < event->count && result == 0; i++)
		result = wait_event_export_one(
		    event->fields[i].name, wait_field_text(&event->fields[i], number));
	int error = errno;
	free(line);
	errno = error;
	return result;
}
