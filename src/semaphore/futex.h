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
	SEMAPHORE_BYTES = 32, /* sizeof(sem_t) of both libraries, on 64 bit */
	SEMAPHORE_FUTEX_VALUE_MAX = 2147483647 /* SEM_VALUE_MAX of both */
};

/* One library's layout. `words` are SEMAPHORE_BYTES bytes, aligned to 8. */
struct semaphore_layout {
	void (*init)(void *words, uint32_t value);
	bool (*is_initialized)(const void *words); /* could these bytes be a semaphore? */
	/*
	 * Of zeros that others can see, and may do the same with: false where they were
	 * faster. Who looks meanwhile sees that it is being made.
	 */
	bool (*init_in_place)(void *words, uint32_t value);
	bool (*is_being_initialized)(const void *words);
	/* Zeros again. false: somebody waits. */
	bool (*destroy)(void *words);
	/* true: taken. false: *seen is what the futex word held. */
	bool (*try_wait)(void *words, uint32_t count, uint32_t *seen);
	/* false: the value would pass the maximum. *sleepers: may anybody sleep? */
	bool (*add)(void *words, uint32_t count, bool *sleepers);
	void (*add_waiter)(void *words); /* one waiter more */
	void (*remove_waiter)(void *words);
	uint32_t *(*futex)(void *words);
	uint32_t (*value)(uint32_t word);
	uint32_t (*waiters)(const void *words);
	/* Do all who give wake a waiter, the word being like this? */
	bool (*is_woken_by_all)(uint32_t word);
};

extern const struct semaphore_layout semaphore_layout_glibc, semaphore_layout_musl;

/* As semaphore_wait() and semaphore_post() of semaphore/semaphore.h. */
int semaphore_futex_wait(const struct semaphore_layout *layout, void *words,
                         uint32_t count, const struct deadline *deadline, int *acquired);
int semaphore_futex_post(const struct semaphore_layout *layout, void *words,
                         uint32_t count);

/*
 * In place of a process that was killed while it woke others, or was woken: see that
 * nobody sleeps who could take.
 */
void semaphore_futex_wake_if_available(const struct semaphore_layout *layout,
                                       void *words);

uint32_t semaphore_futex_value(const struct semaphore_layout *layout, void *words);

#endif
