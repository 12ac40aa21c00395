/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/status.h"
#include "io/error.h"
#include "process/children_signals.h"

static bool has_disposition(int signal, void (*disposition)(int))
{
	struct sigaction action;
	return ksig_action(signal, NULL, &action) == 0 &&
	       action.sa_handler == disposition;
}

/* ------------------------------------------------------------------- sets */

/* Sent by the kernel for a fault of this process; they cannot be waited for. */
static uint64_t fault_signals(void)
{
	return ksig_bit(SIGSEGV) | ksig_bit(SIGBUS) | ksig_bit(SIGILL) |
	       ksig_bit(SIGFPE) | ksig_bit(SIGTRAP) | ksig_bit(SIGSYS);
}

/* A blocked signal becomes pending even if it is ignored, so leave those out. */
uint64_t children_signals_to_read(void)
{
	uint64_t set = ksig_catchable() & ~fault_signals();
	for (int signal = 1; signal <= KSIG_COUNT; signal++)
		if (signal != SIGCHLD && has_disposition(signal, SIG_IGN))
			set &= ~ksig_bit(signal);
	return set;
}

uint64_t children_signals_alarms(void)
{
	return ksig_bit(SIGALRM) | ksig_bit(SIGVTALRM) | ksig_bit(SIGPROF) |
	       ksig_bit(SIGXCPU);
}

/* Those of the terminal's foreground process group: its keys, its size, its output. */
static uint64_t terminal_signals(void)
{
	return ksig_bit(SIGINT) | ksig_bit(SIGQUIT) | ksig_bit(SIGTSTP) |
	       ksig_bit(SIGTTIN) | ksig_bit(SIGTTOU) | ksig_bit(SIGWINCH);
}

bool children_signals_is_for_shell(const struct children *children, int signal)
{
	uint64_t bit = ksig_bit(signal);
	if (!(children->received & bit))
		return false;
	switch (signal) {
	case SIGINT:
	case SIGQUIT: return ((children->sent | children->fatal) & bit) != 0;
	case SIGHUP:
	case SIGTERM: return true;
	default:
		return (children->alarms & bit) != 0 || !has_disposition(signal, SIG_DFL);
	}
}

/* ------------------------------------------------------------------- send */

/* ESRCH: it has changed its PID namespace, or another waitpid(2) has reaped it. */
static void report_unless_sent(int result, int signal, pid_t pid)
{
	if (result < 0 && errno != ESRCH)
		error_errno_as(STATUS_OK, "cannot forward signal %d to process %d",
		               signal, (int)pid);
}

/* Does the group exist, so that its ID cannot be that of another one? */
static bool has_group(const struct children *children)
{
	bool found = children->group.is_left;
	for (int i = 0; i < children->most && !found; i++)
		found = children->pids[i] > 0 &&
		        command_group_has(&children->group, children->pids[i]);
	return found;
}

void children_kill(const struct children *children, int signal)
{
	bool sent = has_group(children) && kill(-children->group.id, signal) == 0;
	for (int i = 0; i < children->most; i++) {
		pid_t pid = children->pids[i];
		if (pid > 0 && !(sent && command_group_has(&children->group, pid)))
			report_unless_sent(kill(pid, signal), signal, pid);
	}
}

static int queue_as_received(pid_t pid, int signal, const struct signalfd_siginfo *info)
{
	siginfo_t value = {.si_signo = signal, .si_code = SI_QUEUE};
	/* the kernel permits SI_QUEUE with any sender */
	value.si_pid = (pid_t)info->ssi_pid;
	value.si_uid = info->ssi_uid;
	value.si_value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr;
	return (int)syscall(SYS_rt_sigqueueinfo, pid, signal, &value);
}

void children_forward(const struct children *children, int signal,
                      const struct signalfd_siginfo *info)
{
	if (info->ssi_code != SI_QUEUE) {
		children_kill(children, signal);
		return;
	}
	for (int i = 0; i < children->most; i++)
		if (children->pids[i] > 0)
			report_unless_sent(
			    queue_as_received(children->pids[i], signal, info), signal,
			    children->pids[i]);
}

/* To the commands that have left the process group, which has received it. */
static void forward_outside_group(const struct children *children,
                                  const struct signalfd_siginfo *info)
{
	int signal = (int)info->ssi_signo;
	if (children->group.wanted) {
		children_kill(children, signal);
		return;
	}
	for (int i = 0; i < children->most; i++) {
		pid_t pid = children->pids[i];
		if (pid > 0 && getpgid(pid) != getpgrp())
			report_unless_sent(kill(pid, signal), signal, pid);
	}
}

/* ------------------------------------------------------------------- read */

static bool sent_by_process(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_USER || info->ssi_code == SI_QUEUE ||
	       info->ssi_code == SI_TKILL;
}

/*
 * A hang-up of the terminal reaches the session leader alone, as HUP and CONT: its group
 * gets them when it has ended. See tty_signal_session_leader() of the kernel,
 * credentials(7).
 */
bool children_signals_reached_group(int signal, bool leader)
{
	uint64_t bit = ksig_bit(signal);
	if (bit & (ksig_bit(SIGHUP) | ksig_bit(SIGCONT)))
		return !leader;
	return (bit & terminal_signals()) != 0;
}

/* The table in ipctool(7), "Signals of a command". */
static void forward_unless_received(struct children *children,
                                    const struct signalfd_siginfo *info)
{
	uint64_t bit = ksig_bit((int)info->ssi_signo);
	bool from_process = sent_by_process(info);
	if (from_process)
		children->sent |= bit;
	else
		children->alarms |= bit & children_signals_alarms();
	if (from_process && children->held_back & bit) {
		children->held_back &= ~bit;
		return;
	}
	children->delivered |= bit;
	if (info->ssi_signo == SIGCONT)
		command_group_give_terminal(&children->group);
	if (info->ssi_signo == SIGCONT && stop_forwarder_continue(&children->stops))
		return;
	/* siginfo_t does not show whether a process sent it to the group */
	if (!from_process &&
	    children_signals_reached_group((int)info->ssi_signo, getsid(0) == getpid()))
		forward_outside_group(children, info);
	else
		children_forward(children, (int)info->ssi_signo, info);
}

void children_signals_read(struct children *children)
{
	const struct children_hooks *hooks = children->hooks;
	struct signalfd_siginfo info;
	while (read(children->signal_fd, &info, sizeof info) == sizeof info) {
		uint64_t bit = ksig_bit((int)info.ssi_signo);
		if (stop_forwarder_is_due(&children->stops, &info)) {
			stop_forwarder_start(&children->stops, children->pids,
			                     children->most, children->group.id);
			continue;
		}
		if (hooks->intercept != NULL && hooks->intercept(hooks->argument, &info))
			continue;
		children->received |= bit;
		if (info.ssi_signo != SIGCHLD)
			forward_unless_received(children, &info);
	}
}

/* ------------------------------------------------------------------- stop */

/* Has a command stopped? WNOWAIT leaves the stop to be reported again. */
static bool any_child_stopped(const struct children *children)
{
	for (int i = 0; i < children->most; i++) {
		siginfo_t info = {.si_pid = 0};
		if (children->pids[i] > 0 &&
		    waitid(P_PID, (id_t)children->pids[i], &info,
		           WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid != 0)
			return true;
	}
	return false;
}

/* Stop as by this signal, until SIGCONT. */
static void stop_self(struct children *children, int signal)
{
	stop_forwarder_suspend(&children->stops, true);
	kill(getpid(), has_disposition(signal, SIG_DFL) ? signal : SIGSTOP);
	ksig_procmask(SIG_UNBLOCK, ksig_bit(signal));
	ksig_procmask(SIG_BLOCK, ksig_bit(signal));
	stop_forwarder_suspend(&children->stops, false);
}

/* The signal by which the terminal has stopped the group, or 0. */
static int terminal_stop_of_group(const struct children *children)
{
	for (int i = 0; i < children->most && children->group.terminal >= 0; i++) {
		siginfo_t info = {.si_pid = 0};
		if (children->pids[i] > 0 &&
		    waitid(P_PID, (id_t)children->pids[i], &info,
		           WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid != 0 && info.si_status != SIGSTOP)
			return info.si_status;
	}
	return 0;
}

/*
 * The terminal's signal has reached the commands' group alone. It is sent to the group of
 * this process, which would have received it without --group, and the shell that runs a
 * script in it has to stop. The kernel stops no group whose parent would not continue it
 * (an orphaned one): then the commands continue at once.
 */
static void stop_with_group(struct children *children, int signal)
{
	if (children->hooks->before_stop != NULL)
		children->hooks->before_stop(children->hooks->argument);
	command_group_take_terminal(&children->group);
	kill(0, signal);
	stop_self(children, signal);
	command_group_give_terminal(&children->group);
	children_kill(children, SIGCONT);
}

/* The commands got the signal too: if one of them stops, or none runs, stop as well. */
void children_signals_stop_if_stopped(struct children *children)
{
	static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	int signal = terminal_stop_of_group(children);
	if (signal != 0) {
		stop_with_group(children, signal);
		return;
	}
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (children->received & ksig_bit(stops[i]) &&
		    (children->running == 0 || any_child_stopped(children))) {
			children->received &= ~ksig_bit(stops[i]);
			if (children->hooks->before_stop != NULL)
				children->hooks->before_stop(children->hooks->argument);
			stop_self(children, stops[i]);
			return;
		}
}
