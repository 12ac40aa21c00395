/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks: processes of which each waits until one of the others goes on.
 */
#ifndef INSPECT_DEADLOCK_H
#define INSPECT_DEADLOCK_H

#include <stdint.h>

#include "inspect/enders.h"

enum { DEADLOCK_CIRCLE_MAX = 32 };

/* Each of them waits for the next one, the last for the first. */
struct deadlock_circle {
	pid_t pids[DEADLOCK_CIRCLE_MAX];
	size_t count;
};

/*
 * Find the processes that are blocked: none of the events that they wait for can come,
 * because only other blocked processes can cause it. A process is taken for one that is
 * not blocked if it is not known what it waits for. A failure is reported.
 */
enum status deadlock_find(struct enders *enders);

bool deadlock_is_blocked(const struct enders *enders, pid_t pid);

/* The circle that a blocked process is in, or waits for; empty if it is not blocked. */
struct deadlock_circle deadlock_find_circle(struct enders *enders, pid_t pid);

/* How often the threads of these processes have run: it does not change while they sleep.
 */
uint64_t deadlock_count_switches(const struct deadlock_circle *circle);

#endif
