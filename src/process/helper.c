/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/termsig.h"
#include "process/helper.h"

/* The C library has no fork without SIGCHLD at the end. See clone(2) on the arguments. */
static pid_t clone_process(unsigned long flags)
{
#ifdef __s390__
	return (pid_t)syscall(SYS_clone, 0, flags, 0, 0, 0);
#else
	return (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
#endif
}

static pid_t helper_clone(unsigned long flags, uint64_t *mask)
{
	*mask = ksig_procmask(SIG_BLOCK, ksig_catchable());
	pid_t pid = clone_process(flags);
	/* qemu-user emulates fork(2) only */
	if (pid < 0 && errno == EINVAL)
		pid = clone_process(flags | SIGCHLD);
	if (pid == 0)
		return 0;
	int error = errno;
	ksig_procmask(SIG_SETMASK, *mask);
	errno = error;
	return pid;
}

pid_t helper_fork(uint64_t *mask)
{
	return helper_clone(0, mask);
}

pid_t helper_fork_sharing_fds(uint64_t *mask)
{
	return helper_clone(CLONE_FILES, mask);
}

int helper_wait(pid_t pid, int *wait_status)
{
	*wait_status = 0;
	while (waitpid(pid, wait_status, (int)__WALL) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

static void close_fd_range(unsigned first, unsigned last)
{
	enum { FDS_MAX = 65536 };
	/* Linux 5.9 */
	if (syscall(SYS_close_range, first, last, 0U) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < FDS_MAX; fd++)
		close((int)fd);
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close all but these. */
static void close_other_fds(int *fds, size_t count)
{
	unsigned next = 0;
	qsort(fds, count, sizeof *fds, compare_fds);
	for (size_t i = 0; i < count; i++) {
		if ((unsigned)fds[i] > next)
			close_fd_range(next, (unsigned)fds[i] - 1);
		next = (unsigned)fds[i] + 1;
	}
	close_fd_range(next, ~0U);
}

void helper_leave(const char *name)
{
	prctl(PR_SET_NAME, name);
	setsid();
	if (chdir("/") < 0)
		errno = 0; /* it keeps the directory in use: no reason to fail */
}

void helper_detach(const char *name, int *fds, size_t count)
{
	helper_leave(name);
	close_other_fds(fds, count);
}

void helper_catch_sigterm(struct termsig *termsig, pid_t starter)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	ksig_action(SIGTERM, &action, NULL);
	/* not blocked all the time, see base/sigbus.h */
	ksig_action(SIGBUS, &ignore, NULL);
	termsig_begin(termsig);
	ksig_procmask(SIG_SETMASK, ksig_catchable() & ~ksig_bit(SIGTERM));
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != starter)
		kill(getpid(), SIGTERM);
}
