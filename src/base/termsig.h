/* SPDX-License-Identifier: MIT */
/*
 * Termination signals (HUP, INT, QUIT and TERM, unless the caller ignores them) while a
 * command waits or holds something.
 *
 *     struct termsig termsig;
 *     termsig_begin(&termsig);
 *     … wait by base/deadline.h, which then fails with EINTR; put back what is held …
 *     return termsig_end(&termsig, status);
 *
 * Between begin and end such a signal is only recorded, so that no held data is lost.
 * termsig_end() then sends the signal again, with the dispositions of the caller: it ends
 * a program, and runs the handler or trap of a shell. A command that holds nothing needs
 * none of this: the default action ends it.
 *
 * No wait misses a signal that arrives between the last check and the system call: the
 * kernel reads an argument from memory as the call begins, and the handler changes it.
 * That is the timeout, which it sets to zero, or the first descriptor of poll(2).
 *
 * A builtin that waits by base/deadline.h outside begin and end gets both for that wait,
 * since a shell catches signals and the default action would not end the wait.
 *
 * Calls nest. For one thread only. A signal handler has no argument: the innermost
 * struct, and the signal that ended one during this call of an applet, are in
 * base/call.h.
 */
#ifndef BASE_TERMSIG_H
#define BASE_TERMSIG_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/status.h"

enum { TERMSIG_COUNT = 4 };
extern const int termsig_numbers[TERMSIG_COUNT];

/* The same as a set of base/ksig.h. */
uint64_t termsig_set(void);

struct termsig {
	struct termsig *outer;
	struct timespec timeout; /* of the system call that waits now */
	int *volatile polled;    /* the first descriptor of the poll(2) that waits now */
	volatile int timer;      /* a timer to fire, plus 1; 0: none */
	bool blocked;            /* the signals are blocked, not caught yet */
	uint64_t mask;           /* of the caller, if blocked */
	volatile int pending;    /* bit N: signal N has arrived */
	int ignored;             /* bit N: the caller ignores signal N */
	struct sigaction saved[TERMSIG_COUNT];
};

/* A signal that arrived earlier in this call of an applet counts as pending. */
void termsig_begin(struct termsig *termsig);

/*
 * The same for a command that seldom has to wait: the signals are only blocked at first,
 * which takes two system calls instead of eight. The waits of base/deadline.h call
 * termsig_catch(), which does the rest; so must the caller before any other call that may
 * wait.
 */
void termsig_block(struct termsig *termsig);
void termsig_catch(void);
bool termsig_is_blocked(void);

/* Is this between begin, or block, and end? */
bool termsig_is_active(void);

/*
 * The first termination signal that has arrived since termsig_begin(), or earlier in this
 * call of an applet; 0: none.
 */
int termsig_pending(void);

/* Has this signal arrived since termsig_begin()? Then the caller heeds it: forget it. */
bool termsig_take(int signal);

/*
 * Restore the dispositions. If a signal has arrived, send it again; if that returns (in a
 * shell) the status is 128 + its number. Otherwise status.
 */
enum status termsig_end(struct termsig *termsig, enum status status);

/*
 * Store the timeout of the next system call where a signal zeroes it; it is zero if one
 * is pending already. Returns that address: pass it to the system call itself, not to a
 * function of the C library, which copies it. Outside begin and end it is fallback.
 */
struct timespec *termsig_timeout(struct timespec value, struct timespec *fallback);

/*
 * For poll(2), whose timeout is not in memory. Until termsig_guard_poll(NULL), a signal
 * stores a number in *fd that no descriptor can have, so that poll(2) returns at once,
 * with POLLNVAL; so does this function if one is pending. Not outside begin and end.
 */
void termsig_guard_poll(int *fd);

/*
 * For base/syscall_timer.h, whose system calls have no timeout: the timer, of
 * timer_create(2), that a signal fires between the innermost begin and end; -1: none.
 */
void termsig_register_timer(int timer);

/* Fire a timer at a time of CLOCK_MONOTONIC, NULL: now, and every 10 ms from then on. */
void termsig_fire_timer(int timer, const struct timespec *at);

#endif
