/* SPDX-License-Identifier: MIT */
#include "inspect/namespace.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/ksig.h"
#include "io/error.h"
#include "process/helper.h"
#include "process/pidfd.h"

/* In another user namespace the privileges for the others are those of its root user. */
static int join_namespaces(int pidfd)
{
	const int kinds = CLONE_NEWIPC | CLONE_NEWNET;
	return setns(pidfd, kinds) == 0 ? 0 : setns(pidfd, CLONE_NEWUSER | kinds);
}

enum status namespace_run(pid_t pid, enum status (*run)(const void *argument),
                          const void *argument)
{
	const struct pidfd_target target = {.pid = pid};
	uint64_t mask;
	int wait_status;
	int pidfd = pidfd_open_target(&target);
	if (pidfd < 0)
		return error_errno("process %d", (int)pid);
	pid_t child = helper_fork(&mask);
	if (child == 0) {
		ksig_procmask(SIG_SETMASK, mask);
		_exit((int)(join_namespaces(pidfd) == 0
		                ? run(argument)
		                : error_errno("process %d: its namespaces", (int)pid)));
	}
	fd_close_keep_errno(pidfd);
	if (child < 0 || helper_wait(child, &wait_status) < 0)
		return error_errno_as(STATUS_FAILED, "process %d", (int)pid);
	return status_of_wait(wait_status);
}
