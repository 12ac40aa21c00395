/* SPDX-License-Identifier: MIT */
/*
 * Eventfds: a counter behind a descriptor. See eventfd(2).
 *
 * An eventfd has no name: it is reached by its descriptor, in this process or in another
 * one, unless a process serves it under a name. Its flags belong to the open file
 * description that all its users share, so nothing here changes them: O_NONBLOCK stays as
 * its creator chose.
 *
 * Functions that return a status have reported their failure. libc has an eventfd_read()
 * and an eventfd_write() of its own.
 */
#ifndef EVENTFD_EVENTFD_H
#define EVENTFD_EVENTFD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "object/name.h"

/* The maximum of a counter; eventfd(2) reserves 2^64 - 1. */
static const uint64_t eventfd_max = UINT64_MAX - 1;

/* A command gets the lowest free number from here; scripts use the lower ones. */
enum { EVENTFD_LOWEST_FOR_COMMAND = 3 };

struct eventfd_attributes {
	uint64_t initial; /* up to eventfd_max */
	bool semaphore;   /* EFD_SEMAPHORE: a read subtracts 1 */
	bool nonblock;    /* EFD_NONBLOCK, for all its users */
	bool cloexec;     /* closed in the commands of the shell (eventfd/command.h) */
	int64_t fd;       /* the number that it must have; 0: any (eventfd/command.h) */
};

/* Create one, close-on-exec, at the lowest free number from `from`. */
enum status eventfd_create(int *fd, const struct eventfd_attributes *attributes,
                           int from);

struct eventfd {
	int fd;
	bool borrowed; /* the caller's; eventfd_close() leaves it open */
	char name[NAME_EVENTFD_BYTES_MAX + 2]; /* "descriptor 3", "4711:3", "/jobs" */
};

/*
 * Reach the eventfd that the text names: "3", "PID:FD" of another process, the name of
 * one that is served; NULL: what the variable EFD names. STATUS_USAGE if it is none of
 * these.
 */
enum status eventfd_open(struct eventfd *event, const char *text);
void eventfd_close(struct eventfd *event);

/* Is event->fd an eventfd? If not, that is reported. */
enum status eventfd_check(const struct eventfd *event);

/*
 * Create one and send it to every trusted process that asks for it by the name, until a
 * termination signal comes. STATUS_EXISTS if the name is served already.
 */
enum status eventfd_serve(const struct eventfd_attributes *attributes, const char *text);

/* A name begins with a letter, _ or /, so that it is not a number. */
bool eventfd_is_name(const char *text);

/* Reach the one that is served under a name; STATUS_NOT_FOUND if none is. */
enum status eventfd_open_served(struct eventfd *event, const char *text);

/* The counter, without a message: false if the kernel does not report it. */
bool eventfd_count(const struct eventfd *event, uint64_t *count);

/*
 * Add n completely; at the deadline, or after a termination signal, add nothing. Adding 0
 * never waits.
 */
enum status eventfd_add(const struct eventfd *event, uint64_t n,
                        const struct deadline *deadline);

/*
 * Read it and print the value: the whole counter, or 1 of a semaphore. A value that
 * cannot be printed is added again. STATUS_SIGPIPE, silently, if the reader of the output
 * has closed it.
 */
enum status eventfd_read_and_print(const struct eventfd *event,
                                   const struct deadline *deadline);

/* Wait until the counter is not 0, without reading it. */
enum status eventfd_wait(const struct eventfd *event, const struct deadline *deadline);

/* The figures in /proc; Linux before 6.5 does not report the mode. */
struct eventfd_facts {
	uint64_t count;
	bool has_id, has_semaphore;
	uint64_t id, semaphore;
};
enum status eventfd_read_facts(const struct eventfd *event, struct eventfd_facts *facts);

#endif
