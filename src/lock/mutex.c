#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/deadline.h"
#include "lock/mutex.h"

static bool is_zeros(const void *bytes, size_t length)
{
	const unsigned char *byte = bytes;
	for (size_t i = 0; i < length; i++)
		if (byte[i] != 0)
			return false;
	return true;
}

/* ------------------------------------------------------------- mutex of glibc */

/* struct __pthread_mutex_s of glibc, on 64 bit. */
struct mutex {
	uint32_t lock;
	uint32_t count;
	int32_t owner;
	uint32_t users;
	uint32_t kind;
	int32_t spins;
	void *previous; /* glibc's own, in its list of the thread */
	struct robust_node node;
};

_Static_assert(sizeof(struct mutex) == MUTEX_BYTES &&
                   offsetof(struct mutex, kind) == 16 &&
                   offsetof(struct mutex, node) == 32,
               "as glibc has it");

enum {
	MUTEX_ROBUST_SHARED = 0x90, /* PTHREAD_MUTEX_ROBUST_NORMAL_NP | PSHARED_BIT */
	MUTEX_TYPE_MASK = 0x03,     /* normal, recursive, errorcheck, adaptive */
	MUTEX_NOT_RECOVERABLE = INT_MAX - 1,
};

static void mutex_init(void *words)
{
	struct mutex *mutex = words;
	mutex->kind = MUTEX_ROBUST_SHARED;
}

static bool is_robust_shared_kind(uint32_t kind)
{
	return (kind & ~(uint32_t)MUTEX_TYPE_MASK) == MUTEX_ROBUST_SHARED;
}

static bool mutex_ensure_initialized(void *words)
{
	struct mutex *mutex = words;
	uint32_t kind = 0;
	if (is_zeros(words, sizeof *mutex) &&
	    __atomic_compare_exchange_n(&mutex->kind, &kind, MUTEX_ROBUST_SHARED, false,
	                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return true;
	return is_robust_shared_kind(__atomic_load_n(&mutex->kind, __ATOMIC_SEQ_CST));
}

static void mutex_unlock(void *words, struct robust *robust, uint32_t *word,
                         bool owner_died)
{
	struct mutex *mutex = words;
	if (!owner_died) {
		mutex->owner = 0;
		mutex->users--;
	}
	robust_unlock(robust, word, 1, owner_died);
}

static int mutex_lock(void *words, struct robust *robust, bool shared,
                      const struct deadline *deadline, bool *owner_died, uint32_t **word)
{
	(void)shared;
	struct mutex *mutex = words;
	*word = &mutex->lock;
	if (robust_lock(robust, &mutex->lock, deadline, owner_died) < 0)
		return -1;
	if (!*owner_died && mutex->owner == MUTEX_NOT_RECOVERABLE) {
		robust_unlock(robust, &mutex->lock, INT_MAX, false);
		errno = ENOTRECOVERABLE;
		return -1;
	}
	mutex->count = 1;
	mutex->owner = (int32_t)robust_owner(&mutex->lock);
	/* one that was killed is counted still */
	mutex->users += *owner_died ? 0 : 1;
	return 0;
}

static bool mutex_inspect(const void *words, struct lock_memory_facts *facts)
{
	const struct mutex *mutex = words;
	*facts = (struct lock_memory_facts){.writer = robust_owner(&mutex->lock),
	                                    .owner_died =
	                                        (mutex->lock & ROBUST_OWNER_DIED) != 0};
	return is_robust_shared_kind(mutex->kind);
}

const struct lock_memory_kind mutex_kind = {
    .bytes = MUTEX_BYTES,
    .futex_offset = -(long)offsetof(struct mutex, node),
    .init = mutex_init,
    .ensure_initialized = mutex_ensure_initialized,
    .lock = mutex_lock,
    .unlock = mutex_unlock,
    .inspect = mutex_inspect,
};

/* ------------------------------------------------------------ read-write lock */

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
	if (is_zeros(words, sizeof *lock) &&
	    __atomic_compare_exchange_n(&lock->magic, &magic, rwlock_magic, false,
	                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return true;
	return __atomic_load_n(&lock->magic, __ATOMIC_SEQ_CST) == rwlock_magic;
}

static void rwlock_unlock(void *words, struct robust *robust, uint32_t *word,
                          bool owner_died)
{
	struct rwlock *lock = words;
	bool writes = word == &lock->writer.word;
	/* a reader leaves nothing half done */
	robust_unlock(robust, word, INT_MAX, owner_died && writes);
}

/* Who comes after us sees the writer's word taken and leaves: wait for who is in. */
static int rwlock_wait_for_readers(struct rwlock *lock, struct robust *robust,
                                   const struct deadline *deadline)
{
	for (int i = 0; i < RWLOCK_READERS; i++)
		if (robust_wait(robust, &lock->readers[i].word, deadline) < 0)
			return -1;
	return 0;
}

static int rwlock_wrlock(struct rwlock *lock, struct robust *robust,
                         const struct deadline *deadline, bool *owner_died)
{
	if (robust_lock(robust, &lock->writer.word, deadline, owner_died) < 0)
		return -1;
	if (rwlock_wait_for_readers(lock, robust, deadline) == 0)
		return 0;
	int error = errno;
	robust_unlock(robust, &lock->writer.word, INT_MAX, *owner_died);
	errno = error;
	return -1;
}

/* A reader's word of its own; NULL where all are taken. */
static uint32_t *rwlock_claim_reader(struct rwlock *lock, struct robust *robust)
{
	bool owner_died;
	for (int i = 0; i < RWLOCK_READERS; i++)
		if (robust_trylock(robust, &lock->readers[i].word, &owner_died))
			return &lock->readers[i].word;
	return NULL;
}

/*
 * First a place, then a look at the writer; the writer first its word, then a look at the
 * places: one of the two sees the other.
 */
static int rwlock_rdlock(struct rwlock *lock, struct robust *robust,
                         const struct deadline *deadline, bool *owner_died,
                         uint32_t **word)
{
	for (;;) {
		if (robust_wait(robust, &lock->writer.word, deadline) < 0)
			return -1;
		*word = rwlock_claim_reader(lock, robust);
		/* more readers than there is room for: nobody tells when one leaves */
		if (*word == NULL && deadline_backoff(deadline) < 0)
			return -1;
		if (*word == NULL)
			continue;
		uint32_t writer = __atomic_load_n(&lock->writer.word, __ATOMIC_SEQ_CST);
		*owner_died = (writer & ROBUST_OWNER_DIED) != 0;
		if ((writer & ROBUST_TID_MASK) == 0)
			return 0;
		robust_unlock(robust, *word, INT_MAX, false);
	}
}

static int rwlock_lock(void *words, struct robust *robust, bool shared,
                       const struct deadline *deadline, bool *owner_died, uint32_t **word)
{
	struct rwlock *lock = words;
	if (shared)
		return rwlock_rdlock(lock, robust, deadline, owner_died, word);
	*word = &lock->writer.word;
	return rwlock_wrlock(lock, robust, deadline, owner_died);
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
    .bytes = RWLOCK_BYTES,
    .futex_offset = -(long)offsetof(struct rwlock_slot, node),
    .init = rwlock_init,
    .ensure_initialized = rwlock_ensure_initialized,
    .lock = rwlock_lock,
    .unlock = rwlock_unlock,
    .inspect = rwlock_inspect,
};
