/*
 * Locks in shared memory that are free again when their holder is killed: the words, and
 * what is done with them in the process that holds them (lock/robust.h).
 *
 * - The mutex is that of glibc: a pthread_mutex_t which is robust and shared between
 *   processes, so that C programs use it too. See pthread_mutex_lock(3). (musl has
 * another layout.)
 * - The read-write lock is our own, since that of no library survives a reader who is
 *   killed: a word for the writer, and one for each reader. A writer takes its word,
 * which keeps new readers out, and waits for each of the readers' words. So a writer
 * waits for the readers that are there and for none that come later.
 *
 * Memory that is zeros becomes a free lock as it is first used.
 */
#ifndef LOCK_MUTEX_H
#define LOCK_MUTEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "lock/robust.h"

enum { MUTEX_BYTES = 40, RWLOCK_BYTES = 4096, RWLOCK_READERS = 253 };

/* Who has it, for people to look at. */
struct lock_memory_facts {
	uint32_t writer; /* thread ids: of the only holder; 0: none */
	uint32_t readers[RWLOCK_READERS];
	int reader_count;
	bool owner_died; /* the last holder who could change something was killed */
};

struct lock_memory_kind {
	size_t bytes;
	long futex_offset; /* for robust_register() */
	/* write a free one into memory that is zeros */
	void (*init)(void *words);
	/* Is it one? Zeros become one, in a single step. */
	bool (*ensure_initialized)(void *words);
	/*
	 * 0, or -1 with errno as of base/deadline.h, or ENOTRECOVERABLE. *died as of
	 * robust_lock(); *place is to be handed to give().
	 */
	int (*lock)(void *words, struct robust *robust, bool shared,
	            const struct deadline *deadline, bool *owner_died, uint32_t **word);
	/* died: as if the holder had been killed */
	void (*unlock)(void *words, struct robust *robust, uint32_t *word,
	               bool owner_died);
	/* of a copy of the words; false where it is none */
	bool (*inspect)(const void *words, struct lock_memory_facts *facts);
};

extern const struct lock_memory_kind mutex_kind, rwlock_kind;

#endif
