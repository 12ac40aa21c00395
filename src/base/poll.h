/* SPDX-License-Identifier: MIT */
/*
 * poll(2) for a length of time that a stop does not extend.
 *
 * After a stop (SIGSTOP, the freezer of cgroups, a suspend) and SIGCONT, the kernel
 * restarts ppoll(2) with the time that was left as the stop began. It restarts poll(2),
 * which has milliseconds, with the time when it is to end: see restart_syscall(2).
 */
#ifndef BASE_POLL_H
#define BASE_POLL_H

#include <poll.h>
#include <stdint.h>

/*
 * As poll(2), for at most this number of nanoseconds; INT64_MAX: without limit. It may
 * return 0, or -1 with EINTR, before that: then call it again for the time that is left.
 * A stop extends no wait by more than a millisecond.
 *
 * The kernel reads *fds as the call begins, which termsig_guard_poll() relies on.
 */
int poll_at_most(struct pollfd *fds, nfds_t count, int64_t nanoseconds);

/* The same, as it is done on architectures that have no poll(2). */
int poll_in_steps(struct pollfd *fds, nfds_t count, int64_t nanoseconds);

#endif
