#include <errno.h>
#include <signal.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/call.h"
#include "base/deadline.h"
#include "base/frontend.h"
#include "base/futex.h"
#include "base/termsig.h"

/* The kernel's own timespec is ours only where a long has 64 bits. */
_Static_assert(sizeof(long) == 8, "ipctool speaks to 64-bit Linux kernels");

static const int64_t second = 1000000000;

/* A timeout of this many seconds (a century) is one that nobody sees pass. */
static const time_t century = 100LL * 366 * 24 * 3600;

static struct timespec timespec_of(int64_t nanoseconds)
{
	return (struct timespec){.tv_sec = nanoseconds / second,
	                         .tv_nsec = nanoseconds % second};
}

static struct timespec later(struct timespec at, int64_t nanoseconds)
{
	struct timespec more = timespec_of(nanoseconds);
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

struct deadline deadline_after(struct patience patience)
{
	struct deadline deadline = {.patience = patience};
	if (patience.kind == AT_MOST) {
		clock_gettime(CLOCK_MONOTONIC, &deadline.at);
		deadline.at = later(deadline.at, patience.nanoseconds);
	}
	return deadline;
}

struct deadline deadline_add(struct deadline from, int64_t nanoseconds)
{
	from.at = later(from.at, nanoseconds);
	return from;
}

int64_t deadline_left(const struct deadline *deadline)
{
	if (deadline->patience.kind == FOR_EVER)
		return INT64_MAX;
	if (deadline->patience.kind == NOT_AT_ALL)
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
	return deadline->patience.kind == NOT_AT_ALL ? EAGAIN : ETIMEDOUT;
}

/* What a wait that was cut short, or came to its end, means: 0 to wait again. */
static int why_it_ended(const struct deadline *deadline)
{
	if (interrupt_pending() != 0)
		errno = EINTR;
	else if (deadline_left(deadline) == 0)
		errno = deadline_errno(deadline);
	else
		return 0;
	return -1;
}

void deadline_ticks(void (*tick)(void *), void *data)
{
	call_current->tick = tick;
	call_current->tick_data = data;
}

bool deadline_tick(void)
{
	const struct call *call = call_current;
	if (call->tick == NULL)
		return false;
	call->tick(call->tick_data);
	return true;
}

static struct timespec *timeout_left(const struct deadline *deadline,
                                     struct timespec *fallback)
{
	int64_t left = deadline_left(deadline);
	if (deadline_tick() && left > second / 5)
		left = second / 5;
	if (left == INT64_MAX)
		return interrupt_timeout((struct timespec){.tv_sec = century}, fallback);
	return interrupt_timeout(timespec_of(left), fallback);
}

static int poll_until(const struct deadline *deadline, struct pollfd *fds, nfds_t count)
{
	for (;;) {
		struct timespec fallback;
		struct timespec *timeout = timeout_left(deadline, &fallback);
		/* libc's ppoll copies the timeout; see interrupt_timeout() */
		long ready = syscall(SYS_ppoll, fds, count, timeout, NULL, _NSIG / 8);
		if (ready > 0 || (ready < 0 && errno != EINTR))
			return (int)ready;
		if (why_it_ended(deadline) < 0)
			return -1;
	}
}

/*
 * In a shell a signal's default action does not end a wait that has no pair of
 * interrupt_begin() and interrupt_end() around it: give it one.
 */
static bool begin_own_pair(const struct deadline *deadline, struct interrupt *interrupt)
{
	if (deadline->patience.kind == NOT_AT_ALL || !front_is_builtin() ||
	    interrupt_active() || interrupt_pending() != 0)
		return false;
	interrupt_begin(interrupt);
	return true;
}

static void end_own_pair(bool own, struct interrupt *interrupt)
{
	int saved = errno;
	if (own)
		interrupt_end(interrupt, STATUS_DONE);
	errno = saved;
}

int deadline_poll(const struct deadline *deadline, struct pollfd *fds, nfds_t count)
{
	struct interrupt interrupt;
	bool own = begin_own_pair(deadline, &interrupt);
	int ready = poll_until(deadline, fds, count);
	end_own_pair(own, &interrupt);
	return ready;
}

int deadline_ready(const struct deadline *deadline, int fd, short events, int reader)
{
	struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = reader}};
	if (deadline_poll(deadline, fds, 2) < 0)
		return -1;
	if (fds[1].revents == 0)
		return 0;
	errno = EPIPE;
	return -1;
}

static int futex_until(const struct deadline *deadline, const uint32_t *word,
                       uint32_t expected, uint32_t bits)
{
	struct timespec fallback;
	struct timespec *timeout;
	if (deadline->patience.kind == AT_MOST)
		/* FUTEX_WAIT_BITSET takes a moment of CLOCK_MONOTONIC */
		timeout = interrupt_timeout(deadline->at, &fallback);
	else if (deadline->patience.kind == FOR_EVER)
		timeout = interrupt_timeout((struct timespec){.tv_sec = 1000 * century},
		                            &fallback);
	else
		timeout = interrupt_timeout((struct timespec){0}, &fallback);
	if (futex_wait_bitset(word, expected, timeout, bits) == 0 || errno == EAGAIN)
		return 0;
	if (errno != EINTR && errno != ETIMEDOUT)
		return -1;
	return why_it_ended(deadline);
}

int deadline_futex(const struct deadline *deadline, const uint32_t *word,
                   uint32_t expected, uint32_t bits)
{
	struct interrupt interrupt;
	bool own = begin_own_pair(deadline, &interrupt);
	int result = futex_until(deadline, word, expected, bits);
	end_own_pair(own, &interrupt);
	return result;
}

static bool has_nowait(const struct sembuf *operations, size_t count)
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
		struct timespec fallback;
		struct timespec *timeout = timeout_left(deadline, &fallback);
		if (syscall(SYS_semtimedop, id, operations, count, timeout) == 0)
			return 0;
		if (errno != EINTR && errno != EAGAIN)
			return -1;
		bool refused = errno == EAGAIN && has_nowait(operations, count);
		if (why_it_ended(deadline) < 0)
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
	struct interrupt interrupt;
	bool own = begin_own_pair(deadline, &interrupt);
	int result = semop_until(deadline, id, operations, count);
	end_own_pair(own, &interrupt);
	return result;
}

int deadline_pause(int64_t nanoseconds)
{
	const struct deadline deadline = deadline_after(
	    (struct patience){.kind = AT_MOST, .nanoseconds = nanoseconds});
	return deadline_poll(&deadline, NULL, 0) < 0 && errno == EINTR ? -1 : 0;
}

int deadline_look_again(const struct deadline *deadline)
{
	if (deadline_left(deadline) == 0) {
		errno = deadline_errno(deadline);
		return -1;
	}
	return deadline_pause(10000000);
}
