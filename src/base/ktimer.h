/* SPDX-License-Identifier: MIT */
/*
 * A timer that sends a signal, by the kernel's own calls: the C libraries differ in the
 * name of the thread's id, and glibc starts a thread for some of them. See
 * timer_create(2).
 */
#ifndef BASE_KTIMER_H
#define BASE_KTIMER_H

#include <stdint.h>

/*
 * The signal is sent to this thread of the process, or to the process if it is 0, with
 * SI_TIMER as its code. 0, or -1 with errno: EAGAIN is RLIMIT_SIGPENDING.
 */
int ktimer_create(int *timer, int signal, int thread);

/* Once, in this number of nanoseconds. */
void ktimer_start(int timer, int64_t nanoseconds);

#endif
