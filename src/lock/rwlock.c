/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/deadline.h"
#include "lock/rwlock.h"

struct rwlock_slot {
	uint32_t word;
	uint32_t unused;
	struct robust_node node;
};

struct rwlock {
	uint32_t magic;
	uint32_t unused[7];
	struct rwlock_slot writer;
	struct rwlock_slot readers[RWLOCK_READERS];
};

_Static_assert(sizeof(struct rwlock) == RWLOCK_BYTES, "a page");

static const uint32_t rwlock_magic = 0x31777269; /* "irw1" */

static void rwlock_init(void *words)
{
	struct rwlock *lock = words;
	lock->magic = rwlock_magic;
}

static bool rwlock_ensure_initialized(void *words)
{
	struct rwlock *lock = words;
	uint32_t magic = 0;
	if (lock_memory_is_zeros(words, sizeof *lock) &&
	    __atomic_compare_exchange_n(&lock->magic, &magic, rwlock_magic, false,
	                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return true;
	return __atomic_load_n(&lock->magic, __ATOMIC_SEQ_CST) == rwlock_magic;
}

static int rwlock_unlock(void *words, struct robust *robust, uint32_t *word,
                         bool owner_died)
{
	struct rwlock *lock = words;
	bool writes = word == &lock->writer.word;
	/* a reader changes nothing, so its death need not be reported */
	return robust_unlock(robust, word, owner_died && writes);
}

/* New readers see that the writer's word is taken: wait for those that hold the lock. */
static int rwlock_wait_for_readers(struct rwlock *lock, struct robust *robust,
                                   const struct deadline *deadline)
{
	for (int i = 0; i < RWLOCK_READERS; i++)
		if (robust_wait(robust, &lock->readers[i].word, deadline) < 0)
			return -1;
	return 0;
}

static int rwlock_wrlock(struct rwlock *lock, struct robust *robust,
                         const struct deadline *deadline, struct lock_memory_hold *hold)
{
	hold->word = &lock->writer.word;
	if (robust_lock(robust, hold->word, deadline, &hold->owner_died) < 0)
		return -1;
	if (rwlock_wait_for_readers(lock, robust, deadline) == 0)
		return 0;
	int error = errno;
	robust_unlock(robust, hold->word, hold->owner_died);
	errno = error;
	return -1;
}

/* Acquire a reader's word; NULL if all are taken. */
static uint32_t *rwlock_claim_reader(struct rwlock *lock, struct robust *robust)
{
	bool owner_died;
	for (int i = 0; i < RWLOCK_READERS; i++)
		if (robust_trylock(robust, &lock->readers[i].word, &owner_died))
			return &lock->readers[i].word;
	return NULL;
}

/*
 * A reader acquires a reader's word, then checks the writer's; the writer acquires its
 * word, then checks the readers' words: so one of the two sees the other.
 */
static int rwlock_rdlock(struct rwlock *lock, struct robust *robust,
                         const struct deadline *deadline, struct lock_memory_hold *hold)
{
	for (;;) {
		if (robust_wait(robust, &lock->writer.word, deadline) < 0)
			return -1;
		hold->word = rwlock_claim_reader(lock, robust);
		/* all words are taken: there is no event to wait for */
		if (hold->word == NULL && deadline_backoff(deadline) < 0)
			return -1;
		if (hold->word == NULL)
			continue;
		uint32_t writer = __atomic_load_n(&lock->writer.word, __ATOMIC_SEQ_CST);
		hold->owner_died = (writer & ROBUST_OWNER_DIED) != 0;
		if ((writer & ROBUST_TID_MASK) == 0)
			return 0;
		robust_unlock(robust, hold->word, false);
	}
}

static int rwlock_lock(void *words, struct robust *robust, bool shared,
                       const struct deadline *deadline, struct lock_memory_hold *hold)
{
	struct rwlock *lock = words;
	return shared ? rwlock_rdlock(lock, robust, deadline, hold)
	              : rwlock_wrlock(lock, robust, deadline, hold);
}

static bool rwlock_inspect(const void *words, struct lock_memory_facts *facts)
{
	const struct rwlock *lock = words;
	*facts = (struct lock_memory_facts){
	    .writer = robust_owner(&lock->writer.word),
	    .owner_died = (lock->writer.word & ROBUST_OWNER_DIED) != 0};
	for (int i = 0; i < RWLOCK_READERS; i++) {
		uint32_t reader = robust_owner(&lock->readers[i].word);
		if (reader != 0)
			facts->readers[facts->reader_count++] = reader;
	}
	return lock->magic == rwlock_magic;
}

const struct lock_memory_kind rwlock_kind = {
    .name = "rwlock",
    .description = "read-write lock",
    .bytes = RWLOCK_BYTES,
    .futex_offset = -(long)offsetof(struct rwlock_slot, node),
    .first_word = offsetof(struct rwlock, writer),
    .word_step = sizeof(struct rwlock_slot),
    .word_count = 1 + RWLOCK_READERS,
    .init = rwlock_init,
    .ensure_initialized = rwlock_ensure_initialized,
    .lock = rwlock_lock,
    .unlock = rwlock_unlock,
    .inspect = rwlock_inspect,
};
