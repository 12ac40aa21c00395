/* SPDX-License-Identifier: MIT */
/*
 * The layout of musl: three 32-bit words, the value, the number of waiters, and 0 if the
 * semaphore is shared between processes.
 *
 * The value also carries a mark for waiters: up to musl 1.2.3 it is -1 instead of 0,
 * since 1.2.4 bit 31 beside any value. Each version misreads the mark of the other, and
 * a file does not record its version; so this program writes no mark, and keeps those
 * that it finds. sem_post(3) of the older version wakes if the number of waiters is not
 * 0, that of the newer one only if a mark is set: a waiter of this program that finds no
 * mark polls (semaphore/futex.c).
 */
#include <string.h>

#include "semaphore/layout.h"

static const uint32_t musl_old_mark = 0xffffffff;
static const uint32_t musl_new_mark = 0x80000000;

static uint32_t musl_value(uint32_t word)
{
	return word == musl_old_mark ? 0 : word & ~musl_new_mark;
}

static uint32_t musl_mark(uint32_t word)
{
	return word == musl_old_mark ? 0 : word & musl_new_mark;
}

static void musl_init(void *words, uint32_t value)
{
	memset(words, 0, SEMAPHORE_BYTES);
	*(uint32_t *)words = value;
}

static bool musl_is_initialized(const void *words)
{
	enum { WAITERS_MAX = 1 << 22 }; /* the kernel's maximum of kernel.pid_max */
	const uint32_t *word = words;
	for (size_t i = 2; i < SEMAPHORE_BYTES / sizeof *word; i++)
		if (word[i] != 0)
			return false;
	return word[1] <= WAITERS_MAX;
}

/* Zeros are already a semaphore of value 0. */
static bool musl_init_in_place(void *words, uint32_t value)
{
	uint32_t nothing = 0;
	return __atomic_compare_exchange_n((uint32_t *)words, &nothing, value, false,
	                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static bool musl_is_being_initialized(const void *words)
{
	(void)words;
	return false;
}

static bool musl_try_wait(void *words, uint32_t count, uint32_t *seen)
{
	uint32_t *word = words;
	uint32_t now = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	while (musl_value(now) >= count) {
		uint32_t next = musl_mark(now) | (musl_value(now) - count);
		if (__atomic_compare_exchange_n(word, &now, next, false, __ATOMIC_SEQ_CST,
		                                __ATOMIC_SEQ_CST))
			return true;
	}
	*seen = now;
	return false;
}

static uint32_t musl_waiters(const void *words)
{
	return __atomic_load_n((const uint32_t *)words + 1, __ATOMIC_SEQ_CST);
}

static bool musl_destroy(void *words)
{
	if (musl_waiters(words) > 0)
		return false;
	__atomic_store_n((uint32_t *)words, 0, __ATOMIC_SEQ_CST);
	return true;
}

static bool musl_add(void *words, uint32_t count, struct semaphore_change *after)
{
	uint32_t *word = words;
	uint32_t now = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	uint32_t next;
	do {
		if (musl_value(now) > SEMAPHORE_LAYOUT_VALUE_MAX - count)
			return false;
		next = musl_mark(now) | (musl_value(now) + count);
	} while (!__atomic_compare_exchange_n(word, &now, next, false, __ATOMIC_SEQ_CST,
	                                      __ATOMIC_SEQ_CST));
	*after = (struct semaphore_change){.value = musl_value(next),
	                                   .sleepers = now >= musl_new_mark ||
	                                               musl_waiters(words) > 0};
	return true;
}

static void musl_set(void *words, uint32_t value, struct semaphore_change *after)
{
	uint32_t *word = words;
	uint32_t now = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	while (!__atomic_compare_exchange_n(word, &now, musl_mark(now) | value, false,
	                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
	}
	*after = (struct semaphore_change){
	    .value = value, .sleepers = now >= musl_new_mark || musl_waiters(words) > 0};
}

static void musl_add_waiter(void *words)
{
	__atomic_add_fetch((uint32_t *)words + 1, 1, __ATOMIC_SEQ_CST);
}

static void musl_remove_waiter(void *words)
{
	__atomic_sub_fetch((uint32_t *)words + 1, 1, __ATOMIC_SEQ_CST);
}

static uint32_t *musl_futex(void *words)
{
	return words;
}

static bool musl_is_woken_by_all(uint32_t word)
{
	return word >= musl_new_mark;
}

const struct semaphore_layout semaphore_layout_musl = {
    .init = musl_init,
    .is_initialized = musl_is_initialized,
    .init_in_place = musl_init_in_place,
    .is_being_initialized = musl_is_being_initialized,
    .destroy = musl_destroy,
    .try_wait = musl_try_wait,
    .add = musl_add,
    .set = musl_set,
    .add_waiter = musl_add_waiter,
    .remove_waiter = musl_remove_waiter,
    .futex = musl_futex,
    .value = musl_value,
    .waiters = musl_waiters,
    .is_woken_by_all = musl_is_woken_by_all,
};
