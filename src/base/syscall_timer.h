/*
 * A deadline for system calls that wait without a time-out of their own: fcntl(2)
 * F_SETLKW and F_OFD_SETLKW, flock(2), msgrcv(2), msgsnd(2).
 *
 *     struct alarm alarm;
 *     … try without waiting first: this costs a few system calls …
 *     if (syscall_timer_begin(&alarm, deadline) < 0)
 *             return -1;
 *     while ((result = flock(fd, LOCK_EX)) < 0 && syscall_timer_should_retry(&alarm))
 *             continue;
 *     syscall_timer_end(&alarm);
 *
 * Between the two a call is cut short (EINTR) when the deadline passes or a signal asks
 * the command to end (base/termsig.h), also where that happens just before it begins:
 * from then on a timer's signal comes again and again until syscall_timer_end(). Before
 * that no time is spent. In a builtin a pair of termsig_begin() and termsig_end() is put
 * around it, as base/deadline.h does it, where there is none.
 *
 * The signal is RTMAX (64): in the meantime one that somebody sends is lost. The timer
 * belongs to the calling thread and is gone afterwards, as are the handler and the change
 * of the mask. Alarms do not nest.
 */
#ifndef BASE_SYSCALL_TIMER_H
#define BASE_SYSCALL_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/termsig.h"

struct syscall_timer {
	const struct deadline *deadline; /* the caller's; must outlive it */
	int timer;                       /* -1: none is needed */
	bool owns_termsig;
	struct termsig termsig;
	uint64_t mask;
	struct sigaction saved;
};

/*
 * -1 with errno: EINTR where a signal asks to end already; ETIME where no timer is to be
 * had (io/error.h names the limit); ENOMEM. Nothing is to be ended then.
 */
int syscall_timer_begin(struct syscall_timer *syscall_timer,
                        const struct deadline *deadline);

/*
 * After a call that failed: is it to be made again? If not, errno says why: EAGAIN or
 * ETIMEDOUT (deadline_errno()), EINTR when asked to end, or that of the call.
 */
bool syscall_timer_should_retry(const struct syscall_timer *syscall_timer);

/* Leaves errno as it is. */
void syscall_timer_end(struct syscall_timer *syscall_timer);

#endif
