/* SPDX-License-Identifier: MIT */
/*
 * Deadlines, and system calls that wait until one.
 *
 * The clock is CLOCK_MONOTONIC: setting the time of day neither shortens nor extends a
 * wait. Nor does a stop of the process, nor a signal: every wait here continues after it
 * with the remaining time, unless it is a termination signal (base/termsig.h); then it
 * fails with EINTR.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/timeout.h"

/* The time when a timeout ends. */
struct deadline {
	struct timeout timeout;
	struct timespec at; /* CLOCK_MONOTONIC; TIMEOUT_AFTER */
};

/* Wait without limit; do not wait. */
static const struct deadline DEADLINE_NEVER = {.timeout = {.kind = TIMEOUT_NONE}};
static const struct deadline DEADLINE_NOW = {.timeout = {.kind = TIMEOUT_ZERO}};

/* The deadline of a timeout that begins now. */
struct deadline deadline_start(struct timeout timeout);

/* The given number of nanoseconds from now. */
struct deadline deadline_in(int64_t nanoseconds);

/* A TIMEOUT_AFTER deadline moved by the given number of nanoseconds. */
struct deadline deadline_add(struct deadline from, int64_t nanoseconds);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t deadline_clock(void);

/* The nanoseconds left: 0 after it or for TIMEOUT_ZERO, INT64_MAX for TIMEOUT_NONE. */
int64_t deadline_left(const struct deadline *deadline);

/*
 * The errno of a wait that reached its deadline: EAGAIN for TIMEOUT_ZERO, otherwise
 * ETIMEDOUT. error_status() of io/error.h turns it into status 3 or 124.
 */
int deadline_errno(const struct deadline *deadline);

/*
 * poll(2) until one of the descriptors is ready or the deadline: the number of ready
 * descriptors, or -1 with errno EAGAIN, ETIMEDOUT, EINTR (a termination signal), EBADF (a
 * descriptor is not open) or another of poll(2). Descriptors that are ready are reported
 * even after the deadline.
 */
int deadline_poll(const struct deadline *deadline, struct pollfd *fds, nfds_t count);

/*
 * The same for one descriptor and these events: 0 when it is ready. `reader` is struct
 * output.reader (io/output.h; -1: none): -1 with errno EPIPE when it has an error, which
 * means that standard output has no reader.
 */
int deadline_poll_fd(const struct deadline *deadline, int fd, short events, int reader);

/*
 * Set a function to be called before each wait of deadline_poll() and deadline_semop(),
 * and five times a second during it, such as to show progress. NULL: none.
 */
void deadline_set_idle_hook(void (*hook)(void *), void *data);

/*
 * Call the idle hook before a wait in another system call. True if one is set: then call
 * this again within a second, limiting the wait to that.
 */
bool deadline_run_idle_hook(void);

/*
 * futex(2) FUTEX_WAIT_BITSET on a word in shared memory while it equals `expected`: 0
 * when woken or if it has another value, -1 with errno as above. FUTEX_WAKE_BITSET wakes
 * it if the two sets of bits intersect; FUTEX_WAKE always does.
 */
int deadline_futex_wait(const struct deadline *deadline, const uint32_t *word,
                        uint32_t expected, uint32_t bits);

/*
 * The same on a 64-bit number: futex_wait_long() of base/futex.h. FUTEX_WAKE on its low
 * half wakes it.
 */
int deadline_futex_wait_long(const struct deadline *deadline, const uint64_t *number,
                             uint64_t expected);

/*
 * semop(2): 0 when all the operations are done, -1 with errno ETIMEDOUT or EINTR as above
 * or another of semop(2); EAGAIN also if an operation with IPC_NOWAIT would wait.
 */
struct sembuf;
int deadline_semop(const struct deadline *deadline, int id, struct sembuf *operations,
                   size_t count);

/* Sleep: 0, or -1 with errno EINTR after a termination signal. */
int deadline_sleep(int64_t nanoseconds);

/*
 * For polling when there is no event to wait for: sleeps 10 ms and returns 0 when it is
 * time to check again, or -1 with errno EAGAIN, ETIMEDOUT or EINTR as above.
 */
int deadline_backoff(const struct deadline *deadline);

#endif
