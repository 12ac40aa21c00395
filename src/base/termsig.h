/*
 * Signals that ask a command to end while it waits or holds something:
 * HUP, INT, QUIT and TERM, where the caller does not ignore them.
 *
 *     struct interrupt interrupt;
 *     termsig_begin(&interrupt);
 *     … wait by base/deadline.h, which then fails with EINTR; put back what is held …
 *     return termsig_end(&interrupt, status);
 *
 * Between the two such a signal is only noted: nothing in hand is lost. Where
 * it came, termsig_end() gives the signal to what would have got it without us: a
 * program ends by it there, a shell's own handler or trap runs. A command that holds
 * nothing needs none of this: a program ends by default.
 *
 * No wait misses the signal, not even when it comes between the last look and
 * the system call: the timeout a call waits with lies in the struct, the
 * kernel reads it as the call begins, and the handler sets it to zero.
 *
 * A builtin that waits by base/deadline.h without a pair gets one for that wait: a shell
 * catches signals itself, so that the default does not end anything there.
 *
 * Pairs nest. One thread only. A signal handler is given nothing: the innermost pair, and
 * the signal that ended one in this call of an applet, stand in base/call.h.
 */
#ifndef BASE_TERMSIG_H
#define BASE_TERMSIG_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/status.h"

enum { TERMSIG_COUNT = 4 };

struct termsig {
	struct termsig *outer;
	struct timespec timeout; /* of the system call that waits now */
	volatile int timer;      /* a timer to set off, counted from 1; 0: none */
	bool blocked;            /* they are blocked, not yet caught */
	uint64_t mask;           /* of the caller, where deferred */
	volatile int pending;    /* bit N: signal N came */
	int ignored;             /* bit N: the caller ignores it */
	struct sigaction saved[TERMSIG_COUNT];
};

/* A signal that came in this call before, in a pair around too, counts as pending. */
void termsig_begin(struct termsig *termsig);

/*
 * The same, for who most often need not wait: until then the signals are only blocked,
 * which is two system calls in place of eight. Whatever waits by base/deadline.h calls
 * termsig_catch(), which does the rest; so must who makes another call that may wait.
 */
void termsig_block(struct termsig *termsig);
void termsig_catch(void);
bool termsig_is_blocked(void);

/* Is there a pair around? */
bool termsig_is_active(void);

/* The first signal that asked to end since termsig_begin(), or in this call of an
 * applet, or 0. */
int termsig_pending(void);

/*
 * Put the dispositions back. Where a signal came: deliver it again, and if that
 * returns (a shell) the status is 128 + its number; else status.
 */
enum status termsig_end(struct termsig *termsig, enum status status);

/*
 * Where to write the timeout of the next system call, so that a signal cuts it short:
 * fill it, then look at termsig_pending(), then make the call with this very address
 * (not a libc function that copies it). Outside a pair it returns fallback.
 */
struct timespec *termsig_timeout(struct timespec value, struct timespec *fallback);

/*
 * For base/syscall_timer.h, whose calls have no timeout: a timer (of timer_create(2))
 * that a signal sets off in the innermost pair, -1 for none; and how it is set off: at a
 * moment, NULL for now, and every 10 ms from then on.
 */
void termsig_register_timer(int timer);
void termsig_fire_timer(int timer, const struct timespec *at);

#endif
