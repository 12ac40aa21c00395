/*
 * futex(2) on words in shared memory. The constants are those of <linux/futex.h>, which a
 * musl tool chain may lack. For a wait with a deadline see deadline_futex_wait() of
 * base/deadline.h.
 */
#ifndef BASE_FUTEX_H
#define BASE_FUTEX_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_WAKE_OP = 5,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10
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

/* As futex_wake(), but only threads that wait for one of these bits, or without bits. */
static inline void futex_wake_bitset(const uint32_t *word, int waiters, uint32_t bits)
{
	syscall(SYS_futex, word, FUTEX_WAKE_BITSET, waiters, NULL, NULL, bits);
}

#endif
