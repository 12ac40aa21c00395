/* SPDX-License-Identifier: MIT */
/*
 * The processes that can end a wait: that can send to a queue, read from a pipe, release
 * a lock.
 */
#ifndef INSPECT_ENDERS_H
#define INSPECT_ENDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "inspect/census.h"

struct enders_process {
	pid_t parent;
	char state; /* as in proc_pid_stat(5), 0: it has ended */
	unsigned threads;
	bool signals_parent; /* wait(2) of its parent waits for it: clone(2), SIGCHLD */
	bool blocked;        /* by inspect/deadlock.h */
};

struct enders {
	struct census *census;
	struct enders_process *processes; /* in the order of those of the census */
};

/* The processes that can end a wait. All zeros is an empty list, of which the memory is
 * used again. */
struct enders_found {
	pid_t *pids; /* each once, without the process that waits */
	size_t count, room;
	pid_t last;  /* that used a System V object so, though it may have ended; or 0 */
	bool all;    /* it lasts until all of them have done so, else until one has */
	bool self;   /* the process that waits is one of those with that access */
	bool others; /* processes that cannot be known can end it as well */
};

/* Read the states of the processes. To be freed whatever the status, which is reported.
 */
enum status enders_begin(struct enders *enders, struct census *census);
void enders_end(struct enders *enders);

/* Find the enders of a wait; without memory some are missing. */
void enders_find(const struct enders *enders, const struct census_waiter *waiter,
                 struct enders_found *found);

/* The processes that have an object. */
void enders_find_holders(const struct enders *enders, int object,
                         struct enders_found *found);

/* In place of what was found: these processes. */
void enders_set_found(struct enders_found *found, const pid_t *pids, size_t count);

/* NULL if there is no such process. */
struct enders_process *enders_process(const struct enders *enders, pid_t pid);

/* Is it the holder process of semop run? See process/keeper.h. */
bool enders_is_keeper(const struct enders *enders, pid_t pid);

/* The process that a thread belongs to, 0 if it has ended. */
pid_t enders_process_of(pid_t thread);

#endif
