/*
 * POSIX semaphores as the C libraries lay them out in memory, and waiting on
 * them by futex(2). For words in memory that is shared between processes.
 */
#ifndef SEMAPHORE_FUTEX_H
#define SEMAPHORE_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"

enum {
	SEM_BYTES = 32,            /* sizeof(sem_t) of both libraries, on 64 bit */
	SEM_WORDS_MAX = 2147483647 /* SEM_VALUE_MAX of both */
};

/* One library's layout. `words` are SEM_BYTES bytes, aligned to 8. */
struct sem_layout {
	void (*make)(void *words, uint32_t value);
	bool (*is_one)(const void *words); /* could these bytes be a semaphore? */
	/*
	 * Of zeros that others can see, and may do the same with: false where they were
	 * faster. Who looks meanwhile sees that it is being made.
	 */
	bool (*make_in_place)(void *words, uint32_t value);
	bool (*is_being_made)(const void *words);
	/* Zeros again. false: somebody waits. */
	bool (*destroy)(void *words);
	/* true: taken. false: *seen is what the futex word held. */
	bool (*try_take)(void *words, uint32_t count, uint32_t *seen);
	/* false: the value would pass the maximum. *sleepers: may anybody sleep? */
	bool (*add)(void *words, uint32_t count, bool *sleepers);
	void (*enter)(void *words); /* one waiter more */
	void (*leave)(void *words);
	uint32_t *(*futex)(void *words);
	uint32_t (*value)(uint32_t word);
	uint32_t (*waiters)(const void *words);
	/* Do all who give wake a waiter, the word being like this? */
	bool (*is_woken)(uint32_t word);
};

extern const struct sem_layout sem_layout_glibc, sem_layout_musl;

/* As semaphore_take() and semaphore_give() of semaphore/semaphore.h. */
int sem_futex_take(const struct sem_layout *layout, void *words, uint32_t count,
                   const struct deadline *deadline, int *note);
int sem_futex_give(const struct sem_layout *layout, void *words, uint32_t count);

/*
 * In place of a process that was killed while it woke others, or was woken: see that
 * nobody sleeps who could take.
 */
void sem_futex_nudge(const struct sem_layout *layout, void *words);

uint32_t sem_futex_value(const struct sem_layout *layout, void *words);

#endif
