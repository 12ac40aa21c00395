/* SPDX-License-Identifier: MIT */
/*
 *     starter                 keeper                    command
 *     start the keeper
 *                             acquire, report
 *     start the command                                 wait at a gate
 *     send its pidfd
 *                             receive it, report
 *     open the gate                                     exec
 *     forward signals         wait until it has ended,
 *                             or until the starter has:
 *                             then kill it
 *     note its status,                                  ended
 *     close the socket
 *                             release, exit
 *     check the release
 *
 * - The starter is killed: the keeper's socket reports end of file. A keeper that still
 *   waits gets SIGTERM (PR_SET_PDEATHSIG) and exits without acquiring. A command that
 *   waits at the gate executes nothing; one that has passed it is killed, by the kernel
 *   (PR_SET_PDEATHSIG) and by the keeper, which releases only when it is dead.
 * - The keeper is killed: the starter releases in its place. The phase in shared memory
 *   prevents that something is released twice: what is lost is an object that the keeper
 *   acquired or released in the very instructions before its death. If the object was
 *   lost with the keeper, the command is killed.
 * - Both are killed: the object is lost. So that one kill(2) does not reach both, the
 *   keeper has a session and a name of its own and ignores every signal it can.
 *
 * With one table of descriptors for both (process locks) neither end of the socket is
 * closed by the death of a process: pidfds report it instead.
 *
 * A shell that runs the applet as a builtin never sees the keeper (process/helper.h). The
 * keeper gets a pidfd instead of a PID: if the starter has died, another process might
 * have the PID by the time that the keeper uses it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/status.h"
#include "base/termsig.h"
#include "io/error.h"
#include "process/child.h"
#include "process/fdpass.h"
#include "process/gate.h"
#include "process/helper.h"
#include "process/keeper.h"
#include "process/keeper_process.h"
#include "process/pidfd.h"

struct keeper {
	const struct keeper_job *job;
	struct keeper_note *note;
	pid_t pid;
	int socket; /* the starter's end */
	/* with one table of descriptors for both, otherwise -1: the keeper's end, and the
	 * pidfds of both processes and of the command */
	int other_socket, starter_end, keeper_end, command;
	bool command_killed; /* because the keeper had ended */
	bool reported;       /* that the keeper was killed */
	bool refused;        /* it has not acquired: how it ends does not matter */
	int handover_error;  /* errno: the socket was closed when it got the command */
};

/* ----------------------------------------------------------------- keeper */

static enum status keeper_error(const char *what)
{
	return error_errno_as(STATUS_RUN_ERROR, "%s", what);
}

static int open_process(pid_t pid)
{
	return pidfd_open_target(&(struct pidfd_target){.pid = pid});
}

static void close_shared_fds(struct keeper *keeper)
{
	fd_close_keep_errno(keeper->other_socket);
	fd_close_keep_errno(keeper->starter_end);
	fd_close_keep_errno(keeper->keeper_end);
	fd_close_keep_errno(keeper->command);
}

/* Its end cannot be seen by the socket: 0, or -1 with errno. */
static int open_keeper(struct keeper *keeper)
{
	int wait_status;
	keeper->keeper_end = open_process(keeper->pid);
	if (keeper->keeper_end >= 0)
		return 0;
	int error = errno;
	kill(keeper->pid, SIGKILL);
	helper_wait(keeper->pid, &wait_status);
	errno = error;
	return -1;
}

/* 0, or -1 with errno. */
static int fork_keeper(struct keeper *keeper, const struct deadline *deadline)
{
	bool shares = keeper->job->shares_fds;
	uint64_t mask;
	keeper->starter_end = shares ? open_process(getpid()) : -1;
	if (shares && keeper->starter_end < 0)
		return -1;
	struct keeper_process process = {.job = keeper->job,
	                                 .note = keeper->note,
	                                 .socket = keeper->other_socket,
	                                 .end = shares ? keeper->starter_end
	                                               : keeper->other_socket,
	                                 .starter = getpid()};
	keeper->pid = shares ? helper_fork_sharing_fds(&mask) : helper_fork(&mask);
	if (keeper->pid == 0)
		keeper_process_main(&process, deadline);
	if (keeper->pid < 0)
		return -1;
	if (shares)
		return open_keeper(keeper);
	close(keeper->other_socket);
	keeper->other_socket = -1;
	return 0;
}

static enum status start_keeper(struct keeper *keeper, const struct deadline *deadline)
{
	int sockets[2];
	keeper->note = mmap(NULL, sizeof *keeper->note, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (keeper->note == MAP_FAILED)
		return keeper_error("cannot share memory with the holder process");
	keeper->note->wait_status = SIGKILL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		enum status status = keeper_error("cannot connect to the holder process");
		munmap(keeper->note, sizeof *keeper->note);
		return status;
	}
	keeper->socket = sockets[0];
	keeper->other_socket = sockets[1];
	if (fork_keeper(keeper, deadline) == 0)
		return STATUS_OK;
	int error = errno;
	close_shared_fds(keeper);
	close(sockets[0]);
	munmap(keeper->note, sizeof *keeper->note);
	errno = error;
	return keeper_error("cannot start the holder process");
}

/* Once; what came of it: ", and ..." or "". */
static void report_killed_keeper(struct keeper *keeper, const char *consequence)
{
	if (!keeper->reported)
		error_as(STATUS_RUN_ERROR, "the holder process was killed%s",
		         consequence);
	keeper->reported = true;
}

/* After the keeper was killed; if it took the object along, the command was killed. */
static enum status release_for_killed_keeper(struct keeper *keeper)
{
	const struct keeper_kind *kind = keeper->job->kind;
	if (kind->release == NULL) {
		report_killed_keeper(
		    keeper, keeper->command_killed ? ", and the command with it" : "");
		return STATUS_RUN_ERROR;
	}
	bool known = keeper_process_release(keeper->job, keeper->note);
	report_killed_keeper(keeper, known ? "" : " while it released: that may be lost");
	kind->wake_waiters(keeper->job->object);
	return known ? STATUS_OK : STATUS_RUN_ERROR;
}

static enum status report_failed_handover(int error)
{
	errno = error;
	return keeper_error(error == ENOSYS
	                        ? "pidfd_open(2), which requires Linux 5.3"
	                        : "cannot hand the command to the holder process");
}

/* It exits when the command has ended, or because the socket is closed here. */
static enum status end_keeper(struct keeper *keeper)
{
	const struct keeper_job *job = keeper->job;
	enum status status = STATUS_OK;
	int wait_status;
	close(keeper->socket);
	helper_wait(keeper->pid, &wait_status);
	close_shared_fds(keeper);
	if (WIFSIGNALED(wait_status) && !keeper->refused)
		status = release_for_killed_keeper(keeper);
	else if (keeper->handover_error != 0)
		status = report_failed_handover(keeper->handover_error);
	errno = keeper->note->error;
	if (errno != 0)
		status = job->kind->report_failure(job->object, keeper->note);
	munmap(keeper->note, sizeof *keeper->note);
	return status;
}

/* Until the keeper reports that it has acquired, or why it has not. */
static enum status wait_for_keeper(struct keeper *keeper)
{
	const struct keeper_job *job = keeper->job;
	struct pollfd ready[] = {{.fd = keeper->socket, .events = POLLIN},
	                         {.fd = keeper->keeper_end, .events = POLLIN}};
	int error;
	if (deadline_poll(&DEADLINE_NEVER, ready, 2) < 0) {
		kill(keeper->pid, SIGTERM);
		return status_before_command(error_errno("the holder process"));
	}
	if (keeper_process_receive(keeper->socket, keeper->keeper_end, &error) < 0) {
		if (errno != EPIPE)
			return keeper_error("cannot receive from the holder process");
		report_killed_keeper(keeper, "");
		return STATUS_RUN_ERROR;
	}
	errno = error;
	keeper->refused = error != 0;
	if (keeper->refused)
		return status_before_command(
		    job->kind->report_failure(job->object, keeper->note));
	if (job->kind->before_command == NULL)
		return STATUS_OK;
	return status_before_command(
	    job->kind->before_command(job->object, keeper->note));
}

/* ---------------------------------------------------------------- command */

struct held_command {
	const struct keeper *keeper;
	struct gate gate;
	pid_t starter;
};

/* In the child. */
static bool prepare_held_command(void *argument)
{
	const struct held_command *command = argument;
	const struct keeper *keeper = command->keeper;
	const struct keeper_job *job = keeper->job;
	/* or the keeper would not see the starter end */
	close(keeper->socket);
	if (job->kind->prepare != NULL)
		job->kind->prepare(job->object, keeper->note);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == command->starter && gate_wait(&command->gate);
}

/* 0 when the keeper has confirmed that it has the pidfd, or -1 with errno. */
static int send_pidfd(struct keeper *keeper, pid_t pid)
{
	int pidfd = open_process(pid);
	if (pidfd < 0)
		return -1;
	bool sent = keeper->job->shares_fds
	                ? keeper_process_send(keeper->socket, pidfd)
	                : fdpass_send(keeper->socket, "", 1, pidfd, 0) == 1;
	if (keeper->job->shares_fds)
		keeper->command = pidfd;
	else
		fd_close_keep_errno(pidfd);
	if (!sent)
		return -1;
	int confirmed;
	return keeper_process_receive(keeper->socket, keeper->keeper_end, &confirmed);
}

/* A socket that is closed means that the keeper was killed, which end_keeper() reports.
 */
static enum status fail_handover(struct keeper *keeper)
{
	if (errno != EPIPE && errno != ECONNRESET)
		return report_failed_handover(errno);
	keeper->handover_error = errno;
	return STATUS_RUN_ERROR;
}

/* As child_wait(); if the keeper ends and takes the object along, kill the command. */
static enum status wait_for_child(struct keeper *keeper, struct child *child)
{
	struct children_exit ended;
	struct pollfd ready[] = {{.fd = child->children.fd, .events = POLLIN},
	                         {.fd = keeper->socket, .events = POLLIN}};
	if (keeper->job->kind->release != NULL)
		return child_wait(child);
	while (!children_poll(&child->children, &ended)) {
		if (poll(ready, 2, -1) < 0 || ready[1].revents == 0)
			continue;
		children_kill(&child->children, SIGKILL);
		keeper->command_killed = keeper->handover_error == 0;
		ready[1].fd = -1;
		ready[1].revents = 0;
	}
	const struct keeper_job *job = keeper->job;
	if (job->kind->after_command != NULL)
		job->kind->after_command(job->object);
	keeper->note->wait_status = ended.wait_status;
	/* a shell may end by an alarm here */
	children_end(&child->children, 0);
	return child_adopt_status(ended.wait_status);
}

/* The object is acquired: start the command and wait until it has ended. */
static enum status run_held_command(struct keeper *keeper, char **argv)
{
	struct held_command command = {.keeper = keeper, .starter = getpid()};
	struct child child;
	enum status status = gate_create(&command.gate);
	if (status != STATUS_OK)
		return status;
	status = child_start(&child, argv, prepare_held_command, &command);
	if (status != STATUS_OK) {
		gate_close(&command.gate);
		return status;
	}
	/* from now on signals go to the command; one that came before ends both */
	if (termsig_pending() == 0) {
		if (send_pidfd(keeper, child.pid) == 0)
			status = gate_open(&command.gate, 1);
		else
			status = fail_handover(keeper);
	}
	gate_close(&command.gate);
	enum status ended = wait_for_child(keeper, &child);
	return status != STATUS_OK ? status : ended;
}

enum status keeper_run(const struct keeper_job *job, const struct deadline *deadline,
                       char **argv)
{
	struct keeper keeper = {.job = job, .keeper_end = -1, .command = -1};
	struct termsig termsig;
	termsig_begin(&termsig);
	enum status status = start_keeper(&keeper, deadline);
	if (status == STATUS_OK) {
		status = wait_for_keeper(&keeper);
		if (status == STATUS_OK)
			status = run_held_command(&keeper, argv);
		enum status released = end_keeper(&keeper);
		if (released != STATUS_OK)
			status = STATUS_RUN_ERROR;
	}
	return termsig_end(&termsig, status);
}
