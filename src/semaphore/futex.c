/*
 * Who waits for how many, and who is woken
 *
 * Both libraries' sem_post(3) adds one and wakes one sleeper, whichever: they know
 * only waiters for one. Here one may wait for more, so a wake may reach someone who
 * cannot use it while someone who could sleeps on. The rule that mends this:
 *
 *   A waiter for COUNT sleeps with bit COUNT - 1 of a futex bitset. One that was woken
 *   and finds V < COUNT passes the wake on, to one of those who wait for at most V.
 *
 * It loses no wake: before a post brings the value from V - 1 to V nobody sleeps who
 * wants less than V, unless a wake for them is under way; so whoever the post's wake
 * reaches either takes, or hands it to those, and only those, who can. It
 * ends: from hop to hop the number wanted falls. The sleepers in a library's own
 * sem_wait(3) have all bits, so every wake reaches them. "Wake all the others when the
 * value has grown since I looked" was the other idea: it misses a growth that a take in
 * between hides.
 *
 * There are 32 bits: those who wait for 32 or more share the last one, where
 * passing on would not end. They are passed over, and look again by themselves.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/futex.h"
#include "base/termsig.h"
#include "semaphore/futex.h"

/* Those who wait for this many and more share a bit. */
enum { MANY = 32 };

static const uint32_t all_bits = 0xffffffff;
static const int64_t millisecond = 1000000;

/* ------------------------------------------------------------------- glibc */

/*
 * nptl: one 64-bit word, the value in its lower half and the number of waiters in
 * its upper one; then 128 (FUTEX_PRIVATE_FLAG, which stands for "shared").
 */
enum {
	GLIBC_SHARED = 128,
	GLIBC_BEING_MADE = 1 /* our own: the library has 0 and 128 */
};

static const uint64_t glibc_waiter = UINT64_C(1) << 32;

static void glibc_make(void *words, uint32_t value)
{
	memset(words, 0, SEM_BYTES);
	*(uint64_t *)words = value;
	((uint32_t *)words)[2] = GLIBC_SHARED;
}

static bool glibc_is_one(const void *words)
{
	return (uint32_t) * (const uint64_t *)words <= SEM_WORDS_MAX &&
	       ((const uint32_t *)words)[2] == GLIBC_SHARED;
}

static uint32_t *glibc_flag(void *words)
{
	return (uint32_t *)words + 2;
}

static bool glibc_make_in_place(void *words, uint32_t value)
{
	uint32_t nothing = 0;
	if (!__atomic_compare_exchange_n(glibc_flag(words), &nothing, GLIBC_BEING_MADE,
	                                 false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	__atomic_store_n((uint64_t *)words, value, __ATOMIC_SEQ_CST);
	__atomic_store_n(glibc_flag(words), GLIBC_SHARED, __ATOMIC_SEQ_CST);
	return true;
}

static bool glibc_is_being_made(const void *words)
{
	return ((const uint32_t *)words)[2] == GLIBC_BEING_MADE;
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

static bool glibc_try_take(void *words, uint32_t count, uint32_t *seen)
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

static bool glibc_add(void *words, uint32_t count, bool *sleepers)
{
	uint64_t *state = words;
	uint64_t now = __atomic_load_n(state, __ATOMIC_SEQ_CST);
	do {
		if ((uint32_t)now > SEM_WORDS_MAX - count)
			return false;
	} while (!__atomic_compare_exchange_n(state, &now, now + count, false,
	                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	*sleepers = now >= glibc_waiter;
	return true;
}

static void glibc_enter(void *words)
{
	__atomic_add_fetch((uint64_t *)words, glibc_waiter, __ATOMIC_SEQ_CST);
}

static void glibc_leave(void *words)
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

static bool glibc_is_woken(uint32_t word)
{
	(void)word;
	return true;
}

const struct sem_layout sem_layout_glibc = {
    .make = glibc_make,
    .is_one = glibc_is_one,
    .make_in_place = glibc_make_in_place,
    .is_being_made = glibc_is_being_made,
    .destroy = glibc_destroy,
    .try_take = glibc_try_take,
    .add = glibc_add,
    .enter = glibc_enter,
    .leave = glibc_leave,
    .futex = glibc_futex,
    .value = glibc_value,
    .waiters = glibc_waiters,
    .is_woken = glibc_is_woken,
};

/* -------------------------------------------------------------------- musl */

/*
 * musl: the value, the number of waiters, 0 for "shared". The value bears a
 * mark for waiters too: up to 1.2.3 it is -1 in place of 0, from 1.2.4 on bit 31
 * beside any value. Each misreads the other's mark, and a file does not say whose it
 * is; so none is written here, and those that are there are kept. The older
 * sem_post(3) wakes whoever is counted as a waiter, the newer one only where there is a
 * mark: a waiter of ours that sees none looks again by itself after a while.
 */
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

static void musl_make(void *words, uint32_t value)
{
	memset(words, 0, SEM_BYTES);
	*(uint32_t *)words = value;
}

static bool musl_is_one(const void *words)
{
	enum { WAITERS_MAX = 1 << 22 }; /* as many as there can be processes */
	const uint32_t *word = words;
	for (size_t i = 2; i < SEM_BYTES / sizeof *word; i++)
		if (word[i] != 0)
			return false;
	return word[1] <= WAITERS_MAX;
}

/* Zeros are one of 0 already. */
static bool musl_make_in_place(void *words, uint32_t value)
{
	uint32_t nothing = 0;
	return __atomic_compare_exchange_n((uint32_t *)words, &nothing, value, false,
	                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static bool musl_is_being_made(const void *words)
{
	(void)words;
	return false;
}

static bool musl_try_take(void *words, uint32_t count, uint32_t *seen)
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

static bool musl_add(void *words, uint32_t count, bool *sleepers)
{
	uint32_t *word = words;
	uint32_t now = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	uint32_t next;
	do {
		if (musl_value(now) > SEM_WORDS_MAX - count)
			return false;
		next = musl_mark(now) | (musl_value(now) + count);
	} while (!__atomic_compare_exchange_n(word, &now, next, false, __ATOMIC_SEQ_CST,
	                                      __ATOMIC_SEQ_CST));
	*sleepers = now >= musl_new_mark || musl_waiters(words) > 0;
	return true;
}

static void musl_enter(void *words)
{
	__atomic_add_fetch((uint32_t *)words + 1, 1, __ATOMIC_SEQ_CST);
}

static void musl_leave(void *words)
{
	__atomic_sub_fetch((uint32_t *)words + 1, 1, __ATOMIC_SEQ_CST);
}

static uint32_t *musl_futex(void *words)
{
	return words;
}

static bool musl_is_woken(uint32_t word)
{
	return word >= musl_new_mark;
}

const struct sem_layout sem_layout_musl = {
    .make = musl_make,
    .is_one = musl_is_one,
    .make_in_place = musl_make_in_place,
    .is_being_made = musl_is_being_made,
    .destroy = musl_destroy,
    .try_take = musl_try_take,
    .add = musl_add,
    .enter = musl_enter,
    .leave = musl_leave,
    .futex = musl_futex,
    .value = musl_value,
    .waiters = musl_waiters,
    .is_woken = musl_is_woken,
};

/* ----------------------------------------------------------- take and give */

static uint32_t bit_of(uint32_t count)
{
	return UINT32_C(1) << ((count < MANY ? count : MANY) - 1);
}

/* Those of the waiters for less than MANY who want at most this many. */
static uint32_t bits_up_to(uint32_t value)
{
	return value < MANY ? (UINT32_C(1) << value) - 1 : all_bits >> 1;
}

uint32_t sem_futex_value(const struct sem_layout *layout, void *words)
{
	return layout->value(__atomic_load_n(layout->futex(words), __ATOMIC_SEQ_CST));
}

/* Wake one of those who want no more than there is. */
static void wake_one(const struct sem_layout *layout, void *words, uint32_t value)
{
	if (value > 0)
		futex_wake_bitset(layout->futex(words), (int)1, bits_up_to(value));
}

/*
 * Sleep while the word is what was seen; no longer than a while where no wake can be
 * relied on. 0 to look again, -1 with errno at the end of patience.
 */
static int sleep_on(const struct sem_layout *layout, void *words, uint32_t seen,
                    uint32_t count, const struct deadline *deadline)
{
	const int64_t a_while = 20 * millisecond;
	const uint32_t *futex = layout->futex(words);
	if ((count < MANY && layout->is_woken(seen)) ||
	    deadline_left(deadline) <= a_while)
		return deadline_futex(deadline, futex, seen, bit_of(count));
	struct deadline soon =
	    deadline_after((struct patience){.kind = AT_MOST, .nanoseconds = a_while});
	int result = deadline_futex(&soon, futex, seen, bit_of(count));
	return result < 0 && errno == ETIMEDOUT ? 0 : result;
}

/* Who may be killed notes it in the very next instruction. */
static bool take_now(const struct sem_layout *layout, void *words, uint32_t count,
                     uint32_t *seen, int *note)
{
	if (!layout->try_take(words, count, seen))
		return false;
	if (note != NULL)
		__atomic_store_n(note, 1, __ATOMIC_SEQ_CST);
	return true;
}

static int take_by_waiting(const struct sem_layout *layout, void *words, uint32_t count,
                           const struct deadline *deadline, int *note)
{
	uint32_t seen;
	bool taken, slept = false;
	int result = 0, error = 0;
	layout->enter(words);
	while (!(taken = take_now(layout, words, count, &seen, note))) {
		if (slept)
			wake_one(layout, words, layout->value(seen));
		if (result < 0)
			break;
		result = sleep_on(layout, words, seen, count, deadline);
		error = errno;
		slept = true;
	}
	layout->leave(words);
	errno = error;
	return taken ? 0 : -1;
}

int sem_futex_take(const struct sem_layout *layout, void *words, uint32_t count,
                   const struct deadline *deadline, int *note)
{
	uint32_t seen;
	if (take_now(layout, words, count, &seen, note))
		return 0;
	if (deadline->patience.kind == NOT_AT_ALL) {
		errno = EAGAIN;
		return -1;
	}
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	int result = take_by_waiting(layout, words, count, deadline, note);
	int error = errno;
	/* who is told to end does not learn that he holds something */
	if (result == 0 && interrupt_pending() != 0) {
		if (note != NULL)
			__atomic_store_n(note, 0, __ATOMIC_SEQ_CST);
		sem_futex_give(layout, words, count);
		result = -1;
		error = EINTR;
	}
	interrupt_end(&interrupt, STATUS_DONE);
	errno = error;
	return result;
}

int sem_futex_give(const struct sem_layout *layout, void *words, uint32_t count)
{
	bool sleepers = false;
	if (!layout->add(words, count, &sleepers)) {
		errno = EOVERFLOW;
		return -1;
	}
	if (sleepers)
		futex_wake_bitset(layout->futex(words), (int)count, all_bits);
	return 0;
}

void sem_futex_nudge(const struct sem_layout *layout, void *words)
{
	wake_one(layout, words, sem_futex_value(layout, words));
}
