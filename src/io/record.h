/*
 * A result as a line of aligned text under a heading, or as a JSON object.
 *
 *     static const struct column columns[] = {{"queue", -20}, {"depth", 6}, {0}};
 *     struct record record;
 *     record_begin(&record, columns, json);
 *     record_text(&record, name); record_number(&record, 10);
 *     status = record_end(&record);
 *
 * The fields are given in the order of the columns; the same names head the
 * text (in capitals) and the JSON members. No allocation; a line holds at
 * most RECORD_BYTES_MAX bytes of output, which is more than any path takes, every
 * byte of it escaped. In the text control characters are shown as messages show them.
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
	int width;        /* of the text at least; negative: to the left */
};

struct record {
	const struct record_column *columns;
	bool json;
	bool too_long; /* it did not fit; record_end() fails */
	int next;
	size_t length;
	char line[RECORD_BYTES_MAX];
};

/*
 * The heading, once: before the first row that there is, so that a command that finds
 * nothing writes nothing. *shown begins as false. None for JSON.
 */
enum status record_heading(const struct record_column *columns, bool json, bool *shown);

void record_begin(struct record *record, const struct record_column *columns, bool json);
void record_text(struct record *record, const char *text); /* NULL: none */
void record_number(struct record *record, int64_t number);
void record_count(struct record *record, int64_t number); /* none where it is negative */
void record_pid(struct record *record, pid_t pid);        /* none where it is 0 */
void record_unsigned(struct record *record, uint64_t number);
void record_boolean(struct record *record, bool value); /* true or false */
void record_mode(struct record *record,
                 unsigned mode);         /* four octal digits, a string in JSON */
void record_none(struct record *record); /* "-", null in JSON */
/*
 * A user's name, its number where it has none: a string in JSON.
 */
void record_user(struct record *record, unsigned uid);
enum status record_end(struct record *record); /* writes the line */

/* Room that json_string() may need, quotes included. */
static inline size_t json_string_max(size_t length)
{
	return 6 * length + 2;
}

/*
 * For streams of JSON: append bytes as a JSON string with its quotes where they are UTF-8
 * (returns the length it takes), or 0 where they are not.
 */
size_t json_string(char *to, const void *bytes, size_t length);

/* Append base64 of the bytes, without quotes: 4 * ((length + 2) / 3) bytes. */
size_t json_base64(char *to, const void *bytes, size_t length);

#endif
