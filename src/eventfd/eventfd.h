/*
 * Eventfds: a counter behind a descriptor. See eventfd(2).
 *
 * An eventfd has no name: it is reached by its number, in this process or in
 * another one, unless a process serves it under a name. Its flags belong to the
 * description that all its holders share, so nothing here changes them: O_NONBLOCK stays
 * as its maker chose.
 *
 * Functions that return a status have reported their failure. The prefix is
 * event_ because libc has an eventfd_read and an eventfd_write.
 */
#ifndef EVENTFD_EVENTFD_H
#define EVENTFD_EVENTFD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "object/name.h"

/* The most a counter can be; eventfd(2) keeps 2^64 - 1 for itself. */
static const uint64_t event_max = UINT64_MAX - 1;

struct event_shape {
	uint64_t initial; /* up to event_max */
	bool semaphore;   /* EFD_SEMAPHORE: a read takes 1 */
	bool nonblock;    /* EFD_NONBLOCK, for all its holders */
};

/* Make one, close-on-exec, at the lowest free number from `from`. */
enum status event_make(int *fd, const struct event_shape *shape, int from);

struct event {
	int fd;
	bool borrowed; /* the caller's; event_close() leaves it open */
	char name[NAME_EVENT_BYTES_MAX + 2]; /* "descriptor 3", "4711:3", "/jobs" */
};

/*
 * Reach the eventfd that text says: "3", "PID:FD" of another process, the name of one
 * that is served, NULL for what the variable EFD says. STATUS_USAGE where it says none.
 */
enum status event_open(struct event *event, const char *text);
void event_close(struct event *event);

/* Is what stands in event->fd an eventfd? Said in words where it is not. */
enum status event_check(const struct event *event);

/*
 * Make one and give it to all who ask for it by name, until a signal asks to end.
 * STATUS_EXISTS where the name is served already.
 */
enum status event_serve(const struct event_shape *shape, const char *text);

/* A name begins with a letter, _ or /, so that it is no number. */
bool event_is_name(const char *text);

/* Reach the one that is served under a name; STATUS_MISSING where none is. */
enum status event_open_served(struct event *event, const char *text);

/*
 * Add n, wholly or, at the deadline or when asked to end, not at all. Adding 0 never
 * waits.
 */
enum status event_add(const struct event *event, uint64_t n,
                      const struct deadline *deadline);

/*
 * Print what a read gives: the whole counter, or 1 of a semaphore. What cannot be printed
 * is added again. STATUS_READER_GONE, silently, where the reader of the output has left.
 */
enum status event_read(const struct event *event, const struct deadline *deadline);

/* Until it is not 0, taking nothing. */
enum status event_wait(const struct event *event, const struct deadline *deadline);

/* What the kernel tells about it; Linux before 6.5 does not tell the mode. */
struct event_facts {
	uint64_t count;
	bool knows_id, knows_semaphore;
	uint64_t id, semaphore;
};
enum status event_facts(const struct event *event, struct event_facts *facts);

/*
 * The lesson: a child process adds each number to a new eventfd, the parent
 * reads their sum, which must not pass event_max. `steps`: each step is said.
 */
enum status event_sum_in_child(const uint64_t *numbers, int count, bool steps,
                               uint64_t *sum);

#endif
