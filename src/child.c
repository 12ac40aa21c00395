/*
 * The signals are read from a signalfd, SIGCHLD among them: it tells of the
 * command's stops as well as of its end, and it cannot be missed.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "front.h"
#include "report.h"
#include "sig.h"

enum status child_status(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return (enum status)(STATUS_SIGNAL + WTERMSIG(wait_status));
	return (enum status)WEXITSTATUS(wait_status);
}

/* ------------------------------------------------------------ the command */

/* What has no #! line is a script for the shell: execvp(3) of glibc, not of musl. */
static void execute_script(const char *path, char **argv, char **environment)
{
	size_t count = 0;
	while (argv[count] != NULL)
		count++;
	char **shell_argv = calloc(count + 2, sizeof *shell_argv);
	if (shell_argv == NULL)
		return;
	char shell[] = "/bin/sh", script[PATH_MAX];
	snprintf(script, sizeof script, "%s", path);
	shell_argv[0] = shell;
	shell_argv[1] = script;
	for (size_t i = 1; i < count; i++)
		shell_argv[i + 1] = argv[i];
	execve(shell, shell_argv, environment);
	free((void *)shell_argv);
}

/* Returns only where it fails, with errno. */
static void execute_path(const char *path, char **argv, char **environment)
{
	execve(path, argv, environment);
	if (errno == ENOEXEC)
		execute_script(path, argv, environment);
}

/* Is it worth a look in the next folder of PATH? */
static bool not_here(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EACCES ||
	       error == ESTALE || error == ENODEV || error == ETIMEDOUT;
}

static const char *path_of(char **environment)
{
	for (; environment != NULL && *environment != NULL; environment++)
		if (strncmp(*environment, "PATH=", 5) == 0)
			return *environment + 5;
	return "/usr/local/bin:/usr/bin:/bin";
}

/*
 * execvp(3), the same with every C library. Returns only where it fails, with errno;
 * EACCES where any folder of PATH has it but does not let it be run.
 */
static void execute(char **argv, char **environment)
{
	const char *name = argv[0];
	if (strchr(name, '/') != NULL) {
		execute_path(name, argv, environment);
		return;
	}
	int error = ENOENT;
	errno = ENOENT;
	const char *folder = path_of(environment);
	while (*name != '\0') {
		char path[PATH_MAX];
		int length = (int)strcspn(folder, ":");
		/* an empty folder is the current one */
		int size = snprintf(path, sizeof path, "%.*s%s%s", length, folder,
		                    length > 0 ? "/" : "", name);
		errno = ENAMETOOLONG;
		if (size >= 0 && (size_t)size < sizeof path)
			execute_path(path, argv, environment);
		if (errno == EACCES)
			error = EACCES;
		else if (!not_here(errno) && errno != ENAMETOOLONG)
			return;
		if (folder[length] == '\0')
			break;
		folder += length + 1;
	}
	errno = error;
}

/*
 * exec(2) makes defaults of handlers; done before the mask is put back, no signal that
 * comes in between is swallowed by a handler of ours.
 */
static void default_handlers(void)
{
	struct sigaction action;
	for (int signal = 1; signal <= SIG_COUNT; signal++) {
		if (sig_action(signal, NULL, &action) < 0 ||
		    action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)
			continue;
		action = (struct sigaction){.sa_handler = SIG_DFL};
		sig_action(signal, &action, NULL);
	}
}

/* Returns only where it fails: the status, reported. */
static enum status become(char **argv)
{
	execute(argv, front_environment());
	int error = errno;
	fail("%s", argv[0]);
	return error == ENOENT ? STATUS_NO_COMMAND : STATUS_CANNOT_EXEC;
}

enum status child_exec(char **argv)
{
	front_restore_for_exec();
	return become(argv);
}

static _Noreturn void run_command(const struct child *child, char **argv,
                                  child_prepare *prepare, void *argument)
{
	front_restore_for_exec();
	sig_action(SIGCHLD, &child->saved_chld, NULL);
	default_handlers();
	if (prepare != NULL && !prepare(argument))
		_exit(STATUS_RUN_FAILED);
	sig_mask(SIG_SETMASK, child->saved_mask);
	enum status status = become(argv);
	_exit((int)status);
}

/* ---------------------------------------------------------------- signals */

/* Those that a process gets by its own doing; they cannot be waited for. */
static uint64_t faults(void)
{
	return sig_bit(SIGSEGV) | sig_bit(SIGBUS) | sig_bit(SIGILL) | sig_bit(SIGFPE) |
	       sig_bit(SIGTRAP) | sig_bit(SIGSYS);
}

static bool has_disposition(int signal, void (*disposition)(int))
{
	struct sigaction action;
	return sig_action(signal, NULL, &action) == 0 && action.sa_handler == disposition;
}

/* Blocked signals are queued even where they are ignored, so leave those out. */
static uint64_t signals_to_look_at(void)
{
	uint64_t set = sig_catchable() & ~faults();
	for (int signal = 1; signal <= SIG_COUNT; signal++)
		if (signal != SIGCHLD && has_disposition(signal, SIG_IGN))
			set &= ~sig_bit(signal);
	return set;
}

/* SIGCHLD is blocked: this is never called. */
static void never_called(int signal)
{
	(void)signal;
}

/*
 * Where SIGCHLD is ignored the kernel keeps no status of a child, and SA_NOCLDSTOP tells
 * of no stop. A handler, since a default would drop one that is pending for the shell.
 */
static void expect_child(struct sigaction *saved)
{
	struct sigaction action = {.sa_handler = never_called};
	sig_action(SIGCHLD, &action, saved);
}

static void take_signals(struct child *child)
{
	uint64_t set = signals_to_look_at();
	child->saved_mask = sig_mask(SIG_BLOCK, set);
	child->signals = sig_fd(set);
	expect_child(&child->saved_chld);
}

static bool sent_by_process(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_USER || info->ssi_code == SI_QUEUE ||
	       info->ssi_code == SI_TKILL;
}

static void pass_on(const struct child *child, const struct signalfd_siginfo *info)
{
	if (info->ssi_code != SI_QUEUE) {
		kill(child->pid, (int)info->ssi_signo);
		return;
	}
	siginfo_t value = {.si_signo = (int)info->ssi_signo, .si_code = SI_QUEUE};
	/* the kernel lets a queued signal keep the name of its first sender */
	value.si_pid = (pid_t)info->ssi_pid;
	value.si_uid = info->ssi_uid;
	value.si_value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr;
	syscall(SYS_rt_sigqueueinfo, child->pid, value.si_signo, &value);
}

/* Read all that has come. */
static void look_at_signals(struct child *child)
{
	struct pollfd ready = {.fd = child->signals, .events = POLLIN};
	struct signalfd_siginfo info;
	poll(&ready, 1, -1);
	while (read(child->signals, &info, sizeof info) == sizeof info) {
		uint64_t bit = sig_bit((int)info.ssi_signo);
		child->seen |= bit;
		if (info.ssi_signo == SIGCHLD || !sent_by_process(&info))
			continue;
		child->sent |= bit;
		pass_on(child, &info);
	}
}

/* Stop as the signal stops a program, until CONT comes. */
static void stop_by(int signal)
{
	kill(getpid(), has_disposition(signal, SIG_DFL) ? signal : SIGSTOP);
	sig_mask(SIG_UNBLOCK, sig_bit(signal));
	sig_mask(SIG_BLOCK, sig_bit(signal));
}

/* The command has stopped: where we were asked to as well, by whomever, obey. */
static void follow_stop(struct child *child)
{
	static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (child->seen & sig_bit(stops[i])) {
			child->seen &= ~sig_bit(stops[i]);
			stop_by(stops[i]);
			return;
		}
}

/* Should the shell whose builtin we are hear of it, now that the command has ended? */
static bool is_for_shell(const struct child *child, int signal, int wait_status)
{
	if (!(child->seen & sig_bit(signal)))
		return false;
	bool from_terminal = !(child->sent & sig_bit(signal));
	switch (signal) {
	case SIGINT:
	case SIGQUIT:
		return !from_terminal ||
		       (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == signal);
	case SIGHUP:
	case SIGTERM: return true;
	default: return !has_disposition(signal, SIG_DFL);
	}
}

static void give_back_signals(const struct child *child, int wait_status)
{
	sig_action(SIGCHLD, &child->saved_chld, NULL);
	for (int signal = 1; front_is_builtin() && signal <= SIG_COUNT; signal++)
		if (is_for_shell(child, signal, wait_status))
			kill(getpid(), signal);
	if (child->signals >= 0)
		close(child->signals);
	sig_mask(SIG_SETMASK, child->saved_mask);
}

/* ------------------------------------------------------------- start, wait */

enum status child_start(struct child *child, char **argv, child_prepare *prepare,
                        void *argument)
{
	*child = (struct child){.pid = -1};
	take_signals(child);
	if (child->signals >= 0)
		child->pid = fork();
	if (child->pid == 0)
		run_command(child, argv, prepare, argument);
	if (child->pid > 0)
		return STATUS_DONE;
	/* EAGAIN of fork(2) is a limit, not a reason to try later */
	int error = errno;
	give_back_signals(child, 0);
	return fail_as(STATUS_RUN_FAILED, "cannot start %s: %s", argv[0],
	               error_text(error));
}

enum status child_wait(struct child *child)
{
	enum { EVERY_CHANGE = WNOHANG | WUNTRACED | WCONTINUED };
	int wait_status = 0;
	bool stopped = false;
	pid_t pid;
	for (;;) {
		pid = waitpid(child->pid, &wait_status, EVERY_CHANGE);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0 ||
		    (pid > 0 && !WIFSTOPPED(wait_status) && !WIFCONTINUED(wait_status)))
			break;
		if (pid > 0)
			stopped = WIFSTOPPED(wait_status);
		if (stopped)
			follow_stop(child);
		look_at_signals(child);
	}
	enum status status = child_status(wait_status);
	if (pid < 0)
		status = fail_as(STATUS_RUN_FAILED, "cannot wait for the command: %s",
		                 error_text(errno));
	give_back_signals(child, wait_status);
	return status;
}
