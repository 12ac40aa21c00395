/* SPDX-License-Identifier: MIT */
/*
 * A signalfd reports SIGCHLD for the stops of the commands as well as for their ends, and
 * it cannot be missed.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/frontend.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "process/children.h"
#include "process/children_signals.h"
#include "process/supervision.h"

/* ---------------------------------------------------------- begin and end */

/* Never called: SIGCHLD is blocked. */
static void unused_sigchld_handler(int signal)
{
	(void)signal;
}

/* The end of the parent makes children->fd readable too: 0, or -1 with errno. */
static int children_watch_parent(struct children *children)
{
	struct epoll_event readable = {.events = EPOLLIN};
	if (children->supervision == NULL || children->supervision->parent < 0)
		return 0;
	int fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd < 0)
		return -1;
	if (epoll_ctl(fd, EPOLL_CTL_ADD, children->signal_fd, &readable) < 0 ||
	    epoll_ctl(fd, EPOLL_CTL_ADD, children->supervision->parent, &readable) < 0) {
		fd_close_keep_errno(fd);
		return -1;
	}
	children->fd = fd;
	return 0;
}

enum status children_begin_with_hooks(struct children *children, pid_t *pids, int most,
                                      const struct children_hooks *hooks)
{
	/*
	 * If SIGCHLD is ignored the kernel keeps no wait status of a child, and
	 * SA_NOCLDSTOP hides stops. A handler, since SIG_DFL would discard one that is
	 * pending for the shell.
	 */
	struct sigaction action = {.sa_handler = unused_sigchld_handler};
	uint64_t set = (children_signals_to_read() | hooks->extra) & ~hooks->ignore;
	*children = (struct children){.pids = pids, .most = most, .hooks = hooks};
	memset(pids, 0, (size_t)most * sizeof *pids);
	children->saved_mask = ksig_procmask(SIG_BLOCK, set);
	children->command_mask = children->saved_mask;
	ksig_action(SIGCHLD, &action, &children->saved_chld);
	children->supervision = supervision_current();
	children->signal_fd = ksig_signalfd(set);
	children->fd = children->signal_fd;
	children->stops.timer = children->group.terminal = -1;
	if (children->fd >= 0 && children_watch_parent(children) == 0) {
		stop_forwarder_begin(&children->stops);
		command_group_begin(&children->group,
		                    children->supervision != NULL &&
		                        children->supervision->options.group);
		return STATUS_OK;
	}
	int error = errno;
	children_end(children, 0);
	errno = error;
	return error_errno_as(STATUS_RUN_ERROR,
	                      children->signal_fd < 0 ? "signalfd" : "epoll");
}

enum status children_begin(struct children *children, pid_t *pids, int most)
{
	static const struct children_hooks none;
	return children_begin_with_hooks(children, pids, most, &none);
}

/*
 * Members of the group that were left behind: they are children of this process now, and
 * while there is one, the ID is not that of another group.
 */
static bool has_group_left(const struct children *children)
{
	siginfo_t info;
	return waitid(P_PGID, (id_t)children->group.id, &info,
	              WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Until none is left, or for this long. */
static void wait_for_group(struct children *children, int64_t nanoseconds)
{
	struct pollfd ready = {.fd = children->signal_fd, .events = POLLIN};
	struct deadline deadline = deadline_in(nanoseconds);
	do {
		children_signals_read(children);
		children_reap_adopted(children);
	} while (has_group_left(children) && deadline_poll(&deadline, &ready, 1) > 0);
}

/* The rest of the group gets TERM, and KILL if it does not end. */
static void end_group(struct children *children)
{
	const int64_t grace = 5000000000, second = 1000000000;
	children_reap_adopted(children);
	if (children->group.id == 0 || !has_group_left(children))
		return;
	children->group.is_left = true;
	kill(-children->group.id, SIGTERM);
	kill(-children->group.id, SIGCONT);
	wait_for_group(children, grace);
	if (!has_group_left(children))
		return;
	kill(-children->group.id, SIGKILL);
	wait_for_group(children, second);
}

void children_end(struct children *children, int signal)
{
	if (children->group.wanted && children->supervision->options.subreaper)
		end_group(children);
	command_group_end(&children->group);
	stop_forwarder_end(&children->stops);
	ksig_action(SIGCHLD, &children->saved_chld, NULL);
	for (int i = 1; frontend_is_builtin() && i <= KSIG_COUNT; i++)
		if (i != signal && children_signals_is_for_shell(children, i))
			kill(getpid(), i);
	if (signal != 0)
		kill(getpid(), signal);
	if (children->fd != children->signal_fd)
		close(children->fd);
	if (children->signal_fd >= 0)
		close(children->signal_fd);
	ksig_procmask(SIG_SETMASK, children->saved_mask);
}

/* -------------------------------------------------------- poll and signals */

static void record_exit(struct children *children, int slot,
                        const struct children_exit *ended)
{
	children->pids[slot] = 0;
	stop_forwarder_set(&children->stops, slot, 0);
	children->running--;
	if (WIFSIGNALED(ended->wait_status))
		children->fatal |= ksig_bit(WTERMSIG(ended->wait_status));
}

/* Another waitpid(2) has reaped it: as if the command had exited with this status. */
static int report_lost_status(void)
{
	error_errno_as(STATUS_RUN_ERROR, "cannot wait for the command");
	return STATUS_RUN_ERROR << 8;
}

static bool is_command(const struct children *children, pid_t pid)
{
	for (int i = 0; i < children->most; i++)
		if (children->pids[i] == pid)
			return true;
	return false;
}

void children_reap_adopted(const struct children *children)
{
	for (;;) {
		siginfo_t info = {.si_pid = 0};
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == 0 || is_command(children, info.si_pid))
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static void terminate_with_parent(struct children *children)
{
	const struct supervision *supervision = children->supervision;
	if (supervision == NULL || children->parent_ended ||
	    !supervision_parent_has_ended(supervision))
		return;
	children->parent_ended = true;
	epoll_ctl(children->fd, EPOLL_CTL_DEL, supervision->parent, NULL);
	children_kill(children, SIGTERM);
	children_kill(children, SIGCONT);
}

bool children_poll(struct children *children, struct children_exit *ended)
{
	children_signals_read(children);
	terminate_with_parent(children);
	children_signals_stop_if_stopped(children);
	for (int i = 0; i < children->most; i++) {
		int wait_status = 0;
		pid_t pid = children->pids[i];
		pid_t reaped = pid > 0 ? waitpid(pid, &wait_status, WNOHANG) : 0;
		if (reaped == 0)
			continue;
		if (reaped < 0)
			wait_status = report_lost_status();
		*ended = (struct children_exit){
		    .index = i, .pid = pid, .wait_status = wait_status};
		record_exit(children, i, ended);
		return true;
	}
	if (children->supervision != NULL && children->supervision->options.subreaper)
		children_reap_adopted(children);
	return false;
}

bool children_wait(struct children *children, struct children_exit *ended)
{
	struct pollfd ready = {.fd = children->fd, .events = POLLIN};
	while (children->running > 0) {
		if (children_poll(children, ended))
			return true;
		poll(&ready, 1, -1);
	}
	return false;
}

bool children_got_termination(const struct children *children)
{
	return (children->delivered & termsig_set()) != 0;
}

int children_termination_signal(const struct children *children)
{
	uint64_t set = children->received & (termsig_set() | children->alarms);
	return set != 0 ? __builtin_ctzll(set) + 1 : 0;
}
