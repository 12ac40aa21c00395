/* SPDX-License-Identifier: MIT */
/*
 * futex(2) on words in shared memory. The constants are those of <linux/futex.h>, which a
 * musl tool chain may lack. For a wait with a deadline see deadline_futex_wait() of
 * base/deadline.h.
 */
#ifndef BASE_FUTEX_H
#define BASE_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_LOCK_PI = 6,
	FUTEX_UNLOCK_PI = 7,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
	FUTEX_PRIVATE_FLAG = 128
};

/* Sleep while *word equals `expected`: 0, or -1 with errno EAGAIN (not equal), EINTR. */
static inline int futex_wait(const uint32_t *word, uint32_t expected)
{
	return (int)syscall(SYS_futex, word, FUTEX_WAIT, expected, NULL, NULL, 0);
}

/*
 * The same for wakers that name bits, until a time of CLOCK_MONOTONIC: -1 with errno
 * ETIMEDOUT too. The kernel reads *until when the call begins.
 */
static inline int futex_wait_bitset(const uint32_t *word, uint32_t expected,
                                    const struct timespec *until, uint32_t bits)
{
	return (int)syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, until, NULL,
	                    bits);
}

/* Wake at most `waiters` threads that sleep on the word. */
static inline void futex_wake(const uint32_t *word, int waiters)
{
	syscall(SYS_futex, word, FUTEX_WAKE, waiters, NULL, NULL, 0);
}

/*
 * Set the word, whose value is not 0, to 0 or to 1 << 30, and wake all threads that sleep
 * on it: one system call, which a process that is killed in it completes.
 */
static inline void futex_set_and_wake(uint32_t *word, uint32_t value)
{
	/* FUTEX_OP(FUTEX_OP_SET, value, FUTEX_OP_CMP_EQ, 0): the comparison is false */
	uint32_t operation = value == 0 ? 0 : 8U << 28 | 30U << 12;
	syscall(SYS_futex, word, FUTEX_WAKE_OP, INT_MAX, 0, word, operation);
}

/* The halves of a 64-bit number that hold its low and its high 32 bits. */
static inline const uint32_t *futex_low_half(const uint64_t *number)
{
	return (const uint32_t *)number + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static inline const uint32_t *futex_high_half(const uint64_t *number)
{
	return (const uint32_t *)number + (__BYTE_ORDER__ != __ORDER_BIG_ENDIAN__);
}

/*
 * futex_waitv(2): sleep while the 64-bit number equals `expected`, until a time of
 * CLOCK_MONOTONIC. A process that changes it wakes by FUTEX_WAKE on the low half. Without
 * futex_waitv(2) (Linux 5.16) only the low half is compared. 0, or -1 with errno as
 * futex_wait_bitset().
 */
static inline int futex_wait_long(const uint64_t *number, uint64_t expected,
                                  const struct timespec *until)
{
	enum { SYSTEM_CALL = 449, SIZE_32 = 2 };
	const uint32_t *low = futex_low_half(number), *high = futex_high_half(number);
	const struct {
		uint64_t value, address;
		uint32_t flags, reserved;
	} halves[] = {
	    {(uint32_t)expected, (uintptr_t)low, SIZE_32, 0},
	    {expected >> 32, (uintptr_t)high, SIZE_32, 0},
	};
	long woken = syscall(SYSTEM_CALL, halves, 2, 0, until, CLOCK_MONOTONIC);
	if (woken < 0 && (errno == ENOSYS || errno == EPERM))
		return futex_wait_bitset(low, (uint32_t)expected, until, UINT32_MAX);
	return woken < 0 ? -1 : 0;
}

/* As futex_wake(), but only threads that wait for one of these bits, or without bits. */
static inline void futex_wake_bitset(const uint32_t *word, int waiters, uint32_t bits)
{
	syscall(SYS_futex, word, FUTEX_WAKE_BITSET, waiters, NULL, NULL, bits);
}

#endif
