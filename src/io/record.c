/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/error.h"
#include "io/escape.h"
#include "io/json.h"
#include "io/output.h"
#include "io/record.h"
#include "io/terminal.h"

const char *record_bytes(const struct record *record)
{
	return record->allocated != NULL ? record->allocated : record->line;
}

/* Room for this many bytes at the end of the line; NULL if there is no memory. */
static char *record_reserve(struct record *record, size_t length)
{
	char *bytes = record->allocated;
	size_t size = record->size;
	if (record->failed)
		return NULL;
	if (length > size - record->length) {
		while (length > size - record->length)
			size *= 2;
		bytes = realloc(bytes, size);
		if (bytes == NULL) {
			record->failed = true;
			return NULL;
		}
		if (record->allocated == NULL)
			memcpy(bytes, record->line, record->length);
		record->allocated = bytes;
		record->size = size;
	}
	return (bytes != NULL ? bytes : record->line) + record->length;
}

static void record_put(struct record *record, const char *text, size_t length)
{
	char *to = record_reserve(record, length);
	if (to == NULL)
		return;
	memcpy(to, text, length);
	record->length += length;
}

static void record_put_string(struct record *record, const char *text)
{
	record_put(record, text, strlen(text));
}

/* A comma and the member's name in JSON, the blank between columns in text. */
static const struct record_column *record_begin_field(struct record *record)
{
	struct record_level *level = &record->level;
	const struct record_column *column = &level->columns[level->next++];
	if (record->json) {
		record_put_string(record, level->next > 1 ? ",\"" : "{\"");
		record_put_string(record, column->name);
		record_put_string(record, "\":");
	} else if (level->next > 1) {
		record_put_string(record, " ");
	}
	return column;
}

static void record_put_blanks(struct record *record, size_t count)
{
	for (; count > 0; count--)
		record_put(record, " ", 1);
}

/* As in messages. */
static void record_put_escaped(struct record *record, const char *text)
{
	while (*text != '\0') {
		char shown[ESCAPE_CHARACTER_MAX];
		size_t length = escape_character(shown, &text);
		record_put(record, shown, length);
	}
}

static size_t escaped_length(const char *text)
{
	size_t length = 0;
	while (*text != '\0') {
		char shown[ESCAPE_CHARACTER_MAX];
		length += escape_character(shown, &text);
	}
	return length;
}

static void record_put_aligned(struct record *record, const struct record_column *column,
                               const char *text)
{
	bool left = column->width < 0;
	size_t width = (size_t)(left ? -column->width : column->width);
	bool last = column[1].name == NULL;
	size_t length = escaped_length(text);
	size_t blanks = length < width ? width - length : 0;
	if (!left)
		record_put_blanks(record, blanks);
	record_put_escaped(record, text);
	if (left && !last)
		record_put_blanks(record, blanks);
}

enum status record_heading(const struct record_column *columns, bool json, bool *shown)
{
	struct record record;
	if (json || *shown)
		return STATUS_OK;
	*shown = true;
	record_begin(&record, columns, false);
	for (const struct record_column *column = columns; column->name != NULL;
	     column++) {
		char capitals[32];
		size_t i;
		for (i = 0; column->name[i] != '\0' && i + 1 < sizeof capitals; i++) {
			char c = column->name[i];
			capitals[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
		}
		capitals[i] = '\0';
		record_put_aligned(&record, record_begin_field(&record), capitals);
	}
	return record_end(&record);
}

void record_begin(struct record *record, const struct record_column *columns, bool json)
{
	record->level = (struct record_level){.columns = columns};
	record->json = json;
	record->failed = false;
	record->length = 0;
	record->size = sizeof record->line;
	record->allocated = NULL;
}

static void record_put_json_bytes(struct record *record, const void *bytes, size_t length)
{
	char *to = record_reserve(record, json_text_max(length));
	if (to != NULL)
		record->length += json_text(to, bytes, length);
}

static void record_put_json(struct record *record, const char *text)
{
	record_put_json_bytes(record, text, strlen(text));
}

void record_text(struct record *record, const char *text)
{
	if (text == NULL) {
		record_none(record);
		return;
	}
	const struct record_column *column = record_begin_field(record);
	if (record->json)
		record_put_json(record, text);
	else
		record_put_aligned(record, column, text);
}

void record_state(struct record *record, const char *state, enum record_color color)
{
	static const char sequences[][6] = {
	    [RECORD_GREEN] = "\x1b[32m",
	    [RECORD_YELLOW] = "\x1b[33m",
	    [RECORD_RED] = "\x1b[31m",
	};
	if (record->json || !terminal_has_color(STDOUT_FILENO)) {
		record_text(record, state);
		return;
	}
	const struct record_column *column = record_begin_field(record);
	record_put_string(record, sequences[color]);
	record_put_aligned(record, column, state);
	record_put_string(record, "\x1b[0m");
}

static void record_put_word(struct record *record, const char *word)
{
	const struct record_column *column = record_begin_field(record);
	if (record->json)
		record_put_string(record, word);
	else
		record_put_aligned(record, column, word);
}

void record_number(struct record *record, int64_t number)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)number);
	record_put_word(record, text);
}

void record_count(struct record *record, int64_t number)
{
	if (number >= 0)
		record_number(record, number);
	else
		record_none(record);
}

void record_pid(struct record *record, pid_t pid)
{
	record_count(record, pid != 0 ? pid : -1);
}

void record_unsigned(struct record *record, uint64_t number)
{
	char text[24];
	snprintf(text, sizeof text, "%llu", (unsigned long long)number);
	record_put_word(record, text);
}

void record_seconds(struct record *record, int64_t nanoseconds)
{
	char text[32];
	snprintf(text, sizeof text, "%lld.%06d", (long long)(nanoseconds / 1000000000),
	         (int)(nanoseconds % 1000000000 / 1000));
	record_put_word(record, text);
}

void record_boolean(struct record *record, bool value)
{
	record_put_word(record, value ? "true" : "false");
}

void record_mode(struct record *record, unsigned mode)
{
	char text[16];
	snprintf(text, sizeof text, "%04o", mode & 07777);
	record_text(record, text);
}

void record_none(struct record *record)
{
	record_put_word(record, record->json ? "null" : "-");
}

const char *record_user_text(char text[RECORD_USER_BYTES], unsigned uid)
{
	const struct passwd *user = getpwuid((uid_t)uid);
	if (user != NULL && strlen(user->pw_name) < RECORD_USER_BYTES)
		strcpy(text, user->pw_name);
	else
		snprintf(text, RECORD_USER_BYTES, "%u", uid);
	return text;
}

void record_user(struct record *record, unsigned uid)
{
	char text[RECORD_USER_BYTES];
	record_text(record, record_user_text(text, uid));
}

void record_data(struct record *record, const void *bytes, size_t length)
{
	record_begin_field(record);
	record_put_json_bytes(record, bytes, length);
}

void record_begin_list(struct record *record)
{
	record_begin_field(record);
	record_put_string(record, "[");
	record->level.items = 0;
}

static void record_begin_item(struct record *record)
{
	if (record->level.items++ > 0)
		record_put_string(record, ",");
}

void record_item(struct record *record, const char *text)
{
	record_begin_item(record);
	record_put_json(record, text);
}

void record_begin_object(struct record *record, const struct record_column *columns)
{
	record_begin_item(record);
	record->outer = record->level;
	record->level = (struct record_level){.columns = columns};
}

void record_end_object(struct record *record)
{
	record_put_string(record, "}");
	record->level = record->outer;
}

void record_end_list(struct record *record)
{
	record_put_string(record, "]");
}

static void record_put_end(struct record *record)
{
	record_put_string(record, record->json ? "}\n" : "\n");
}

void record_discard(struct record *record)
{
	int error = errno;
	free(record->allocated);
	record->allocated = NULL;
	errno = error;
}

enum status record_end(struct record *record)
{
	record_put_end(record);
	enum status status = record->failed
	                         ? error_as(STATUS_FAILED, "%s", error_text(ENOMEM))
	                         : output_write(record_bytes(record), record->length);
	record_discard(record);
	return status;
}

size_t record_store(struct record *record, char *to)
{
	record_put_end(record);
	memcpy(to, record_bytes(record), record->length);
	to[record->length] = '\0';
	record_discard(record);
	return record->length;
}
