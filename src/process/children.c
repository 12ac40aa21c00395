/*
 * A signalfd reports SIGCHLD for the stops of the commands as well as for their ends, and
 * it cannot be missed.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/frontend.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "process/children.h"
#include "process/children_signals.h"

/* ---------------------------------------------------------- begin and end */

/* Never called: SIGCHLD is blocked. */
static void unused_sigchld_handler(int signal)
{
	(void)signal;
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
	children->fd = ksig_signalfd(set);
	if (children->fd >= 0) {
		stop_forwarder_begin(&children->stops);
		return STATUS_OK;
	}
	children->stops.timer = -1;
	int error = errno;
	children_end(children, 0);
	errno = error;
	return error_errno_as(STATUS_RUN_ERROR, "signalfd");
}

enum status children_begin(struct children *children, pid_t *pids, int most)
{
	static const struct children_hooks none;
	return children_begin_with_hooks(children, pids, most, &none);
}

void children_end(struct children *children, int signal)
{
	stop_forwarder_end(&children->stops);
	ksig_action(SIGCHLD, &children->saved_chld, NULL);
	for (int i = 1; frontend_is_builtin() && i <= KSIG_COUNT; i++)
		if (i != signal && children_signals_is_for_shell(children, i))
			kill(getpid(), i);
	if (signal != 0)
		kill(getpid(), signal);
	if (children->fd >= 0)
		close(children->fd);
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

bool children_poll(struct children *children, struct children_exit *ended)
{
	children_signals_read(children);
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
