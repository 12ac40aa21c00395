/* SPDX-License-Identifier: MIT */
/*
 * A process of the applet's own without a signal at its end: a shell that runs the applet
 * as a builtin neither notices nor reaps it. See clone(2). An emulator of processors that
 * does not know such processes (qemu-user) starts one with SIGCHLD at its end.
 */
#ifndef PROCESS_HELPER_H
#define PROCESS_HELPER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * As fork(2). The new process begins with all signals blocked, so that none reaches it
 * before it is prepared. *mask is what was blocked before; the parent has it again.
 */
pid_t helper_fork(uint64_t *mask);

/*
 * The same, and both processes use one table of descriptors (CLONE_FILES): each sees what
 * the other opens and closes, and it exists until both have ended.
 */
pid_t helper_fork_sharing_fds(uint64_t *mask);

/*
 * In the new process: it gets this name in ps(1) and a session of its own, and keeps no
 * directory, terminal or descriptor in use but these, which are sorted.
 */
void helper_detach(const char *name, int *fds, size_t count);

/* The same, but it keeps all descriptors: those of helper_fork_sharing_fds(). */
void helper_leave(const char *name);

/*
 * In the new process: the one signal that is not blocked is SIGTERM, from the starter, or
 * from the kernel at the death of the starter: the waits of base/deadline.h end by it.
 */
struct termsig;
void helper_catch_sigterm(struct termsig *termsig, pid_t starter);

/* Wait until it ends, not interrupted by signals: 0, or -1 with errno. */
int helper_wait(pid_t pid, int *wait_status);

#endif
