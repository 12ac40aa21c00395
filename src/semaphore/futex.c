/* SPDX-License-Identifier: MIT */
/*
 * Waiting for more than one permit, and which waiter is woken
 *
 * sem_post(3) of both libraries adds one and wakes one sleeper, any of them: the
 * libraries have only waiters for one permit. Here a process may wait for several, so a
 * wake may reach a waiter that cannot acquire while another one that could sleeps on.
 * The rule against that:
 *
 *   A waiter for COUNT sleeps with bit COUNT - 1 of a futex bitset. A waiter that was
 *   woken and finds a value V < COUNT wakes one of those that wait for at most V.
 *
 * No wake is lost: before a post raises the value from V - 1 to V, no process sleeps that
 * waits for less than V, unless a wake for it is under way. So the process that the wake
 * of the post reaches either acquires, or wakes one of those, and only those, that can.
 * The chain ends, because the count falls with each step. The sleepers in a library's own
 * sem_wait(3) have all bits set, so every wake reaches them. "Wake all others if the
 * value has grown since it was read" was rejected: it misses a growth that another
 * process's wait hides.
 *
 * There are 32 bits: waiters for 32 or more share the last one, in which the chain would
 * not end. No waiter wakes them; they poll.
 */
#include <errno.h>

#include "base/futex.h"
#include "base/sigbus.h"
#include "base/termsig.h"
#include "semaphore/futex.h"

/* Waiters for this count and more share a bit. */
enum { SHARED_BIT_COUNT = 32 };

static const uint32_t all_bits = 0xffffffff;
static const int64_t poll_interval = 20000000; /* nanoseconds */

static uint32_t waiter_bit(uint32_t count)
{
	return UINT32_C(1) << ((count < SHARED_BIT_COUNT ? count : SHARED_BIT_COUNT) - 1);
}

/* The bits of waiters for at most value, but for the shared one. */
static uint32_t waiter_bits_up_to(uint32_t value)
{
	return value < SHARED_BIT_COUNT ? (UINT32_C(1) << value) - 1 : all_bits >> 1;
}

uint32_t semaphore_futex_value(const struct semaphore_layout *layout, void *words)
{
	return layout->value(__atomic_load_n(layout->futex(words), __ATOMIC_SEQ_CST));
}

/* Wake one of those that wait for at most value. */
static void wake_one_waiter(const struct semaphore_layout *layout, void *words,
                            uint32_t value)
{
	if (value > 0)
		futex_wake_bitset(layout->futex(words), 1, waiter_bits_up_to(value));
}

/*
 * Sleep while the word is `seen`; at most for poll_interval if no wake is certain. 0 to
 * try again, -1 with errno of deadline_futex_wait().
 */
static int semaphore_futex_sleep(const struct semaphore_layout *layout, void *words,
                                 uint32_t seen, uint32_t count,
                                 const struct deadline *deadline)
{
	const uint32_t *futex = layout->futex(words);
	if (sigbus_is_cut()) {
		errno = EFAULT;
		return -1;
	}
	if ((count < SHARED_BIT_COUNT && layout->is_woken_by_all(seen)) ||
	    deadline_left(deadline) <= poll_interval)
		return deadline_futex_wait(deadline, futex, seen, waiter_bit(count));
	struct deadline soon = deadline_in(poll_interval);
	int result = deadline_futex_wait(&soon, futex, seen, waiter_bit(count));
	return result < 0 && errno == ETIMEDOUT ? 0 : result;
}

/* A caller that may be killed records it (*acquired) in the very next instruction. */
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
	bool is_acquired, slept = false;
	int result = 0, error = 0;
	layout->add_waiter(words);
	while (!(is_acquired =
	             semaphore_futex_try_wait(layout, words, count, &seen, acquired))) {
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
	return is_acquired ? 0 : -1;
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
	/* a caller that is to end is not told that it holds something */
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

/* A wake that reached this waiter was for one that would have acquired: pass it on. */
int semaphore_futex_await(const struct semaphore_layout *layout, void *words,
                          uint32_t count, const struct deadline *deadline)
{
	const uint32_t *futex = layout->futex(words);
	struct termsig termsig;
	uint32_t seen;
	int result = 0;
	if (semaphore_futex_value(layout, words) >= count)
		return 0;
	if (deadline->timeout.kind == TIMEOUT_ZERO) {
		errno = EAGAIN;
		return -1;
	}
	termsig_begin(&termsig);
	layout->add_waiter(words);
	do {
		seen = __atomic_load_n(futex, __ATOMIC_SEQ_CST);
		if (layout->value(seen) < count)
			result =
			    semaphore_futex_sleep(layout, words, seen, count, deadline);
		seen = __atomic_load_n(futex, __ATOMIC_SEQ_CST);
		wake_one_waiter(layout, words, layout->value(seen));
	} while (result == 0 && layout->value(seen) < count);
	int error = errno;
	layout->remove_waiter(words);
	termsig_end(&termsig, STATUS_OK);
	errno = error;
	return result;
}

int64_t semaphore_futex_post(const struct semaphore_layout *layout, void *words,
                             uint32_t count)
{
	struct semaphore_change after = {0};
	if (!layout->add(words, count, &after)) {
		errno = EOVERFLOW;
		return -1;
	}
	if (after.sleepers)
		futex_wake_bitset(layout->futex(words), (int)count, all_bits);
	return after.value;
}

/*
 * As posts that raise the value from 0, of which each wakes one: at least as many as the
 * value has grown by.
 */
void semaphore_futex_set(const struct semaphore_layout *layout, void *words,
                         uint32_t value)
{
	struct semaphore_change after = {0};
	layout->set(words, value, &after);
	if (after.sleepers && value > 0)
		futex_wake_bitset(layout->futex(words), (int)value, all_bits);
}

void semaphore_futex_wake_if_available(const struct semaphore_layout *layout, void *words)
{
	wake_one_waiter(layout, words, semaphore_futex_value(layout, words));
}
