/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/call.h"
#include "base/deadline.h"
#include "base/frontend.h"
#include "base/futex.h"
#include "base/poll.h"
#include "base/termsig.h"
#include "base/trace.h"

/* struct timespec is that of the kernel only if long has 64 bits. */
_Static_assert(sizeof(long) == 8, "ipctool speaks to 64-bit Linux kernels");

static const int64_t second = 1000000000;

/* In seconds: stands for no limit. */
static const time_t century = 100LL * 366 * 24 * 3600;

static struct timespec timespec_from_ns(int64_t nanoseconds)
{
	return (struct timespec){.tv_sec = nanoseconds / second,
	                         .tv_nsec = nanoseconds % second};
}

static struct timespec timespec_add(struct timespec at, int64_t nanoseconds)
{
	struct timespec more = timespec_from_ns(nanoseconds);
	at.tv_sec += more.tv_sec;
	at.tv_nsec += more.tv_nsec;
	if (at.tv_nsec >= second) {
		at.tv_nsec -= second;
		at.tv_sec++;
	}
	return at;
}

int64_t deadline_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * second + now.tv_nsec;
}

struct deadline deadline_start(struct timeout timeout)
{
	struct deadline deadline = {.timeout = timeout};
	if (timeout.kind == TIMEOUT_AFTER) {
		clock_gettime(CLOCK_MONOTONIC, &deadline.at);
		deadline.at = timespec_add(deadline.at, timeout.nanoseconds);
	}
	return deadline;
}

struct deadline deadline_in(int64_t nanoseconds)
{
	return deadline_start(
	    (struct timeout){.kind = TIMEOUT_AFTER, .nanoseconds = nanoseconds});
}

struct deadline deadline_add(struct deadline from, int64_t nanoseconds)
{
	from.at = timespec_add(from.at, nanoseconds);
	return from;
}

int64_t deadline_left(const struct deadline *deadline)
{
	if (deadline->timeout.kind == TIMEOUT_NONE)
		return INT64_MAX;
	if (deadline->timeout.kind == TIMEOUT_ZERO)
		return 0;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t seconds = deadline->at.tv_sec - now.tv_sec;
	int64_t left;
	if (__builtin_mul_overflow(seconds, second, &left) ||
	    __builtin_add_overflow(left, deadline->at.tv_nsec - now.tv_nsec, &left))
		return INT64_MAX;
	return left > 0 ? left : 0;
}

int deadline_errno(const struct deadline *deadline)
{
	return deadline->timeout.kind == TIMEOUT_ZERO ? EAGAIN : ETIMEDOUT;
}

/* After a wait that was interrupted or timed out: 0 to wait again, -1 with errno. */
static int check_wait_end(const struct deadline *deadline)
{
	if (termsig_pending() != 0)
		errno = EINTR;
	else if (deadline_left(deadline) == 0)
		errno = deadline_errno(deadline);
	else
		return 0;
	return -1;
}

void deadline_set_idle_hook(void (*hook)(void *), void *data)
{
	call_current->idle_hook = hook;
	call_current->idle_data = data;
}

bool deadline_run_idle_hook(void)
{
	const struct call *call = call_current;
	if (call->idle_hook == NULL)
		return false;
	call->idle_hook(call->idle_data);
	return true;
}

/* The nanoseconds for the next system call: five times a second the idle hook runs. */
static int64_t remaining_time(const struct deadline *deadline)
{
	int64_t left = deadline_left(deadline);
	return deadline_run_idle_hook() && left > second / 5 ? second / 5 : left;
}

/* poll(2) counts a descriptor that is not open as ready. */
static bool has_closed_fd(const struct pollfd *fds, nfds_t count)
{
	for (nfds_t i = 0; i < count; i++)
		if (fds[i].revents & POLLNVAL)
			return true;
	return false;
}

/* As poll_at_most(); -1 with EINTR also after a signal that came just before the call. */
static int poll_guarded(struct pollfd *fds, nfds_t count, int64_t left)
{
	termsig_catch();
	if (left == 0 || !termsig_is_active())
		return poll_at_most(fds, count, left);
	int fd = fds[0].fd;
	termsig_guard_poll(&fds[0].fd);
	int ready = poll_at_most(fds, count, left);
	int error = errno;
	termsig_guard_poll(NULL);
	if (ready > 0 && fds[0].fd != fd && fds[0].revents & POLLNVAL) {
		ready = -1;
		error = EINTR;
	}
	fds[0].fd = fd;
	errno = error;
	return ready;
}

static int poll_until(const struct deadline *deadline, struct pollfd *fds, nfds_t count)
{
	for (;;) {
		int64_t left = termsig_pending() != 0 ? 0 : remaining_time(deadline);
		trace_wait("poll", left);
		int ready = poll_guarded(fds, count, left);
		trace_woken("poll", ready);
		if (ready > 0 && has_closed_fd(fds, count)) {
			errno = EBADF;
			return -1;
		}
		if (ready > 0 || (ready < 0 && errno != EINTR))
			return ready;
		if (check_wait_end(deadline) < 0)
			return -1;
	}
}

/*
 * In a shell, a termination signal does not end a wait outside termsig_begin() and
 * termsig_end(), because the shell handles it: call them for the wait.
 */
static bool deadline_begin_termsig(const struct deadline *deadline,
                                   struct termsig *termsig)
{
	if (deadline->timeout.kind == TIMEOUT_ZERO || !frontend_is_builtin() ||
	    termsig_is_active() || termsig_pending() != 0)
		return false;
	termsig_begin(termsig);
	return true;
}

static void deadline_end_termsig(bool own, struct termsig *termsig)
{
	int saved = errno;
	if (own)
		termsig_end(termsig, STATUS_OK);
	errno = saved;
}

/*
 * A call that need not wait needs no guard against termination signals, which takes ten
 * system calls in a shell: poll first. A program has no guard, and would poll twice.
 */
static int poll_ready(const struct deadline *deadline, struct pollfd *fds, nfds_t count)
{
	if (count == 0 || deadline->timeout.kind == TIMEOUT_ZERO ||
	    !frontend_is_builtin() || termsig_is_active())
		return 0;
	int ready = poll_at_most(fds, count, 0);
	return ready > 0 && !has_closed_fd(fds, count) ? ready : 0;
}

int deadline_poll(const struct deadline *deadline, struct pollfd *fds, nfds_t count)
{
	struct termsig termsig;
	int first = poll_ready(deadline, fds, count);
	if (first > 0)
		return first;
	bool own = deadline_begin_termsig(deadline, &termsig);
	struct pollfd none = {.fd = -1};
	int ready =
	    count > 0 ? poll_until(deadline, fds, count) : poll_until(deadline, &none, 1);
	deadline_end_termsig(own, &termsig);
	return ready;
}

int deadline_poll_fd(const struct deadline *deadline, int fd, short events, int reader)
{
	struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = reader}};
	if (deadline_poll(deadline, fds, 2) < 0)
		return -1;
	if (fds[1].revents == 0)
		return 0;
	errno = EPIPE;
	return -1;
}

/* Absolute, of CLOCK_MONOTONIC, and where a signal zeroes it. */
static struct timespec *futex_timeout(const struct deadline *deadline,
                                      struct timespec *fallback)
{
	if (deadline->timeout.kind == TIMEOUT_AFTER)
		return termsig_timeout(deadline->at, fallback);
	if (deadline->timeout.kind == TIMEOUT_NONE)
		return termsig_timeout((struct timespec){.tv_sec = 1000 * century},
		                       fallback);
	return termsig_timeout((struct timespec){0}, fallback);
}

/* After the system call returned `result`: 0 to look at the word, -1 with errno. */
static int futex_wait_result(const struct deadline *deadline, int result)
{
	trace_woken("futex", result);
	if (result == 0 || errno == EAGAIN)
		return 0;
	if (errno != EINTR && errno != ETIMEDOUT)
		return -1;
	return check_wait_end(deadline);
}

int deadline_futex_wait(const struct deadline *deadline, const uint32_t *word,
                        uint32_t expected, uint32_t bits)
{
	struct termsig termsig;
	struct timespec fallback;
	bool own = deadline_begin_termsig(deadline, &termsig);
	const struct timespec *timeout = futex_timeout(deadline, &fallback);
	trace_wait("futex", TRACE_ENABLED ? deadline_left(deadline) : 0);
	int result =
	    futex_wait_result(deadline, futex_wait_bitset(word, expected, timeout, bits));
	deadline_end_termsig(own, &termsig);
	return result;
}

int deadline_futex_wait_long(const struct deadline *deadline, const uint64_t *number,
                             uint64_t expected)
{
	struct termsig termsig;
	struct timespec fallback;
	bool own = deadline_begin_termsig(deadline, &termsig);
	const struct timespec *timeout = futex_timeout(deadline, &fallback);
	trace_wait("futex", TRACE_ENABLED ? deadline_left(deadline) : 0);
	int result =
	    futex_wait_result(deadline, futex_wait_long(number, expected, timeout));
	deadline_end_termsig(own, &termsig);
	return result;
}

static bool has_ipc_nowait(const struct sembuf *operations, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (operations[i].sem_flg & IPC_NOWAIT)
			return true;
	return false;
}

static int semop_until(const struct deadline *deadline, int id, struct sembuf *operations,
                       size_t count)
{
	for (;;) {
		int64_t left = remaining_time(deadline);
		struct timespec fallback;
		struct timespec after = {.tv_sec = century};
		if (left != INT64_MAX)
			after = timespec_from_ns(left);
		struct timespec *timeout = termsig_timeout(after, &fallback);
		trace_wait("semtimedop", left);
		long result = syscall(SYS_semtimedop, id, operations, count, timeout);
		trace_woken("semtimedop", result);
		if (result == 0)
			return 0;
		if (errno != EINTR && errno != EAGAIN)
			return -1;
		bool refused = errno == EAGAIN && has_ipc_nowait(operations, count);
		if (check_wait_end(deadline) < 0)
			return -1;
		if (refused) {
			errno = EAGAIN;
			return -1;
		}
	}
}

int deadline_semop(const struct deadline *deadline, int id, struct sembuf *operations,
                   size_t count)
{
	struct termsig termsig;
	bool own = deadline_begin_termsig(deadline, &termsig);
	int result = semop_until(deadline, id, operations, count);
	deadline_end_termsig(own, &termsig);
	return result;
}

int deadline_sleep(int64_t nanoseconds)
{
	const struct deadline deadline = deadline_in(nanoseconds);
	return deadline_poll(&deadline, NULL, 0) < 0 && errno == EINTR ? -1 : 0;
}

int deadline_backoff(const struct deadline *deadline)
{
	if (deadline_left(deadline) == 0) {
		errno = deadline_errno(deadline);
		return -1;
	}
	return deadline_sleep(10000000);
}
