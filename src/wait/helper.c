/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "process/helper.h"
#include "wait/helper.h"

struct wait_report {
	int error; /* 0: the event has come */
	uint64_t number;
};

static _Noreturn void wait_helper_main(struct wait_source *source, int pipe_end,
                                       pid_t starter)
{
	struct termsig termsig;
	struct wait_report report = {0};
	int fds[] = {pipe_end, source->helper_fd};
	helper_catch_sigterm(&termsig, starter);
	helper_detach("ipcwait-helper", fds, source->helper_fd < 0 ? 1 : 2);
	if (source->kind->await(source, &DEADLINE_NEVER, &report.number) < 0)
		report.error = errno;
	if (termsig_pending() == 0 &&
	    write(pipe_end, &report, sizeof report) != (ssize_t)sizeof report)
		_exit(1);
	_exit(0);
}

int wait_helper_start(struct wait_source *source)
{
	int ends[2];
	uint64_t mask;
	pid_t starter = getpid();
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	pid_t pid = helper_fork(&mask);
	if (pid == 0)
		wait_helper_main(source, ends[1], starter);
	if (pid > 0)
		ksig_procmask(SIG_SETMASK, mask);
	fd_close_keep_errno(ends[1]);
	if (pid < 0) {
		fd_close_keep_errno(ends[0]);
		return -1;
	}
	source->helper = pid;
	source->waitable.fd = ends[0];
	source->waitable.events = POLLIN;
	return 0;
}

static void wait_helper_end(struct wait_source *source)
{
	int wait_status;
	helper_wait(source->helper, &wait_status);
	source->helper = 0;
	fd_close_keep_errno(source->waitable.fd);
	source->waitable.fd = -1;
}

int wait_helper_read(struct wait_source *source, uint64_t *number)
{
	struct wait_report report;
	ssize_t length = read(source->waitable.fd, &report, sizeof report);
	if (length < 0 && errno == EAGAIN)
		return 0;
	wait_helper_end(source);
	errno = length == (ssize_t)sizeof report ? report.error : ECHILD;
	*number = report.number;
	return errno == 0 ? 1 : -1;
}

void wait_helper_stop(struct wait_source *source)
{
	if (source->helper == 0)
		return;
	int saved = errno;
	kill(source->helper, SIGTERM);
	kill(source->helper, SIGCONT);
	wait_helper_end(source);
	errno = saved;
}
