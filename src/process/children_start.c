/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/frontend.h"
#include "base/ksig.h"
#include "io/error.h"
#include "process/children.h"
#include "process/exec.h"
#include "process/supervision.h"

/*
 * exec(2) resets handlers to the default. Done before the mask is restored, so that no
 * signal is lost in a handler of this process.
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

/* ------------------------------------------------------------------- fork */

static _Noreturn void exec_child(const struct children *children, char **argv,
                                 children_prepare *prepare, void *argument)
{
	command_group_enter(&children->group);
	ksig_action(SIGCHLD, &children->saved_chld, NULL);
	/* a shell gives its commands the dispositions it was started with, SIGCHLD too */
	frontend_restore_for_exec();
	reset_handlers();
	if (prepare != NULL && !prepare(argument))
		_exit(STATUS_RUN_ERROR);
	ksig_procmask(SIG_SETMASK, children->command_mask);
	enum status status = exec_command(argv);
	_exit((int)status);
}

static void add_child(struct children *children, pid_t pid)
{
	pid_t *slot = children->pids;
	while (*slot != 0)
		slot++;
	*slot = pid;
	stop_forwarder_set(&children->stops, (int)(slot - children->pids), pid);
	children->running++;
}

pid_t children_start(struct children *children, char **argv, children_prepare *prepare,
                     void *argument)
{
	if (children->supervision != NULL &&
	    supervision_parent_has_ended(children->supervision)) {
		error_as(STATUS_RUN_ERROR, "%s: not started: the parent has ended",
		         argv[0]);
		return -1;
	}
	pid_t pid = fork();
	if (pid == 0)
		exec_child(children, argv, prepare, argument);
	if (pid < 0) {
		/* EAGAIN of fork(2) is a limit, and does not mean "try later" */
		error_errno_as(STATUS_RUN_ERROR, "cannot start %s", argv[0]);
		return -1;
	}
	command_group_add(&children->group, pid);
	add_child(children, pid);
	return pid;
}

/* ------------------------------------------------------------------ spawn */

/* In the child, as exec_child(). Returns errno of what failed. */
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
 * vfork(2): the parent is suspended until the child has executed the command or exited.
 * The child shares the parent's memory and returns its error there. It writes to nothing
 * else: a program has no handlers that could, and frontend_restore_for_exec() changes
 * only what the kernel keeps.
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

/* The child of a shell changes memory before it executes: it needs a copy. */
static pid_t spawn_by_fork(const struct children *children,
                           const struct children_spawn *spawn, volatile int *error)
{
	int ends[2], child_error = 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		child_error = exec_spawned(children, spawn);
		ssize_t length = write(ends[1], &child_error, sizeof child_error);
		_exit(length > 0 ? STATUS_RUN_ERROR : STATUS_CANNOT_EXEC);
	}
	int fork_error = errno;
	close(ends[1]);
	/* end of file if the command was executed */
	if (pid > 0 && read(ends[0], &child_error, sizeof child_error) ==
	                   (ssize_t)sizeof child_error)
		*error = child_error;
	close(ends[0]);
	errno = fork_error;
	return pid;
}

static pid_t spawn_once(struct children *children, const struct children_spawn *spawn)
{
	volatile int error = 0;
	pid_t pid = frontend_is_builtin() ? spawn_by_fork(children, spawn, &error)
	                                  : spawn_by_vfork(children, spawn, &error);
	if (pid < 0)
		return -1;
	if (error != 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
		errno = error;
		return CHILDREN_CANNOT_EXEC;
	}
	add_child(children, pid);
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
	if (pid == CHILDREN_CANNOT_EXEC && errno == ENOEXEC)
		pid = spawn_script(children, spawn);
	return pid;
}
