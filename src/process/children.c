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
#include "base/sigset.h"
#include "io/report.h"
#include "process/child.h"
#include "process/children.h"
#include "process/exec.h"

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

static bool sent_by_process(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_USER || info->ssi_code == SI_QUEUE ||
	       info->ssi_code == SI_TKILL;
}

void crew_pass_on(const struct crew *crew, int signal,
                  const struct signalfd_siginfo *info)
{
	if (info->ssi_code != SI_QUEUE) {
		crew_kill(crew, signal);
		return;
	}
	siginfo_t value = {.si_signo = signal, .si_code = SI_QUEUE};
	/* the kernel lets a queued signal keep the name of its first sender */
	value.si_pid = (pid_t)info->ssi_pid;
	value.si_uid = info->ssi_uid;
	value.si_value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr;
	for (int i = 0; i < crew->most; i++)
		if (crew->pids[i] > 0)
			syscall(SYS_rt_sigqueueinfo, crew->pids[i], value.si_signo,
			        &value);
}

/* Read all that has come. */
static void look_at_signals(struct crew *crew)
{
	const struct crew_hooks *hooks = crew->hooks;
	struct signalfd_siginfo info;
	while (read(crew->fd, &info, sizeof info) == sizeof info) {
		uint64_t bit = sig_bit((int)info.ssi_signo);
		if (hooks->take != NULL && hooks->take(hooks->argument, &info))
			continue;
		crew->seen |= bit;
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (!sent_by_process(&info)) {
			crew->reached |= bit;
			continue;
		}
		crew->sent |= bit;
		if (crew->kept & bit) {
			crew->kept &= ~bit;
			continue;
		}
		crew->reached |= bit;
		crew_pass_on(crew, (int)info.ssi_signo, &info);
	}
}

/* Has a command stopped? Without taking the news, so that it can be asked again. */
static bool any_stopped(const struct crew *crew)
{
	for (int i = 0; i < crew->most; i++) {
		siginfo_t info = {.si_pid = 0};
		if (crew->pids[i] > 0 &&
		    waitid(P_PID, (id_t)crew->pids[i], &info,
		           WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid != 0)
			return true;
	}
	return false;
}

/* Stop as the signal stops a program, until CONT comes. */
static void stop_by(int signal)
{
	kill(getpid(), has_disposition(signal, SIG_DFL) ? signal : SIGSTOP);
	sig_mask(SIG_UNBLOCK, sig_bit(signal));
	sig_mask(SIG_BLOCK, sig_bit(signal));
}

/* We were asked to stop, and so were the commands: where one obeys, by whomever, obey. */
static void follow_stop(struct crew *crew)
{
	static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (crew->seen & sig_bit(stops[i]) &&
		    (crew->running == 0 || any_stopped(crew))) {
			crew->seen &= ~sig_bit(stops[i]);
			if (crew->hooks->before_stop != NULL)
				crew->hooks->before_stop(crew->hooks->argument);
			stop_by(stops[i]);
			return;
		}
}

/* Those that ask a command to end. */
static uint64_t ending_signals(void)
{
	return sig_bit(SIGHUP) | sig_bit(SIGINT) | sig_bit(SIGQUIT) | sig_bit(SIGTERM);
}

/* Should the shell whose builtin we are hear of it, now that the commands have ended? */
static bool is_for_shell(const struct crew *crew, int signal)
{
	uint64_t bit = sig_bit(signal);
	if (!(crew->seen & bit))
		return false;
	switch (signal) {
	case SIGINT:
	case SIGQUIT: return ((crew->sent | crew->fatal) & bit) != 0;
	case SIGHUP:
	case SIGTERM: return true;
	default: return !has_disposition(signal, SIG_DFL);
	}
}

/* ------------------------------------------------------------- begin and end */

enum status crew_begin_with(struct crew *crew, pid_t *pids, int most,
                            const struct crew_hooks *hooks)
{
	uint64_t set = (signals_to_look_at() | hooks->also) & ~hooks->leave;
	*crew = (struct crew){.pids = pids, .most = most, .hooks = hooks};
	memset(pids, 0, (size_t)most * sizeof *pids);
	crew->saved_mask = sig_mask(SIG_BLOCK, set);
	crew->command_mask = crew->saved_mask;
	expect_child(&crew->saved_chld);
	crew->fd = sig_fd(set);
	if (crew->fd >= 0)
		return STATUS_DONE;
	int error = errno;
	crew_end(crew, 0);
	errno = error;
	return fail_with(STATUS_RUN_FAILED, "signalfd");
}

enum status crew_begin(struct crew *crew, pid_t *pids, int most)
{
	static const struct crew_hooks none;
	return crew_begin_with(crew, pids, most, &none);
}

void crew_end(struct crew *crew, int signal)
{
	sig_action(SIGCHLD, &crew->saved_chld, NULL);
	for (int i = 1; front_is_builtin() && i <= SIG_COUNT; i++)
		if (i != signal && is_for_shell(crew, i))
			kill(getpid(), i);
	if (signal != 0)
		kill(getpid(), signal);
	if (crew->fd >= 0)
		close(crew->fd);
	sig_mask(SIG_SETMASK, crew->saved_mask);
}

/* ------------------------------------------------------------------ commands */

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

static _Noreturn void run_command(const struct crew *crew, char **argv,
                                  child_prepare *prepare, void *argument)
{
	sig_action(SIGCHLD, &crew->saved_chld, NULL);
	/* a shell gives its commands what it was started with, CHLD too */
	front_restore_for_exec();
	default_handlers();
	if (prepare != NULL && !prepare(argument))
		_exit(STATUS_RUN_FAILED);
	sig_mask(SIG_SETMASK, crew->command_mask);
	enum status status = child_become(argv);
	_exit((int)status);
}

static pid_t *free_place(const struct crew *crew)
{
	pid_t *place = crew->pids;
	while (*place != 0)
		place++;
	return place;
}

pid_t crew_start(struct crew *crew, char **argv, child_prepare *prepare, void *argument)
{
	pid_t pid = fork();
	if (pid == 0)
		run_command(crew, argv, prepare, argument);
	if (pid < 0) {
		/* EAGAIN of fork(2) is a limit, not a reason to try later */
		fail_with(STATUS_RUN_FAILED, "cannot start %s", argv[0]);
		return -1;
	}
	*free_place(crew) = pid;
	crew->running++;
	return pid;
}

/* ------------------------------------------------------------ quickly started */

/* In the child: what run_command() does, and no more. Returns why it failed. */
static int execute_spawn(const struct crew *crew, const struct crew_spawn *spawn)
{
	sig_action(SIGCHLD, &crew->saved_chld, NULL);
	front_restore_for_exec();
	if (front_is_builtin())
		default_handlers();
	if (spawn->in >= 0 && dup2(spawn->in, STDIN_FILENO) < 0)
		return errno;
	if (spawn->out >= 0 && dup2(spawn->out, STDOUT_FILENO) < 0)
		return errno;
	sig_mask(SIG_SETMASK, crew->command_mask);
	execve(spawn->path, spawn->argv, spawn->environment);
	return errno;
}

/*
 * vfork(2): the child borrows our memory, and so tells us its error there; we go on when
 * it has executed the command or ended. It writes to nothing else: a program has no
 * handlers that could, and what front_restore_for_exec() changes is the kernel's.
 */
static pid_t borrow_and_execute(const struct crew *crew, const struct crew_spawn *spawn,
                                volatile int *error)
{
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
	pid_t pid = vfork();
	if (pid == 0) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Vfork) */
		*error = execute_spawn(crew, spawn);
		_exit(STATUS_RUN_FAILED);
	}
	return pid;
}

/* A shell's child changes its shell's memory before it executes: it gets a copy. */
static pid_t copy_and_execute(const struct crew *crew, const struct crew_spawn *spawn,
                              volatile int *error)
{
	int ends[2], told = 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		told = execute_spawn(crew, spawn);
		ssize_t length = write(ends[1], &told, sizeof told);
		_exit(length > 0 ? STATUS_RUN_FAILED : STATUS_CANNOT_EXEC);
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

static pid_t try_spawn(struct crew *crew, const struct crew_spawn *spawn)
{
	volatile int error = 0;
	pid_t pid = front_is_builtin() ? copy_and_execute(crew, spawn, &error)
	                               : borrow_and_execute(crew, spawn, &error);
	if (pid > 0 && error != 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
		errno = error;
		return -1;
	}
	if (pid < 0)
		return -1;
	*free_place(crew) = pid;
	crew->running++;
	return pid;
}

static pid_t spawn_script(struct crew *crew, const struct crew_spawn *spawn)
{
	struct crew_spawn script = *spawn;
	script.argv = child_script(spawn->path, spawn->argv);
	if (script.argv == NULL)
		return -1;
	script.path = script.argv[0];
	pid_t pid = try_spawn(crew, &script);
	int error = errno;
	free((void *)script.argv);
	errno = error;
	return pid;
}

pid_t crew_spawn(struct crew *crew, const struct crew_spawn *spawn)
{
	pid_t pid = try_spawn(crew, spawn);
	if (pid < 0 && errno == ENOEXEC)
		pid = spawn_script(crew, spawn);
	return pid;
}

/* ------------------------------------------------------------------ their ends */

static void note_end(struct crew *crew, int place, const struct crew_ended *ended)
{
	crew->pids[place] = 0;
	crew->running--;
	if (WIFSIGNALED(ended->wait_status))
		crew->fatal |= sig_bit(WTERMSIG(ended->wait_status));
}

/* Somebody else has taken its end: as if the command had ended with this status. */
static int lost(void)
{
	fail_with(STATUS_RUN_FAILED, "cannot wait for the command");
	return STATUS_RUN_FAILED << 8;
}

bool crew_look(struct crew *crew, struct crew_ended *ended)
{
	look_at_signals(crew);
	follow_stop(crew);
	for (int i = 0; i < crew->most; i++) {
		int wait_status = 0;
		pid_t pid = crew->pids[i];
		pid_t told = pid > 0 ? waitpid(pid, &wait_status, WNOHANG) : 0;
		if (told == 0)
			continue;
		if (told < 0)
			wait_status = lost();
		*ended = (struct crew_ended){
		    .place = i, .pid = pid, .wait_status = wait_status};
		note_end(crew, i, ended);
		return true;
	}
	return false;
}

bool crew_wait(struct crew *crew, struct crew_ended *ended)
{
	struct pollfd ready = {.fd = crew->fd, .events = POLLIN};
	while (crew->running > 0) {
		if (crew_look(crew, ended))
			return true;
		poll(&ready, 1, -1);
	}
	return false;
}

bool crew_commands_asked(const struct crew *crew)
{
	return (crew->reached & ending_signals()) != 0;
}

int crew_asked(const struct crew *crew)
{
	uint64_t asked = crew->seen & ending_signals();
	return asked != 0 ? __builtin_ctzll(asked) + 1 : 0;
}

void crew_kill(const struct crew *crew, int signal)
{
	for (int i = 0; i < crew->most; i++)
		if (crew->pids[i] > 0)
			kill(crew->pids[i], signal);
}
