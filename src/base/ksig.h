/*
 * Sets of signals, masks and dispositions: the same with every C library.
 *
 * Real-time signals count from RTMIN = 34 to RTMAX = 64, as glibc, bash and ps do; musl
 * keeps 34 to itself. So a set is a 64-bit word here (bit N - 1 is signal N), and the
 * system calls are the kernel's own. See signal(7).
 */
#ifndef BASE_KSIG_H
#define BASE_KSIG_H

#include <stdint.h>

enum { KSIG_RTMIN = 34, KSIG_RTMAX = 64, KSIG_COUNT = 64 };

static inline uint64_t ksig_bit(int number)
{
	return UINT64_C(1) << ((number - 1) & (KSIG_COUNT - 1));
}

/* All that can be caught: not KILL, not STOP. */
uint64_t ksig_catchable(void);

/* rt_sigprocmask(2). They cannot fail with a correct `how` (SIG_BLOCK …). */
uint64_t ksig_procmask(int how, uint64_t set);

/*
 * rt_sigaction(2), for any signal but KILL and STOP. Not sigaction(3): musl's refuses 32
 * to 34, and with its first handler it unblocks 33 and 34, so that a pending RTMIN is let
 * loose. The mask of a handler is as in action->sa_mask, where ~0 is all.
 */
struct sigaction;
int ksig_action(int number, const struct sigaction *action, struct sigaction *before);

/*
 * What can be pending at one moment, as RLIMIT_SIGPENDING has it: who reads so many has
 * read all that was pending, and a sender in a loop does not keep him for ever.
 */
int64_t ksig_pending_max(void);

/* signalfd4(2), close-on-exec and non-blocking: a descriptor, or -1 with errno. */
int ksig_signalfd(uint64_t set);

#endif
