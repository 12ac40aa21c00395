/*
 * How far a stream is: a line on standard error that is written over a few times a
 * second and stays when all is done:
 *
 *     shmread:   1.21 GiB   0:03   402 MiB/s   30 %   0:07 left
 *
 *     struct progress progress;
 *     progress_begin(&progress, given->progress, PROGRESS_BYTES, end);
 *     … progress_set(&progress, done); after each block or message …
 *     progress_end(&progress);
 *
 * It is looked at in progress_set(), and in deadline_poll(), so that a line does not
 * stand still where nothing moves. Another call that waits for long should be made by a
 * deadline_poll() first. There is one at a time; it must not move in memory.
 *
 * The rate is that since the beginning. What does not fit into the terminal's width is
 * left out from the right. It changes no status; a message (io/report.h) takes its
 * place, and it comes again below that. One that is not shown costs a comparison, one
 * that is shown a look at the coarse clock, which is no system call (vdso(7)).
 */
#ifndef IO_PROGRESS_H
#define IO_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/value.h"

enum progress_unit { PROGRESS_BYTES, PROGRESS_MESSAGES };

enum { PROGRESS_END_UNKNOWN = -1 };

struct progress {
	bool shown;
	enum progress_unit unit;
	int64_t end;  /* in units, as is done */
	int64_t done; /* since it began */
	struct timespec started;
	int64_t next; /* when it is to be drawn: nanoseconds since then */
};

/* The clock begins to run, and a first line is shown if WHEN says so. */
void progress_begin(struct progress *progress, enum value_when when,
                    enum progress_unit unit, int64_t end);

void progress_update(void *progress);

/* So many are done now, all in all. */
static inline void progress_set(struct progress *progress, int64_t done)
{
	progress->done = done;
	if (progress->shown)
		progress_update(progress);
}

/* The last line, with what was done: also after a failure. More than once is fine. */
void progress_end(struct progress *progress);

#endif
