/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/poll.h"

static const int64_t millisecond = 1000000;

/* newer architectures have ppoll(2) only */
#ifdef SYS_poll
enum { SYSTEM_CALL_POLL = SYS_poll };
#else
enum { SYSTEM_CALL_POLL = -1 };
#endif

/* The kernel stores the time that is left in *timeout, and restarts the call with it. */
static int poll_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout)
{
	return (int)syscall(SYS_ppoll, fds, count, timeout, NULL, _NSIG / 8);
}

/* Less than a second. */
static int poll_nanoseconds(struct pollfd *fds, nfds_t count, int64_t nanoseconds)
{
	struct timespec timeout = {.tv_nsec = nanoseconds};
	return poll_ppoll(fds, count, &timeout);
}

/* 1, 2, 4 … milliseconds, in memory that is not writable. */
#define STEP(exponent)                                                                   \
	{                                                                                \
		.tv_sec = (1L << (exponent)) / 1000,                                     \
		.tv_nsec = (1L << (exponent)) % 1000 * 1000000                           \
	}
enum { STEPS = 32 };
static const struct timespec steps[STEPS] = {
    STEP(0),  STEP(1),  STEP(2),  STEP(3),  STEP(4),  STEP(5),  STEP(6),  STEP(7),
    STEP(8),  STEP(9),  STEP(10), STEP(11), STEP(12), STEP(13), STEP(14), STEP(15),
    STEP(16), STEP(17), STEP(18), STEP(19), STEP(20), STEP(21), STEP(22), STEP(23),
    STEP(24), STEP(25), STEP(26), STEP(27), STEP(28), STEP(29), STEP(30), STEP(31)};

/* The longest step within this number of milliseconds, at least 1. */
static int longest_step(int64_t milliseconds)
{
	int step = 63 - __builtin_clzll((unsigned long long)milliseconds);
	return step < STEPS ? step : STEPS - 1;
}

/*
 * If the kernel cannot store the time that is left, it does not restart ppoll(2) after
 * a stop, which fails with EINTR instead. qemu-user stores it itself, and fails with
 * EFAULT after the wait.
 */
int poll_in_steps(struct pollfd *fds, nfds_t count, int64_t nanoseconds)
{
	if (nanoseconds == INT64_MAX)
		return poll_ppoll(fds, count, NULL);
	if (nanoseconds < millisecond)
		return poll_nanoseconds(fds, count, nanoseconds);
	int step = longest_step(nanoseconds / millisecond);
	int ready = poll_ppoll(fds, count, &steps[step]);
	if (ready < 0 && errno == EFAULT)
		return poll_nanoseconds(fds, count, 0);
	return ready;
}

int poll_at_most(struct pollfd *fds, nfds_t count, int64_t nanoseconds)
{
	if (SYSTEM_CALL_POLL < 0)
		return poll_in_steps(fds, count, nanoseconds);
	if (nanoseconds < millisecond)
		return poll_nanoseconds(fds, count, nanoseconds);
	int64_t milliseconds = nanoseconds / millisecond;
	if (milliseconds > INT_MAX)
		milliseconds = nanoseconds == INT64_MAX ? -1 : INT_MAX;
	return (int)syscall(SYSTEM_CALL_POLL, fds, count, (int)milliseconds);
}
