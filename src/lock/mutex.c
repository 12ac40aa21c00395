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
	ROBUST_SHARED = 0x90, /* PTHREAD_MUTEX_ROBUST_NORMAL_NP | PSHARED_BIT */
	ANY_TYPE = 0x03,      /* normal, recursive, errorcheck, adaptive */
	NOT_RECOVERABLE = INT_MAX - 1,
};

static void mutex_make(void *words)
{
	struct mutex *mutex = words;
	mutex->kind = ROBUST_SHARED;
}

static bool has_kind(uint32_t kind)
{
	return (kind & ~(uint32_t)ANY_TYPE) == ROBUST_SHARED;
}

static bool mutex_is_one(void *words)
{
	struct mutex *mutex = words;
	uint32_t kind = 0;
	if (is_zeros(words, sizeof *mutex) &&
	    __atomic_compare_exchange_n(&mutex->kind, &kind, ROBUST_SHARED, false,
	                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return true;
	return has_kind(__atomic_load_n(&mutex->kind, __ATOMIC_SEQ_CST));
}

static void mutex_give(void *words, struct robust *robust, uint32_t *place, bool died)
{
	struct mutex *mutex = words;
	if (!died) {
		mutex->owner = 0;
		mutex->users--;
	}
	robust_give(robust, place, 1, died);
}

static int mutex_take(void *words, struct robust *robust, bool shared,
                      const struct deadline *deadline, bool *died, uint32_t **place)
{
	(void)shared;
	struct mutex *mutex = words;
	*place = &mutex->lock;
	if (robust_take(robust, &mutex->lock, deadline, died) < 0)
		return -1;
	if (!*died && mutex->owner == NOT_RECOVERABLE) {
		robust_give(robust, &mutex->lock, INT_MAX, false);
		errno = ENOTRECOVERABLE;
		return -1;
	}
	mutex->count = 1;
	mutex->owner = (int32_t)robust_owner(&mutex->lock);
	/* one that was killed is counted still */
	mutex->users += *died ? 0 : 1;
	return 0;
}

static bool mutex_look(const void *words, struct mutex_facts *facts)
{
	const struct mutex *mutex = words;
	*facts = (struct mutex_facts){.writer = robust_owner(&mutex->lock),
	                              .died = (mutex->lock & ROBUST_DIED) != 0};
	return has_kind(mutex->kind);
}

const struct mutex_kind mutex_kind = {
    .bytes = MUTEX_BYTES,
    .distance = -(long)offsetof(struct mutex, node),
    .make = mutex_make,
    .is_one = mutex_is_one,
    .take = mutex_take,
    .give = mutex_give,
    .look = mutex_look,
};

/* ------------------------------------------------------------ read-write lock */

struct slot {
	uint32_t word;
	uint32_t unused;
	struct robust_node node;
};

struct rwlock {
	uint32_t magic;
	uint32_t unused[7];
	struct slot writer;
	struct slot readers[RWLOCK_READERS];
};

_Static_assert(sizeof(struct rwlock) == RWLOCK_BYTES, "a page");

static const uint32_t rwlock_magic = 0x31777269; /* "irw1" */

static void rwlock_make(void *words)
{
	struct rwlock *lock = words;
	lock->magic = rwlock_magic;
}

static bool rwlock_is_one(void *words)
{
	struct rwlock *lock = words;
	uint32_t magic = 0;
	if (is_zeros(words, sizeof *lock) &&
	    __atomic_compare_exchange_n(&lock->magic, &magic, rwlock_magic, false,
	                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return true;
	return __atomic_load_n(&lock->magic, __ATOMIC_SEQ_CST) == rwlock_magic;
}

static void rwlock_give(void *words, struct robust *robust, uint32_t *place, bool died)
{
	struct rwlock *lock = words;
	bool writes = place == &lock->writer.word;
	/* a reader leaves nothing half done */
	robust_give(robust, place, INT_MAX, died && writes);
}

/* Who comes after us sees the writer's word taken and leaves: wait for who is in. */
static int wait_for_readers(struct rwlock *lock, struct robust *robust,
                            const struct deadline *deadline)
{
	for (int i = 0; i < RWLOCK_READERS; i++)
		if (robust_wait(robust, &lock->readers[i].word, deadline) < 0)
			return -1;
	return 0;
}

static int take_to_write(struct rwlock *lock, struct robust *robust,
                         const struct deadline *deadline, bool *died)
{
	if (robust_take(robust, &lock->writer.word, deadline, died) < 0)
		return -1;
	if (wait_for_readers(lock, robust, deadline) == 0)
		return 0;
	int error = errno;
	robust_give(robust, &lock->writer.word, INT_MAX, *died);
	errno = error;
	return -1;
}

/* A reader's word of its own; NULL where all are taken. */
static uint32_t *claim_place(struct rwlock *lock, struct robust *robust)
{
	bool died;
	for (int i = 0; i < RWLOCK_READERS; i++)
		if (robust_try(robust, &lock->readers[i].word, &died))
			return &lock->readers[i].word;
	return NULL;
}

/*
 * First a place, then a look at the writer; the writer first its word, then a look at the
 * places: one of the two sees the other.
 */
static int take_to_read(struct rwlock *lock, struct robust *robust,
                        const struct deadline *deadline, bool *died, uint32_t **place)
{
	for (;;) {
		if (robust_wait(robust, &lock->writer.word, deadline) < 0)
			return -1;
		*place = claim_place(lock, robust);
		/* more readers than there is room for: nobody tells when one leaves */
		if (*place == NULL && deadline_look_again(deadline) < 0)
			return -1;
		if (*place == NULL)
			continue;
		uint32_t writer = __atomic_load_n(&lock->writer.word, __ATOMIC_SEQ_CST);
		*died = (writer & ROBUST_DIED) != 0;
		if ((writer & ROBUST_OWNER) == 0)
			return 0;
		robust_give(robust, *place, INT_MAX, false);
	}
}

static int rwlock_take(void *words, struct robust *robust, bool shared,
                       const struct deadline *deadline, bool *died, uint32_t **place)
{
	struct rwlock *lock = words;
	if (shared)
		return take_to_read(lock, robust, deadline, died, place);
	*place = &lock->writer.word;
	return take_to_write(lock, robust, deadline, died);
}

static bool rwlock_look(const void *words, struct mutex_facts *facts)
{
	const struct rwlock *lock = words;
	*facts = (struct mutex_facts){.writer = robust_owner(&lock->writer.word),
	                              .died = (lock->writer.word & ROBUST_DIED) != 0};
	for (int i = 0; i < RWLOCK_READERS; i++) {
		uint32_t reader = robust_owner(&lock->readers[i].word);
		if (reader != 0)
			facts->readers[facts->reader_count++] = reader;
	}
	return lock->magic == rwlock_magic;
}

const struct mutex_kind rwlock_kind = {
    .bytes = RWLOCK_BYTES,
    .distance = -(long)offsetof(struct slot, node),
    .make = rwlock_make,
    .is_one = rwlock_is_one,
    .take = rwlock_take,
    .give = rwlock_give,
    .look = rwlock_look,
};
