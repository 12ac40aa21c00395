/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>

#include "lock/mutex.h"

/* struct __pthread_mutex_s of glibc, on 64 bit. */
struct mutex {
	uint32_t lock;
	uint32_t count;
	int32_t owner;
	uint32_t users;
	uint32_t kind;
	int32_t spins;
	void *previous; /* used by glibc, in the list of a thread */
	struct robust_node node;
};

_Static_assert(sizeof(struct mutex) == MUTEX_BYTES &&
                   offsetof(struct mutex, kind) == 16 &&
                   offsetof(struct mutex, node) == 32,
               "the layout of glibc");

enum {
	MUTEX_ROBUST_SHARED = 0x90, /* PTHREAD_MUTEX_ROBUST_NORMAL_NP | PSHARED_BIT */
	MUTEX_PRIO_INHERIT = 0x20,
	MUTEX_TYPE_MASK = 0x03, /* normal, recursive, errorcheck, adaptive */
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
	if (lock_memory_is_zeros(words, sizeof *mutex) &&
	    __atomic_compare_exchange_n(&mutex->kind, &kind, MUTEX_ROBUST_SHARED, false,
	                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return true;
	return is_robust_shared_kind(__atomic_load_n(&mutex->kind, __ATOMIC_SEQ_CST));
}

static const char *mutex_unsupported(const void *words)
{
	const struct mutex *mutex = words;
	return is_robust_shared_kind(mutex->kind & ~(uint32_t)MUTEX_PRIO_INHERIT)
	           ? "a mutex with priority inheritance is not supported"
	           : NULL;
}

static int mutex_unlock(void *words, struct robust *robust, uint32_t *word,
                        bool owner_died)
{
	struct mutex *mutex = words;
	if (!owner_died) {
		mutex->owner = 0;
		mutex->users--;
	}
	return robust_unlock(robust, word, owner_died);
}

static int mutex_lock(void *words, struct robust *robust, bool shared,
                      const struct deadline *deadline, struct lock_memory_hold *hold)
{
	(void)shared;
	struct mutex *mutex = words;
	hold->word = &mutex->lock;
	if (robust_lock(robust, &mutex->lock, deadline, &hold->owner_died) < 0)
		return -1;
	if (!hold->owner_died && mutex->owner == MUTEX_NOT_RECOVERABLE) {
		robust_unlock(robust, &mutex->lock, false);
		errno = ENOTRECOVERABLE;
		return -1;
	}
	mutex->count = 1;
	mutex->owner = (int32_t)robust_owner(&mutex->lock);
	/* the owner that died is still counted */
	mutex->users += hold->owner_died ? 0 : 1;
	return 0;
}

static bool mutex_inspect(const void *words, struct lock_memory_facts *facts)
{
	const struct mutex *mutex = words;
	*facts = (struct lock_memory_facts){.writer = robust_owner(&mutex->lock),
	                                    .owner_died =
	                                        (mutex->lock & ROBUST_OWNER_DIED) != 0};
	return is_robust_shared_kind(mutex->kind & ~(uint32_t)MUTEX_PRIO_INHERIT);
}

const struct lock_memory_kind mutex_kind = {
    .name = "mutex",
    .description = "robust, process-shared mutex of glibc",
    .bytes = MUTEX_BYTES,
    .exclusive_only = true,
    .futex_offset = -(long)offsetof(struct mutex, node),
    .word_count = 1,
    .init = mutex_init,
    .ensure_initialized = mutex_ensure_initialized,
    .unsupported = mutex_unsupported,
    .lock = mutex_lock,
    .unlock = mutex_unlock,
    .inspect = mutex_inspect,
};
