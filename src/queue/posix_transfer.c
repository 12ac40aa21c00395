/* SPDX-License-Identifier: MIT */
/*
 * Sending to a POSIX message queue, receiving from it, waiting for it.
 *
 * The timeout of mq_timedsend(3) and mq_timedreceive(3) is a moment of CLOCK_REALTIME,
 * which can be set. So these calls wait only if there is no timeout; a timed wait is a
 * poll(2) by CLOCK_MONOTONIC. With a moment that has passed they fail with ETIMEDOUT
 * instead of blocking.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "queue/posix_transfer.h"

static const time_t far_future = 1LL << 40;

/*
 * The timeout for one of the two calls. A termination signal cuts it short; if progress
 * is shown, it expires at the next full second. It is in writable memory: qemu-user
 * stores a timeout when the call returns, and fails with EFAULT.
 */
static const struct timespec *mq_call_timeout(bool block, struct timespec *fallback)
{
	struct timespec until = {.tv_sec = far_future};
	if (!block) {
		*fallback = (struct timespec){0};
		return fallback;
	}
	if (deadline_run_idle_hook())
		until.tv_sec = time(NULL) + 1;
	return termsig_timeout(until, fallback);
}

/* Did the call fail because it would block, or would block longer? */
static bool mq_call_would_block(void)
{
	return errno == ETIMEDOUT || errno == EINTR;
}

/* -1 with EINTR after a termination signal. */
static int check_termination_signal(void)
{
	if (termsig_pending() == 0)
		return 0;
	errno = EINTR;
	return -1;
}

static int wait_for_queue(const struct queue *queue, short events,
                          const struct deadline *deadline, int reader)
{
	if (deadline->timeout.kind == TIMEOUT_ZERO && errno == ETIMEDOUT) {
		errno = EAGAIN;
		return -1;
	}
	return deadline_poll_fd(deadline, queue->fd, events, reader);
}

/* The wrappers of the C library may copy the timeout: see termsig_timeout(). */
int queue_posix_send(const struct queue *queue, const void *message, size_t length,
                     int64_t priority, const struct deadline *deadline)
{
	bool block = deadline->timeout.kind == TIMEOUT_NONE;
	for (;;) {
		struct timespec fallback;
		if (syscall(SYS_mq_timedsend, queue->fd, message, length,
		            (unsigned)priority, mq_call_timeout(block, &fallback)) == 0)
			return 0;
		if (!mq_call_would_block() || check_termination_signal() < 0)
			return -1;
		if (!block && wait_for_queue(queue, POLLOUT, deadline, -1) < 0)
			return -1;
	}
}

ssize_t queue_posix_receive(const struct queue *queue, void *buffer, int64_t *priority,
                            const struct deadline *deadline, int reader)
{
	bool may_block = deadline->timeout.kind == TIMEOUT_NONE && reader < 0;
	/* without waiting first: then no more than two calls that block signals are made
	 */
	bool block = may_block && !termsig_is_blocked();
	while (check_termination_signal() == 0) {
		struct timespec fallback;
		unsigned taken;
		long length =
		    syscall(SYS_mq_timedreceive, queue->fd, buffer, (size_t)queue->size,
		            &taken, mq_call_timeout(block, &fallback));
		if (length >= 0) {
			*priority = taken;
			return length;
		}
		if (!mq_call_would_block())
			return -1;
		if (!may_block && wait_for_queue(queue, POLLIN, deadline, reader) < 0)
			return -1;
		block = may_block;
	}
	return -1;
}

int queue_posix_await(const struct queue *queue, const struct deadline *deadline)
{
	return deadline_poll_fd(deadline, queue->fd, POLLIN, -1);
}
