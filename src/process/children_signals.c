#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ksig.h"
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
	default: return !has_disposition(signal, SIG_DFL);
	}
}

/* ------------------------------------------------------------------- send */

void children_kill(const struct children *children, int signal)
{
	for (int i = 0; i < children->most; i++)
		if (children->pids[i] > 0)
			kill(children->pids[i], signal);
}

void children_forward(const struct children *children, int signal,
                      const struct signalfd_siginfo *info)
{
	if (info->ssi_code != SI_QUEUE) {
		children_kill(children, signal);
		return;
	}
	siginfo_t value = {.si_signo = signal, .si_code = SI_QUEUE};
	/* the kernel permits SI_QUEUE with any sender */
	value.si_pid = (pid_t)info->ssi_pid;
	value.si_uid = info->ssi_uid;
	value.si_value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr;
	for (int i = 0; i < children->most; i++)
		if (children->pids[i] > 0)
			syscall(SYS_rt_sigqueueinfo, children->pids[i], value.si_signo,
			        &value);
}

/* ------------------------------------------------------------------- read */

static bool sent_by_process(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_USER || info->ssi_code == SI_QUEUE ||
	       info->ssi_code == SI_TKILL;
}

void children_signals_read(struct children *children)
{
	const struct children_hooks *hooks = children->hooks;
	struct signalfd_siginfo info;
	while (read(children->fd, &info, sizeof info) == sizeof info) {
		uint64_t bit = ksig_bit((int)info.ssi_signo);
		if (hooks->intercept != NULL && hooks->intercept(hooks->argument, &info))
			continue;
		children->received |= bit;
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (!sent_by_process(&info)) {
			children->delivered |= bit;
			continue;
		}
		children->sent |= bit;
		if (children->held_back & bit) {
			children->held_back &= ~bit;
			continue;
		}
		children->delivered |= bit;
		children_forward(children, (int)info.ssi_signo, &info);
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
static void stop_self(int signal)
{
	kill(getpid(), has_disposition(signal, SIG_DFL) ? signal : SIGSTOP);
	ksig_procmask(SIG_UNBLOCK, ksig_bit(signal));
	ksig_procmask(SIG_BLOCK, ksig_bit(signal));
}

/* The commands got the signal too: if one of them stops, or none runs, stop as well. */
void children_signals_stop_if_stopped(struct children *children)
{
	static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (children->received & ksig_bit(stops[i]) &&
		    (children->running == 0 || any_child_stopped(children))) {
			children->received &= ~ksig_bit(stops[i]);
			if (children->hooks->before_stop != NULL)
				children->hooks->before_stop(children->hooks->argument);
			stop_self(stops[i]);
			return;
		}
}
