/* SPDX-License-Identifier: MIT */
/*
 * The layout of glibc (nptl/sem_init.c): a 64-bit word whose lower half is the value and
 * whose upper half is the number of waiters, then a 32-bit word, 128 if the semaphore is
 * shared between processes (FUTEX_PRIVATE_FLAG, with the opposite meaning).
 */
#include <string.h>

#include "semaphore/layout.h"

enum {
	GLIBC_SHARED = 128,
	GLIBC_BEING_INITIALIZED = 1 /* ipctool's own: the library has 0 and 128 */
};

static const uint64_t glibc_waiter = UINT64_C(1) << 32;

static void glibc_init(void *words, uint32_t value)
{
	memset(words, 0, SEMAPHORE_BYTES);
	*(uint64_t *)words = value;
	((uint32_t *)words)[2] = GLIBC_SHARED;
}

static bool glibc_is_initialized(const void *words)
{
	return (uint32_t) * (const uint64_t *)words <= SEMAPHORE_LAYOUT_VALUE_MAX &&
	       ((const uint32_t *)words)[2] == GLIBC_SHARED;
}

static uint32_t *glibc_flag(void *words)
{
	return (uint32_t *)words + 2;
}

static bool glibc_init_in_place(void *words, uint32_t value)
{
	uint32_t nothing = 0;
	if (!__atomic_compare_exchange_n(glibc_flag(words), &nothing,
	                                 GLIBC_BEING_INITIALIZED, false, __ATOMIC_SEQ_CST,
	                                 __ATOMIC_SEQ_CST))
		return false;
	__atomic_store_n((uint64_t *)words, value, __ATOMIC_SEQ_CST);
	__atomic_store_n(glibc_flag(words), GLIBC_SHARED, __ATOMIC_SEQ_CST);
	return true;
}

static bool glibc_is_being_initialized(const void *words)
{
	return ((const uint32_t *)words)[2] == GLIBC_BEING_INITIALIZED;
}

static bool glibc_destroy(void *words)
{
	uint64_t *state = words;
	uint64_t now = __atomic_load_n(state, __ATOMIC_SEQ_CST);
	do {
		if (now >= glibc_waiter)
			return false;
	} while (!__atomic_compare_exchange_n(state, &now, 0, false, __ATOMIC_SEQ_CST,
	                                      __ATOMIC_SEQ_CST));
	__atomic_store_n(glibc_flag(words), 0, __ATOMIC_SEQ_CST);
	return true;
}

static bool glibc_try_wait(void *words, uint32_t count, uint32_t *seen)
{
	uint64_t *state = words;
	uint64_t now = __atomic_load_n(state, __ATOMIC_SEQ_CST);
	while ((uint32_t)now >= count)
		if (__atomic_compare_exchange_n(state, &now, now - count, false,
		                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return true;
	*seen = (uint32_t)now;
	return false;
}

static bool glibc_add(void *words, uint32_t count, struct semaphore_change *after)
{
	uint64_t *state = words;
	uint64_t now = __atomic_load_n(state, __ATOMIC_SEQ_CST);
	do {
		if ((uint32_t)now > SEMAPHORE_LAYOUT_VALUE_MAX - count)
			return false;
	} while (!__atomic_compare_exchange_n(state, &now, now + count, false,
	                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	*after = (struct semaphore_change){.value = (uint32_t)now + count,
	                                   .sleepers = now >= glibc_waiter};
	return true;
}

static void glibc_set(void *words, uint32_t value, struct semaphore_change *after)
{
	uint64_t *state = words;
	uint64_t now = __atomic_load_n(state, __ATOMIC_SEQ_CST);
	while (!__atomic_compare_exchange_n(state, &now, now - (uint32_t)now + value,
	                                    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
	}
	*after =
	    (struct semaphore_change){.value = value, .sleepers = now >= glibc_waiter};
}

static void glibc_add_waiter(void *words)
{
	__atomic_add_fetch((uint64_t *)words, glibc_waiter, __ATOMIC_SEQ_CST);
}

static void glibc_remove_waiter(void *words)
{
	__atomic_sub_fetch((uint64_t *)words, glibc_waiter, __ATOMIC_SEQ_CST);
}

static uint32_t *glibc_futex(void *words)
{
	return (uint32_t *)words + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static uint32_t glibc_value(uint32_t word)
{
	return word;
}

static uint32_t glibc_waiters(const void *words)
{
	return (uint32_t)(__atomic_load_n((const uint64_t *)words, __ATOMIC_SEQ_CST) >>
	                  32);
}

static bool glibc_is_woken_by_all(uint32_t word)
{
	(void)word;
	return true;
}

const struct semaphore_layout semaphore_layout_glibc = {
    .init = glibc_init,
    .is_initialized = glibc_is_initialized,
    .init_in_place = glibc_init_in_place,
    .is_being_initialized = glibc_is_being_initialized,
    .destroy = glibc_destroy,
    .try_wait = glibc_try_wait,
    .add = glibc_add,
    .set = glibc_set,
    .add_waiter = glibc_add_waiter,
    .remove_waiter = glibc_remove_waiter,
    .futex = glibc_futex,
    .value = glibc_value,
    .waiters = glibc_waiters,
    .is_woken_by_all = glibc_is_woken_by_all,
};
