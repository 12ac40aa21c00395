/* SPDX-License-Identifier: MIT */
/*
 * A deadline for system calls that have no timeout of their own: fcntl(2) F_SETLKW and
 * F_OFD_SETLKW, flock(2), msgrcv(2), msgsnd(2), open(2) of a FIFO, connect(2).
 *
 *     struct syscall_timer timer;
 *     … try without waiting first: a timer costs a few system calls …
 *     if (syscall_timer_begin(&timer, deadline) < 0)
 *             return -1;
 *     while ((result = flock(fd, LOCK_EX)) < 0 && syscall_timer_should_retry(&timer))
 *             continue;
 *     syscall_timer_end(&timer);
 *
 * Between begin and end a system call is interrupted (EINTR) when the deadline passes or
 * a termination signal arrives (base/termsig.h), also if that happens just before the
 * call begins: from then on the timer's signal is sent every 10 ms until
 * syscall_timer_end(). Until then the timer costs no time. In a builtin the calls of
 * termsig_begin() and termsig_end() are made here if the caller has made none, as
 * base/deadline.h does.
 *
 * The signal is RTMAX (64; 62 under qemu-user): between begin and end one that another
 * process sends is lost. The timer belongs to the calling thread. syscall_timer_end()
 * deletes it and restores the handler and the mask. Timers do not nest. See
 * timer_create(2).
 */
#ifndef BASE_SYSCALL_TIMER_H
#define BASE_SYSCALL_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/termsig.h"

struct syscall_timer {
	const struct deadline *deadline; /* the caller's; must outlive the timer */
	int timer;                       /* -1: none is needed */
	int signal;
	bool owns_termsig;
	struct termsig termsig;
	uint64_t mask;
	struct sigaction saved;
};

/*
 * 0, or -1 with errno: EINTR if a termination signal is pending; ETIME if no timer is
 * available (io/error.h names the limit); ENOMEM. After -1 there is nothing to end.
 */
int syscall_timer_begin(struct syscall_timer *syscall_timer,
                        const struct deadline *deadline);

/*
 * For one call that must not wait, but has no flag for that: the timer interrupts it
 * after a millisecond, and every millisecond from then on. syscall_timer_should_retry()
 * does not apply, termination signals are left to the caller. Returns as above, never
 * EINTR.
 */
int syscall_timer_begin_brief(struct syscall_timer *syscall_timer);

/*
 * After a call that failed: true if it should be made again. If false, errno is EAGAIN
 * or ETIMEDOUT (deadline_errno()), EINTR after a termination signal, or that of the call.
 */
bool syscall_timer_should_retry(const struct syscall_timer *syscall_timer);

/* Leaves errno as it is. */
void syscall_timer_end(struct syscall_timer *syscall_timer);

#endif
