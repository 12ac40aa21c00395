/*
 * How long a command is willing to wait, and waiting that long.
 *
 * Time is CLOCK_MONOTONIC: setting the clock neither shortens nor lengthens a
 * wait. A signal does not either: every wait here goes on after one with what
 * is left, unless it is one that asks the command to end (base/termsig.h); then it
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

/* The moment when a timeout that begins now ends. */
struct deadline {
	struct timeout timeout;
	struct timespec at; /* CLOCK_MONOTONIC; TIMEOUT_AFTER */
};

/* Wait without limit; do not wait. */
static const struct deadline DEADLINE_NEVER = {.timeout = {.kind = TIMEOUT_NONE}};
static const struct deadline DEADLINE_NOW = {.timeout = {.kind = TIMEOUT_ZERO}};

struct deadline deadline_start(struct timeout timeout);

/* So many nanoseconds from now. */
struct deadline deadline_in(int64_t nanoseconds);

/* At a moment in time, which an earlier deadline may have been moved to. */
struct deadline deadline_add(struct deadline from, int64_t nanoseconds);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t deadline_clock(void);

/* How many nanoseconds are left: 0 when it has passed or for TIMEOUT_ZERO. */
int64_t deadline_left(const struct deadline *deadline);

/*
 * EAGAIN for TIMEOUT_ZERO, ETIMEDOUT otherwise: what a wait that reached its
 * deadline fails with. io/error.h's error_errno() makes status 3 or 124 of it.
 */
int deadline_errno(const struct deadline *deadline);

/*
 * ppoll(2) until one of the descriptors is ready or the deadline passes: the number of
 * ready ones, or -1 with errno EAGAIN, ETIMEDOUT, EINTR (a termination signal), EBADF
 * (one is not open) or ppoll's own. What is ready is seen even when the deadline has
 * passed.
 */
int deadline_poll(const struct deadline *deadline, struct pollfd *fds, nfds_t count);

/*
 * The same of one descriptor for these events, watched beside it the reader of the output
 * (io/output.h; -1: none): 0 when it is ready, -1 with errno EPIPE where that reader
 * left.
 */
int deadline_poll_fd(const struct deadline *deadline, int fd, short events, int reader);

/*
 * For one who shows how time passes: he is called before each wait of deadline_poll() and
 * five times a second while it lasts. NULL: nobody.
 */
void deadline_set_idle_hook(void (*hook)(void *), void *data);

/*
 * For a wait in another system call: call him. True where there is somebody: then the
 * call is to last no longer than a second before this comes again.
 */
bool deadline_run_idle_hook(void);

/*
 * futex(2) FUTEX_WAIT_BITSET on a word that other processes map too, while it holds
 * expected: 0 when woken or when it holds something else, -1 with errno as above. A wake
 * that names bits reaches it where they meet these; a plain FUTEX_WAKE always does.
 */
int deadline_futex_wait(const struct deadline *deadline, const uint32_t *word,
                        uint32_t expected, uint32_t bits);

/*
 * semop(2): 0 when all the operations are done, -1 with errno ETIMEDOUT, EINTR as above
 * or the call's own; EAGAIN where one that has IPC_NOWAIT would wait.
 */
struct sembuf;
int deadline_semop(const struct deadline *deadline, int id, struct sembuf *operations,
                   size_t count);

/* Sleep for so long: 0, or -1 with EINTR when asked to end. */
int deadline_sleep(int64_t nanoseconds);

/*
 * For who waits for what nothing tells of, and looks now and then: 0 when it is time to
 * look again, or -1 with errno EAGAIN, ETIMEDOUT or EINTR as above.
 */
int deadline_backoff(const struct deadline *deadline);

#endif
