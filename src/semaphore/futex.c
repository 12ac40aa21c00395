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
enum { SHARED_BIT_COUNT = 32 };

static const uint32_t all_bits = 0xffffffff;
static const int64_t millisecond = 1000000;

/* ------------------------------------------------------------------- glibc */

/*
 * nptl: one 64-bit word, the value in its lower half and the number of waiters in
 * its upper one; then 128 (FUTEX_PRIVATE_FLAG, which stands for "shared").
 */
enum {
	GLIBC_SHARED = 128,
	GLIBC_BEING_INITIALIZED = 1 /* our own: the library has 0 and 128 */
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
	return (uint32_t) * (const uint64_t *)words <= SEMAPHORE_FUTEX_VALUE_MAX &&
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

static bool glibc_add(void *words, uint32_t count, bool *sleepers)
{
	uint64_t *state = words;
	uint64_t now = __atomic_load_n(state, __ATOMIC_SEQ_CST);
	do {
		if ((uint32_t)now > SEMAPHORE_FUTEX_VALUE_MAX - count)
			return false;
	} while (!__atomic_compare_exchange_n(state, &now, now + count, false,
	                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	*sleepers = now >= glibc_waiter;
	return true;
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
    .add_waiter = glibc_add_waiter,
    .remove_waiter = glibc_remove_waiter,
    .futex = glibc_futex,
    .value = glibc_value,
    .waiters = glibc_waiters,
    .is_woken_by_all = glibc_is_woken_by_all,
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

static void musl_init(void *words, uint32_t value)
{
	memset(words, 0, SEMAPHORE_BYTES);
	*(uint32_t *)words = value;
}

static bool musl_is_initialized(const void *words)
{
	enum { WAITERS_MAX = 1 << 22 }; /* as many as there can be processes */
	const uint32_t *word = words;
	for (size_t i = 2; i < SEMAPHORE_BYTES / sizeof *word; i++)
		if (word[i] != 0)
			return false;
	return word[1] <= WAITERS_MAX;
}

/* Zeros are one of 0 already. */
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

static bool musl_add(void *words, uint32_t count, bool *sleepers)
{
	uint32_t *word = words;
	uint32_t now = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	uint32_t next;
	do {
		if (musl_value(now) > SEMAPHORE_FUTEX_VALUE_MAX - count)
			return false;
		next = musl_mark(now) | (musl_value(now) + count);
	} while (!__atomic_compare_exchange_n(word, &now, next, false, __ATOMIC_SEQ_CST,
	                                      __ATOMIC_SEQ_CST));
	*sleepers = now >= musl_new_mark || musl_waiters(words) > 0;
	return true;
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
    .add_waiter = musl_add_waiter,
    .remove_waiter = musl_remove_waiter,
    .futex = musl_futex,
    .value = musl_value,
    .waiters = musl_waiters,
    .is_woken_by_all = musl_is_woken_by_all,
};

/* ----------------------------------------------------------- take and give */

static uint32_t waiter_bit(uint32_t count)
{
	return UINT32_C(1) << ((count < SHARED_BIT_COUNT ? count : SHARED_BIT_COUNT) - 1);
}

/* Those of the waiters for less than MANY who want at most this many. */
static uint32_t waiter_bits_up_to(uint32_t value)
{
	return value < SHARED_BIT_COUNT ? (UINT32_C(1) << value) - 1 : all_bits >> 1;
}

uint32_t semaphore_futex_value(const struct semaphore_layout *layout, void *words)
{
	return layout->value(__atomic_load_n(layout->futex(words), __ATOMIC_SEQ_CST));
}

/* Wake one of those who want no more than there is. */
static void wake_one_waiter(const struct semaphore_layout *layout, void *words,
                            uint32_t value)
{
	if (value > 0)
		futex_wake_bitset(layout->futex(words), (int)1, waiter_bits_up_to(value));
}

/*
 * Sleep while the word is what was seen; no longer than a while where no wake can be
 * relied on. 0 to look again, -1 with errno at the end of patience.
 */
static int semaphore_futex_sleep(const struct semaphore_layout *layout, void *words,
                                 uint32_t seen, uint32_t count,
                                 const struct deadline *deadline)
{
	const int64_t a_while = 20 * millisecond;
	const uint32_t *futex = layout->futex(words);
	if ((count < SHARED_BIT_COUNT && layout->is_woken_by_all(seen)) ||
	    deadline_left(deadline) <= a_while)
		return deadline_futex_wait(deadline, futex, seen, waiter_bit(count));
	struct deadline soon = deadline_start(
	    (struct timeout){.kind = TIMEOUT_AFTER, .nanoseconds = a_while});
	int result = deadline_futex_wait(&soon, futex, seen, waiter_bit(count));
	return result < 0 && errno == ETIMEDOUT ? 0 : result;
}

/* Who may be killed notes it in the very next instruction. */
static bool semaphore_futex_try_wait(const struct semaphore_layout *layout, void *words,
                                     uint32_t count, uint32_t *seen, int *acquired)
{
	if (!layout->try_wait(words, count, seen))
		return false;
	if (acquired != NULL)
		__atomic_store_n(acquired, 1, __ATOMIC_SEQ_CST);
	return true;
}

static int semaphore_futex_wait_blocking(const struct semaphore_layout *layout,
                                         void *words, uint32_t count,
                                         const struct deadline *deadline, int *acquired)
{
	uint32_t seen;
	bool taken, slept = false;
	int result = 0, error = 0;
	layout->add_waiter(words);
	while (
	    !(taken = semaphore_futex_try_wait(layout, words, count, &seen, acquired))) {
		if (slept)
			wake_one_waiter(layout, words, layout->value(seen));
		if (result < 0)
			break;
		result = semaphore_futex_sleep(layout, words, seen, count, deadline);
		error = errno;
		slept = true;
	}
	layout->remove_waiter(words);
	errno = error;
	return taken ? 0 : -1;
}

int semaphore_futex_wait(const struct semaphore_layout *layout, void *words,
                         uint32_t count, const struct deadline *deadline, int *acquired)
{
	uint32_t seen;
	if (semaphore_futex_try_wait(layout, words, count, &seen, acquired))
		return 0;
	if (deadline->timeout.kind == TIMEOUT_ZERO) {
		errno = EAGAIN;
		return -1;
	}
	struct termsig termsig;
	termsig_begin(&termsig);
	int result =
	    semaphore_futex_wait_blocking(layout, words, count, deadline, acquired);
	int error = errno;
	/* who is told to end does not learn that he holds something */
	if (result == 0 && termsig_pending() != 0) {
		if (acquired != NULL)
			__atomic_store_n(acquired, 0, __ATOMIC_SEQ_CST);
		semaphore_futex_post(layout, words, count);
		result = -1;
		error = EINTR;
	}
	termsig_end(&termsig, STATUS_OK);
	errno = error;
	return result;
}

int semaphore_futex_post(const struct semaphore_layout *layout, void *words,
                         uint32_t count)
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

void semaphore_futex_wake_if_available(const struct semaphore_layout *layout, void *words)
{
	wake_one_waiter(layout, words, semaphore_futex_value(layout, words));
}
