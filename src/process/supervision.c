/* SPDX-License-Identifier: MIT */
/*
 * A pidfd of the parent, not PR_SET_PDEATHSIG of prctl(2): that signal comes when the
 * thread of the parent ends that started this process, and is cleared by a set-user-ID
 * program. If the parent had already ended before this process came to ask, only the
 * session shows that another process has adopted this one.
 */
#include <errno.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/call.h"
#include "io/error.h"
#include "process/pidfd.h"
#include "process/supervision.h"

/*
 * A process has the session of its parent, unless it has made its own. If this one has
 * another than its parent, that is an init process or a subreaper that has adopted it.
 */
static bool is_adopted(pid_t parent)
{
	return getsid(parent) != getsid(0) && getsid(0) != getpid();
}

static enum status open_parent(int *pidfd)
{
	struct pidfd_target parent = {.pid = getppid()};
	if (parent.pid == 0)
		return error_as(STATUS_RUN_ERROR,
		                "--with-parent: the parent is in another PID namespace");
	*pidfd = pidfd_open_target(&parent);
	if (*pidfd < 0 && errno != ESRCH)
		return error_errno_as(STATUS_RUN_ERROR, "--with-parent: process %d",
		                      (int)parent.pid);
	/* or it is another process by now */
	if (*pidfd >= 0 && getppid() == parent.pid && !is_adopted(parent.pid))
		return STATUS_OK;
	if (*pidfd >= 0)
		close(*pidfd);
	return error_as(STATUS_RUN_ERROR, "--with-parent: the parent has ended");
}

bool supervision_is_given(const struct supervision_options *options)
{
	return options->group || options->subreaper || options->with_parent;
}

enum status supervision_begin(struct supervision *supervision,
                              const struct supervision_options *options)
{
	*supervision = (struct supervision){.options = *options, .parent = -1};
	if (options->with_parent) {
		enum status status = open_parent(&supervision->parent);
		if (status != STATUS_OK)
			return status;
	}
	if (options->subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		enum status status = error_errno_as(STATUS_RUN_ERROR, "--subreaper");
		if (supervision->parent >= 0)
			close(supervision->parent);
		return status;
	}
	call_current->supervision = supervision;
	return STATUS_OK;
}

void supervision_end(void)
{
	const struct supervision *supervision = call_current->supervision;
	call_current->supervision = NULL;
	if (supervision->parent >= 0)
		close(supervision->parent);
}

bool supervision_is_active(void)
{
	const struct supervision *supervision = call_current->supervision;
	return supervision != NULL && supervision_is_given(&supervision->options);
}

const struct supervision *supervision_current(void)
{
	return call_current->supervision;
}

bool supervision_parent_has_ended(const struct supervision *supervision)
{
	struct pollfd end = {.fd = supervision->parent, .events = POLLIN};
	return supervision->parent >= 0 && poll(&end, 1, 0) > 0;
}
