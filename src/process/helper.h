/*
 * A process of our own that only its maker hears of: it has no signal for its end, so
 * that a shell whose builtin we are neither notices nor reaps it. See clone(2),
 * waitpid(2) on
 * __WCLONE.
 */
#ifndef PROCESS_HELPER_H
#define PROCESS_HELPER_H

#include <stdint.h>
#include <sys/types.h>

/*
 * As fork(2). The new process begins with all signals blocked: one of ours must not reach
 * it before it can heed it. *mask is what was blocked, and is again in its maker.
 */
pid_t helper_fork(uint64_t *mask);

/* Wait for its end, whatever signal comes: 0 with its wait status, or -1 with errno. */
int helper_wait(pid_t pid, int *wait_status);

#endif
