/* SPDX-License-Identifier: MIT */
/*
 * Sets of signals, masks and dispositions: the same with every C library.
 *
 * Real-time signals are RTMIN = 34 to RTMAX = 64, as in glibc, bash and ps; musl reserves
 * 34. So a set is a 64-bit word here (bit N - 1 is signal N), and the system calls are
 * made directly. See signal(7).
 */
#ifndef BASE_KSIG_H
#define BASE_KSIG_H

#include <stdint.h>

enum { KSIG_RTMIN = 34, KSIG_RTMAX = 64, KSIG_COUNT = 64 };

static inline uint64_t ksig_bit(int number)
{
	return UINT64_C(1) << ((number - 1) & (KSIG_COUNT - 1));
}

/* All signals but KILL and STOP. */
uint64_t ksig_catchable(void);

/* rt_sigprocmask(2): the mask before. `how` (SIG_BLOCK …) must be valid. */
uint64_t ksig_procmask(int how, uint64_t set);

/*
 * rt_sigaction(2), for any signal but KILL and STOP: 0, or -1 with errno. action and
 * before may be NULL. The mask of a handler is action->sa_mask as a 64-bit word, ~0 is
 * all. Not sigaction(3): musl's refuses 32 to 34, and when it installs the first handler
 * it unblocks 33 and 34, which would deliver a pending RTMIN.
 */
struct sigaction;
int ksig_action(int number, const struct sigaction *action, struct sigaction *before);

/*
 * The number of signals that can be pending at once, by RLIMIT_SIGPENDING: after reading
 * this many, all that were pending at the start have been read, however fast more come.
 */
int64_t ksig_pending_max(void);

/* signalfd4(2), close-on-exec and non-blocking: a descriptor, or -1 with errno. */
int ksig_signalfd(uint64_t set);

#endif
