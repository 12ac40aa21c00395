/*
 * The signals are read from a signalfd, SIGCHLD among them: it tells of the
 * commands' stops as well as of their ends, and it cannot be missed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/frontend.h"
#include "base/ksig.h"
#include "io/error.h"
#include "process/child.h"
#include "process/children.h"
#include "process/exec.h"

/* ---------------------------------------------------------------- signals */

/* Those that a process gets by its own doing; they cannot be waited for. */
static uint64_t fault_signals(void)
{
	return ksig_bit(SIGSEGV) | ksig_bit(SIGBUS) | ksig_bit(SIGILL) |
	       ksig_bit(SIGFPE) | ksig_bit(SIGTRAP) | ksig_bit(SIGSYS);
}

static bool has_disposition(int signal, void (*disposition)(int))
{
	struct sigaction action;
	return ksig_action(signal, NULL, &action) == 0 &&
	       action.sa_handler == disposition;
}

/* Blocked signals are queued even where they are ignored, so leave those out. */
static uint64_t signals_to_read(void)
{
	uint64_t set = ksig_catchable() & ~fault_signals();
	for (int signal = 1; signal <= KSIG_COUNT; signal++)
		if (signal != SIGCHLD && has_disposition(signal, SIG_IGN))
			set &= ~ksig_bit(signal);
	return set;
}

/* SIGCHLD is blocked: this is never called. */
static void unused_sigchld_handler(int signal)
{
	(void)signal;
}

/*
 * Where SIGCHLD is ignored the kernel keeps no status of a child, and SA_NOCLDSTOP tells
 * of no stop. A handler, since a default would drop one that is pending for the shell.
 */
static void install_sigchld_handler(struct sigaction *saved)
{
	struct sigaction action = {.sa_handler = unused_sigchld_handler};
	ksig_action(SIGCHLD, &action, saved);
}

static bool sent_by_process(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_USER || info->ssi_code == SI_QUEUE ||
	       info->ssi_code == SI_TKILL;
}

void children_forward(const struct children *children, int signal,
                      const struct signalfd_siginfo *info)
{
	if (info->ssi_code != SI_QUEUE) {
		children_kill(children, signal);
		return;
	}
	siginfo_t value = {.si_signo = signal, .si_code = SI_QUEUE};
	/* the kernel lets a queued signal keep the name of its first sender */
	value.si_pid = (pid_t)info->ssi_pid;
	value.si_uid = info->ssi_uid;
	value.si_value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr;
	for (int i = 0; i < children->most; i++)
		if (children->pids[i] > 0)
			syscall(SYS_rt_sigqueueinfo, children->pids[i], value.si_signo,
			        &value);
}

/* Read all that has come. */
static void read_signals(struct children *children)
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

/* Has a command stopped? Without taking the news, so that it can be asked again. */
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

/* Stop as the signal stops a program, until CONT comes. */
static void stop_self(int signal)
{
	kill(getpid(), has_disposition(signal, SIG_DFL) ? signal : SIGSTOP);
	ksig_procmask(SIG_UNBLOCK, ksig_bit(signal));
	ksig_procmask(SIG_BLOCK, ksig_bit(signal));
}

/* We were asked to stop, and so were the commands: where one obeys, by whomever, obey. */
static void stop_with_children(struct children *children)
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

/* Those that ask a command to end. */
static uint64_t termination_signal_set(void)
{
	return ksig_bit(SIGHUP) | ksig_bit(SIGINT) | ksig_bit(SIGQUIT) |
	       ksig_bit(SIGTERM);
}

/* Should the shell whose builtin we are hear of it, now that the commands have ended? */
static bool is_signal_for_shell(const struct children *children, int signal)
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

/* ------------------------------------------------------------- begin and end */

enum status children_begin_with_hooks(struct children *children, pid_t *pids, int most,
                                      const struct children_hooks *hooks)
{
	uint64_t set = (signals_to_read() | hooks->extra) & ~hooks->ignore;
	*children = (struct children){.pids = pids, .most = most, .hooks = hooks};
	memset(pids, 0, (size_t)most * sizeof *pids);
	children->saved_mask = ksig_procmask(SIG_BLOCK, set);
	children->command_mask = children->saved_mask;
	install_sigchld_handler(&children->saved_chld);
	children->fd = ksig_signalfd(set);
	if (children->fd >= 0)
		return STATUS_OK;
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
	ksig_action(SIGCHLD, &children->saved_chld, NULL);
	for (int i = 1; frontend_is_builtin() && i <= KSIG_COUNT; i++)
		if (i != signal && is_signal_for_shell(children, i))
			kill(getpid(), i);
	if (signal != 0)
		kill(getpid(), signal);
	if (children->fd >= 0)
		close(children->fd);
	ksig_procmask(SIG_SETMASK, children->saved_mask);
}

/* ------------------------------------------------------------------ commands */

/*
 * exec(2) makes defaults of handlers; done before the mask is put back, no signal that
 * comes in between is swallowed by a handler of ours.
 */
static void reset_handlers(void)
{
	struct sigaction action;
	for (int signal = 1; signal <= KSIG_COUNT; signal++) {
		if (ksig_action(signal, NULL, &action) < 0 ||
		    action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)
			continue;
		action = (struct sigaction){.sa_handler = SIG_DFL};
		ksig_action(signal, &action, NULL);
	}
}

static _Noreturn void exec_child(const struct children *children, char **argv,
                                 children_prepare *prepare, void *argument)
{
	ksig_action(SIGCHLD, &children->saved_chld, NULL);
	/* a shell gives its commands what it was started with, CHLD too */
	frontend_restore_for_exec();
	reset_handlers();
	if (prepare != NULL && !prepare(argument))
		_exit(STATUS_RUN_ERROR);
	ksig_procmask(SIG_SETMASK, children->command_mask);
	enum status status = exec_command(argv);
	_exit((int)status);
}

static pid_t *free_pid_slot(const struct children *children)
{
	pid_t *place = children->pids;
	while (*place != 0)
		place++;
	return place;
}

pid_t children_start(struct children *children, char **argv, children_prepare *prepare,
                     void *argument)
{
	pid_t pid = fork();
	if (pid == 0)
		exec_child(children, argv, prepare, argument);
	if (pid < 0) {
		/* EAGAIN of fork(2) is a limit, not a reason to try later */
		error_errno_as(STATUS_RUN_ERROR, "cannot start %s", argv[0]);
		return -1;
	}
	*free_pid_slot(children) = pid;
	children->running++;
	return pid;
}

/* ------------------------------------------------------------ quickly started */

/* In the child: what exec_child() does, and no more. Returns why it failed. */
static int exec_spawned(const struct children *children,
                        const struct children_spawn *spawn)
{
	ksig_action(SIGCHLD, &children->saved_chld, NULL);
	frontend_restore_for_exec();
	if (frontend_is_builtin())
		reset_handlers();
	if (spawn->in >= 0 && dup2(spawn->in, STDIN_FILENO) < 0)
		return errno;
	if (spawn->out >= 0 && dup2(spawn->out, STDOUT_FILENO) < 0)
		return errno;
	ksig_procmask(SIG_SETMASK, children->command_mask);
	execve(spawn->path, spawn->argv, spawn->environment);
	return errno;
}

/*
 * vfork(2): the child borrows our memory, and so tells us its error there; we go on when
 * it has executed the command or ended. It writes to nothing else: a program has no
 * handlers that could, and what frontend_restore_for_exec() changes is the kernel's.
 */
static pid_t spawn_by_vfork(const struct children *children,
                            const struct children_spawn *spawn, volatile int *error)
{
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
	pid_t pid = vfork();
	if (pid == 0) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Vfork) */
		*error = exec_spawned(children, spawn);
		_exit(STATUS_RUN_ERROR);
	}
	return pid;
}

/* A shell's child changes its shell's memory before it executes: it gets a copy. */
static pid_t spawn_by_fork(const struct children *children,
                           const struct children_spawn *spawn, volatile int *error)
{
	int ends[2], told = 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		told = exec_spawned(children, spawn);
		ssize_t length = write(ends[1], &told, sizeof told);
		_exit(length > 0 ? STATUS_RUN_ERROR : STATUS_CANNOT_EXEC);
	}
	int failed = errno;
	close(ends[1]);
	/* nothing, where the command has been executed */
	if (pid > 0 && read(ends[0], &told, sizeof told) == (ssize_t)sizeof told)
		*error = told;
	close(ends[0]);
	errno = failed;
	return pid;
}

static pid_t spawn_once(struct children *children, const struct children_spawn *spawn)
{
	volatile int error = 0;
	pid_t pid = frontend_is_builtin() ? spawn_by_fork(children, spawn, &error)
	                                  : spawn_by_vfork(children, spawn, &error);
	if (pid > 0 && error != 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
		errno = error;
		return -1;
	}
	if (pid < 0)
		return -1;
	*free_pid_slot(children) = pid;
	children->running++;
	return pid;
}

static pid_t spawn_script(struct children *children, const struct children_spawn *spawn)
{
	struct children_spawn script = *spawn;
	script.argv = exec_script_argv(spawn->path, spawn->argv);
	if (script.argv == NULL)
		return -1;
	script.path = script.argv[0];
	pid_t pid = spawn_once(children, &script);
	int error = errno;
	free((void *)script.argv);
	errno = error;
	return pid;
}

pid_t children_spawn(struct children *children, const struct children_spawn *spawn)
{
	pid_t pid = spawn_once(children, spawn);
	if (pid < 0 && errno == ENOEXEC)
		pid = spawn_script(children, spawn);
	return pid;
}

/* ------------------------------------------------------------------ their ends */

static void record_exit(struct children *children, int place,
                        const struct children_exit *ended)
{
	children->pids[place] = 0;
	children->running--;
	if (WIFSIGNALED(ended->wait_status))
		children->fatal |= ksig_bit(WTERMSIG(ended->wait_status));
}

/* Somebody else has taken its end: as if the command had ended with this status. */
static int report_lost_status(void)
{
	error_errno_as(STATUS_RUN_ERROR, "cannot wait for the command");
	return STATUS_RUN_ERROR << 8;
}

bool children_poll(struct children *children, struct children_exit *ended)
{
	read_signals(children);
	stop_with_children(children);
	for (int i = 0; i < children->most; i++) {
		int wait_status = 0;
		pid_t pid = children->pids[i];
		pid_t told = pid > 0 ? waitpid(pid, &wait_status, WNOHANG) : 0;
		if (told == 0)
			continue;
		if (told < 0)
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
	return (children->delivered & termination_signal_set()) != 0;
}

int children_termination_signal(const struct children *children)
{
	uint64_t asked = children->received & termination_signal_set();
	return asked != 0 ? __builtin_ctzll(asked) + 1 : 0;
}

void children_kill(const struct children *children, int signal)
{
	for (int i = 0; i < children->most; i++)
		if (children->pids[i] > 0)
			kill(children->pids[i], signal);
}
