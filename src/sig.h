/*
 * Signals: names, masks, values, waiting. The same with every C library.
 *
 * Real-time signals count from RTMIN = 34 to RTMAX = 64, as glibc, bash and ps
 * do; musl keeps 34 to itself, so the mask here is a 64-bit word (bit N - 1
 * is signal N) and the system calls are the kernel's own. See signal(7).
 */
#ifndef SIG_H
#define SIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "applet.h"

enum { SIG_RTMIN = 34, SIG_RTMAX = 64, SIG_COUNT = 64 };

/* Room for the longest name, "RTMIN+15". */
struct sig_name {
	char text[16];
};

/*
 * INT, int, SIGINT, 2, RTMIN, RTMIN+3, RTMAX-1, RT3, and the aliases IOT, POLL,
 * CLD, UNUSED; 0 for "0". -1 where there is no such signal.
 */
int sig_by_name(const char *text);

/* The same; a signal there is not is reported ("NOPE: No such signal"): STATUS_FAILED. */
enum status sig_parse(const char *text, int *number);

/* "INT", "RTMIN+3"; the number itself for 32 and 33, which the C library uses. */
const char *sig_name(int number, struct sig_name *name);

/* What it says to a person: "Interrupt", "Real-time signal 3". */
const char *sig_description(int number, char text[32]);

static inline uint64_t sig_bit(int number)
{
	return UINT64_C(1) << (number - 1);
}

/* All that can be caught: not KILL, not STOP. */
uint64_t sig_catchable(void);

/* rt_sigprocmask(2). They cannot fail with a correct `how` (SIG_BLOCK …). */
uint64_t sig_mask(int how, uint64_t set);

/*
 * rt_sigaction(2), for any signal but KILL and STOP. Not sigaction(3): musl's refuses 32
 * to 34, and with its first handler it unblocks 33 and 34, so that a pending RTMIN is let
 * loose. The mask of a handler is as in action->sa_mask, where ~0 is all.
 */
struct sigaction;
int sig_action(int number, const struct sigaction *action, struct sigaction *before);

/* signalfd4(2), close-on-exec and non-blocking: a descriptor, or -1 with errno. */
int sig_fd(uint64_t set);

#endif
