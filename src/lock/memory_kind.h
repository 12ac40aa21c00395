/* SPDX-License-Identifier: MIT */
/*
 * A kind of lock in shared memory: what lock/mutex.h and lock/rwlock.h provide. The
 * functions work on the words of a lock in the process that holds it (lock/robust.h),
 * except inspect(), which any process may call on a copy.
 *
 * Memory that is all zeros becomes a free lock when it is first used.
 */
#ifndef LOCK_MEMORY_KIND_H
#define LOCK_MEMORY_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "lock/robust.h"

enum { LOCK_MEMORY_READERS_MAX = 253 };

struct lock_memory_facts {
	uint32_t writer; /* thread id of the exclusive holder; 0: none */
	uint32_t readers[LOCK_MEMORY_READERS_MAX]; /* thread ids of shared holders */
	int reader_count;
	bool owner_died; /* the last exclusive owner died holding it */
};

/* A lock that this process has acquired. */
struct lock_memory_hold {
	uint32_t *word;  /* the robust word that was acquired */
	bool owner_died; /* as of robust_lock() */
};

struct lock_memory_kind {
	const char *name;        /* "mutex" */
	const char *description; /* as in "not a …" */
	size_t bytes;
	bool exclusive_only;
	long futex_offset; /* for robust_register() */
	/* the robust words: where the first one is, their distance and their number */
	unsigned short first_word, word_step, word_count;
	/* Write a free lock to memory that is all zeros and not shared yet. */
	void (*init)(void *words);
	/* True if it is a lock of this kind; zeros become one, atomically. */
	bool (*ensure_initialized)(void *words);
	/* Why a lock is refused that is almost of this kind, or NULL; NULL: never. */
	const char *(*unsupported)(const void *words);
	/* 0, or -1 with errno as of base/deadline.h, or ENOTRECOVERABLE. */
	int (*lock)(void *words, struct robust *robust, bool shared,
	            const struct deadline *deadline, struct lock_memory_hold *hold);
	/*
	 * 0, or -1 with errno as of robust_unlock(). owner_died: as if the owner had
	 * died, so that the next owner is notified.
	 */
	int (*unlock)(void *words, struct robust *robust, uint32_t *word,
	              bool owner_died);
	/* Of a copy of the words; false if it is not a lock of this kind. */
	bool (*inspect)(const void *words, struct lock_memory_facts *facts);
};

/* Is this memory in which no lock has been initialized? */
static inline bool lock_memory_is_zeros(const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;
	for (size_t i = 0; i < length; i++)
		if (byte[i] != 0)
			return false;
	return true;
}

#endif
