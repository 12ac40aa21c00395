/* SPDX-License-Identifier: MIT */
/*
 * A result, written as a line of aligned text below a heading or as a JSON object.
 *
 *     static const struct record_column columns[] = {{"queue", -20}, {"depth", 6}, {0}};
 *     struct record record;
 *     record_begin(&record, columns, json);
 *     record_text(&record, name); record_number(&record, 10);
 *     status = record_end(&record);
 *
 * The fields are added in the order of the columns; their names are the heading of the
 * text (in capitals) and the names of the JSON members. The text is escaped as in
 * messages. A line may have any length; one of more than RECORD_BYTES_MAX bytes, which is
 * enough for any path with every byte escaped, is kept in allocated memory.
 */
#ifndef IO_RECORD_H
#define IO_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

enum { RECORD_BYTES_MAX = 32768 };

struct record_column {
	const char *name; /* lower case; NULL ends the columns */
	int width;        /* minimum width in the text; negative: aligned to the left */
};

enum record_color { RECORD_GREEN, RECORD_YELLOW, RECORD_RED };

/* The object, and the list of values in it, that a field is added to. */
struct record_level {
	const struct record_column *columns;
	int next, items;
};

struct record {
	struct record_level level, outer;
	bool json;
	bool failed; /* no memory: record_end() fails */
	size_t length, size;
	char *allocated;             /* the line, if it is longer; else NULL */
	char line[RECORD_BYTES_MAX]; /* see record_bytes() */
};

/*
 * Write the heading unless *shown, which becomes true; JSON has none. Call it before each
 * row, so that a command that finds nothing writes nothing.
 */
enum status record_heading(const struct record_column *columns, bool json, bool *shown);

void record_begin(struct record *record, const struct record_column *columns, bool json);
void record_text(struct record *record, const char *text); /* NULL: record_none() */
/* A state, in a colour if standard output is a terminal that has them: see terminal.h. */
void record_state(struct record *record, const char *state, enum record_color color);
void record_number(struct record *record, int64_t number);
void record_count(struct record *record, int64_t number); /* negative: record_none() */
void record_pid(struct record *record, pid_t pid);        /* 0: record_none() */
void record_unsigned(struct record *record, uint64_t number);
/* Of a number of nanoseconds, not negative: seconds with six decimal places. */
void record_seconds(struct record *record, int64_t nanoseconds);
void record_boolean(struct record *record, bool value); /* true or false */
void record_mode(struct record *record,
                 unsigned mode);         /* four octal digits, a string in JSON */
void record_none(struct record *record); /* "-", null in JSON */
/* The name of a user, or the UID if it has none; a string in JSON in any case. */
void record_user(struct record *record, unsigned uid);
enum { RECORD_USER_BYTES = 40 };
const char *record_user_text(char text[RECORD_USER_BYTES], unsigned uid);

/* Write the line. A failure is reported. */
enum status record_end(struct record *record);

/* Bytes, of JSON only: as record_text(), but they may contain NUL bytes. */
void record_data(struct record *record, const void *bytes, size_t length);

/*
 * Lists, of JSON only: the next member is a list of texts or of objects. Objects in a
 * list have columns of their own, and are not nested further.
 */
void record_begin_list(struct record *record);
void record_item(struct record *record, const char *text);
void record_begin_object(struct record *record, const struct record_column *columns);
void record_end_object(struct record *record);
void record_end_list(struct record *record);

/*
 * In place of record_end(), for a line of few bytes: store it in `to`, which has room for
 * it, its newline and a NUL. Returns the length, without the NUL.
 */
size_t record_store(struct record *record, char *to);

/* In place of record_end(): nothing is written. errno is left unchanged. */
void record_discard(struct record *record);

/* The `length` bytes of the unfinished line. */
const char *record_bytes(const struct record *record);

#endif
