/* SPDX-License-Identifier: MIT */
/*
 * The fields that describe an event, as a line of text, a JSON object or variables
 * of the environment.
 */
#ifndef WAIT_EVENT_H
#define WAIT_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum { WAIT_FIELDS_MAX = 4 };

struct wait_field {
	const char *name; /* lower case */
	const char *text; /* NULL: the number */
	bool is_bare;     /* the line of text has no name before it */
	uint64_t number;
	bool is_signed; /* the number is an int64_t */
};

struct wait_event {
	int count;
	struct wait_field fields[WAIT_FIELDS_MAX];
};

/* The text must outlive the event. */
void wait_event_add_text(struct wait_event *event, const char *name, const char *text);
/* Of which the line of text shows no name: "exists". */
void wait_event_add_bare(struct wait_event *event, const char *name, const char *text);
void wait_event_add_number(struct wait_event *event, const char *name, uint64_t number);
void wait_event_add_signed(struct wait_event *event, const char *name, int64_t number);

/* "pid:123 exit 3", without a newline, to be freed; NULL: no memory. */
char *wait_event_format(const char *source, const struct wait_event *event);

/* The same on standard output, or as {"source":"pid:123","exit":3}. */
enum status wait_event_print(const char *source, const struct wait_event *event,
                             bool json);

/*
 * Set IPCWAIT_SOURCE, IPCWAIT_EVENT (the line) and IPCWAIT_EXIT … in the environment of a
 * command (process/environment.h): 0, or -1 with errno.
 */
int wait_event_export(const char *source, const struct wait_event *event);

#endif
