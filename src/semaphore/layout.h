/* SPDX-License-Identifier: MIT */
/*
 * POSIX semaphores as each C library lays them out in memory, for words that processes
 * share. See sem_init(3) with pshared.
 *
 * A layout is a table of functions, without state of its own: they work on any memory of
 * SEMAPHORE_BYTES bytes that is aligned to 8, and never sleep.
 */
#ifndef SEMAPHORE_LAYOUT_H
#define SEMAPHORE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SEMAPHORE_BYTES = 32, /* sizeof(sem_t) of both libraries, on 64 bit */
	SEMAPHORE_LAYOUT_VALUE_MAX = 2147483647 /* SEM_VALUE_MAX of both */
};

/* A semaphore after it was changed. */
struct semaphore_change {
	uint32_t value;
	bool sleepers; /* can there be sleepers? */
};

struct semaphore_layout {
	/* Make them a semaphore; no other process may use them yet. */
	void (*init)(void *words, uint32_t value);
	/* Could these bytes be a semaphore? */
	bool (*is_initialized)(const void *words);
	/*
	 * init() of zeros that other processes can see and may initialize too: false if
	 * another process initialized them first. Until it returns
	 * is_being_initialized() is true.
	 */
	bool (*init_in_place)(void *words, uint32_t value);
	bool (*is_being_initialized)(const void *words);
	/* Make them zeros again; false: there are waiters, nothing was changed. */
	bool (*destroy)(void *words);
	/* Subtract count: true. If the value is less: false, and *seen is the futex word.
	 */
	bool (*try_wait)(void *words, uint32_t count, uint32_t *seen);
	/* Add count; false: the value would exceed the maximum, nothing was added. */
	bool (*add)(void *words, uint32_t count, struct semaphore_change *after);
	/* Set the value; the number of waiters stays. */
	void (*set)(void *words, uint32_t value, struct semaphore_change *after);
	/* Change the number of waiters by one. */
	void (*add_waiter)(void *words);
	void (*remove_waiter)(void *words);
	/* The word that waiters sleep on, and the value in it. */
	uint32_t *(*futex)(void *words);
	uint32_t (*value)(uint32_t word);
	uint32_t (*waiters)(const void *words);
	/* Does every sem_post(3) wake a waiter while the futex word is like this? */
	bool (*is_woken_by_all)(uint32_t word);
};

extern const struct semaphore_layout semaphore_layout_glibc, semaphore_layout_musl;

#endif
