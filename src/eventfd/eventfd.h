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
static const uint64_t eventfd_max = UINT64_MAX - 1;

struct eventfd_attributes {
	uint64_t initial; /* up to eventfd_max */
	bool semaphore;   /* EFD_SEMAPHORE: a read takes 1 */
	bool nonblock;    /* EFD_NONBLOCK, for all its holders */
};

/* Make one, close-on-exec, at the lowest free number from `from`. */
enum status eventfd_create(int *fd, const struct eventfd_attributes *attributes,
                           int from);

struct eventfd {
	int fd;
	bool borrowed; /* the caller's; eventfd_close() leaves it open */
	char name[NAME_EVENTFD_BYTES_MAX + 2]; /* "descriptor 3", "4711:3", "/jobs" */
};

/*
 * Reach the eventfd that text says: "3", "PID:FD" of another process, the name of one
 * that is served, NULL for what the variable EFD says. STATUS_USAGE where it says none.
 */
enum status eventfd_open(struct eventfd *event, const char *text);
void eventfd_close(struct eventfd *event);

/* Is what stands in event->fd an eventfd? Said in words where it is not. */
enum status eventfd_check(const struct eventfd *event);

/*
 * Make one and give it to all who ask for it by name, until a signal asks to end.
 * STATUS_EXISTS where the name is served already.
 */
enum status eventfd_serve(const struct eventfd_attributes *attributes, const char *text);

/* A name begins with a letter, _ or /, so that it is no number. */
bool eventfd_is_name(const char *text);

/* Reach the one that is served under a name; STATUS_NOT_FOUND where none is. */
enum status eventfd_open_served(struct eventfd *event, const char *text);

/*
 * Add n, wholly or, at the deadline or when asked to end, not at all. Adding 0 never
 * waits.
 */
enum status eventfd_add(const struct eventfd *event, uint64_t n,
                        const struct deadline *deadline);

/*
 * Print what a read gives: the whole counter, or 1 of a semaphore. What cannot be printed
 * is added again. STATUS_SIGPIPE, silently, where the reader of the output has left.
 */
enum status eventfd_read_and_print(const struct eventfd *event,
                                   const struct deadline *deadline);

/* Until it is not 0, taking nothing. */
enum status eventfd_wait(const struct eventfd *event, const struct deadline *deadline);

/* What the kernel tells about it; Linux before 6.5 does not tell the mode. */
struct eventfd_facts {
	uint64_t count;
	bool has_id, has_semaphore;
	uint64_t id, semaphore;
};
enum status eventfd_read_facts(const struct eventfd *event, struct eventfd_facts *facts);

/*
 * The lesson: a child process adds each number to a new eventfd, the parent
 * reads their sum, which must not pass eventfd_max. `steps`: each step is said.
 */
enum status eventfd_sum_in_child(const uint64_t *numbers, int count, bool steps,
                                 uint64_t *sum);

#endif
