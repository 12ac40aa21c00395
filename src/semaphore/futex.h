/* SPDX-License-Identifier: MIT */
/*
 * Waiting on a POSIX semaphore in memory that processes share, by futex(2), and posting
 * to it. The memory is laid out as `layout` has it; the waiters may be those of the C
 * libraries.
 */
#ifndef SEMAPHORE_FUTEX_H
#define SEMAPHORE_FUTEX_H

#include <stdint.h>

#include "base/deadline.h"
#include "semaphore/layout.h"

/*
 * As semaphore_wait() of semaphore/semaphore.h. *acquired becomes 1 in the instruction
 * after the one that acquires, for a process that may be killed; it may be NULL.
 */
int semaphore_futex_wait(const struct semaphore_layout *layout, void *words,
                         uint32_t count, const struct deadline *deadline, int *acquired);

/* As semaphore_await(). */
int semaphore_futex_await(const struct semaphore_layout *layout, void *words,
                          uint32_t count, const struct deadline *deadline);

/* As semaphore_post(): the new value, or -1. */
int64_t semaphore_futex_post(const struct semaphore_layout *layout, void *words,
                             uint32_t count);

/* As semaphore_set_value(). */
void semaphore_futex_set(const struct semaphore_layout *layout, void *words,
                         uint32_t value);

/*
 * On behalf of a process that was killed while it woke waiters, or after it was woken:
 * wake a waiter that can acquire.
 */
void semaphore_futex_wake_if_available(const struct semaphore_layout *layout,
                                       void *words);

uint32_t semaphore_futex_value(const struct semaphore_layout *layout, void *words);

#endif
