/* SPDX-License-Identifier: MIT */
/*
 * The progress of a stream: a line on standard error that is rewritten a few times a
 * second and remains at the end:
 *
 *     shmread:   1.21 GiB   0:03   402 MiB/s   30 %   0:07 left
 *
 *     struct progress progress;
 *     progress_begin(&progress, given->progress, PROGRESS_BYTES, end);
 *     … progress_set(&progress, done); after each block or message …
 *     progress_end(&progress);
 *
 * The line is updated in progress_set() and in deadline_poll(), so that its time advances
 * also while no data is transferred; before another call that may wait long, call
 * deadline_poll(). Only one can exist at a time; it must not be moved in memory.
 *
 * The rate is the average since the beginning. Fields that exceed the width of the
 * terminal are omitted, from the right. Progress has no effect on the exit status; a
 * message (io/report.h) replaces the line, which is drawn again below it. progress_set()
 * costs a comparison if nothing is shown, otherwise it reads the coarse clock, which
 * is not a system call (vdso(7)).
 */
#ifndef IO_PROGRESS_H
#define IO_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/value.h"

enum progress_unit { PROGRESS_BYTES, PROGRESS_MESSAGES, PROGRESS_JOBS };

enum { PROGRESS_END_UNKNOWN = -1 };

/* Appends the fields that stand before the time, for PROGRESS_JOBS. */
struct progress_fields;
typedef void progress_describe(void *argument, struct progress_fields *fields);

/* Append a field if it fits as a whole; after one that does not fit, append none. */
void progress_append(struct progress_fields *fields, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct progress {
	bool shown;
	enum progress_unit unit;
	int64_t end;  /* in units, or PROGRESS_END_UNKNOWN */
	int64_t done; /* in units */
	struct timespec started;
	int64_t next; /* when to draw the line again, in nanoseconds since then */
	progress_describe *describe;
	void *argument;
};

/* Start the clock, and show the first line if `when` requires it. */
void progress_begin(struct progress *progress, enum value_when when,
                    enum progress_unit unit, int64_t end);

/* The same for commands, whose line begins with the fields of describe(argument). */
void progress_begin_jobs(struct progress *progress, enum value_when when, int64_t end,
                         progress_describe *describe, void *argument);

/* The text of the line now, whether it is shown or not; of PROGRESS_JOBS only. */
enum { PROGRESS_TEXT_MAX = 128 };
void progress_text(const struct progress *progress, char text[PROGRESS_TEXT_MAX]);

/* Draw the line again if it is time; of type void * for deadline_set_idle_hook(). */
void progress_update(void *progress);

/* Set the number of units done since the beginning. */
static inline void progress_set(struct progress *progress, int64_t done)
{
	progress->done = done;
	if (progress->shown)
		progress_update(progress);
}

/* Show the last line, also after a failure. Further calls have no effect. */
void progress_end(struct progress *progress);

#endif
