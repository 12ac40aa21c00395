/*
 *     we                      the keeper                the command
 *     start the keeper
 *                             take, tell
 *     start the command                                 wait at a gate
 *     hand over its pidfd
 *                             have it, tell
 *     open the gate                                     exec
 *     pass signals on         wait for its end,
 *                             or for ours: then kill it
 *                             give back, end            ended
 *     see that it is given
 *
 * - We are killed: the keeper's socket ends. A keeper that still waits is told by
 *   PR_SET_PDEATHSIG and leaves without taking. A command that has not passed
 *   the gate never will; one that has is killed, by the kernel (PR_SET_PDEATHSIG)
 *   and by the keeper, which gives back only when it is dead.
 * - The keeper is killed: we give back in its place. Memory that we share says how
 *   far it came, so that nobody does twice what may have been done: what is lost is what
 *   it took or gave in the very instructions before its end. Where what was held is
 *   gone with the keeper, the command is killed.
 * - Both are killed: that one is lost. For that to take more than one shot the keeper
 *   has a session of its own, ignores all that can be ignored, and another name.
 *
 * No shell whose builtin we are hears of the keeper (process/helper.h). A pidfd is handed
 * over and not a pid, which might belong to another process by the time that the keeper,
 * after our death, looks at it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "process/child.h"
#include "process/exec.h"
#include "process/fdpass.h"
#include "process/helper.h"
#include "process/keeper.h"

/* How far the keeper came, in memory that survives it. */
enum keeper_phase { NOT_ACQUIRED, ACQUIRED = KEEPER_ACQUIRED, RELEASING, RELEASED };

struct keeper {
	const struct keeper_job *job;
	struct keeper_note *note;
	pid_t pid;
	bool command_killed; /* the command was killed because the keeper had ended */
	int socket;          /* our end; the keeper's own is `other` */
	int keeper_socket;
};

/* ------------------------------------------------------------- the keeper */

static void set_phase(struct keeper_note *note, enum keeper_phase phase)
{
	__atomic_store_n(&note->phase, (int)phase, __ATOMIC_SEQ_CST);
}

/* Whoever comes first: the keeper, or its starter when the keeper is dead. */
static void release_object(const struct keeper *keeper)
{
	int taken = ACQUIRED;
	if (keeper->job->kind->release == NULL)
		return;
	if (!__atomic_compare_exchange_n(&keeper->note->phase, &taken, (int)RELEASING,
	                                 false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	if (keeper->job->kind->release(keeper->job->object) < 0)
		keeper->note->error = errno;
	set_phase(keeper->note, RELEASED);
}

static void close_fd_range(unsigned first, unsigned last)
{
	enum { FDS_MAX = 65536 };
	/* Linux 5.9 */
	if (syscall(SYS_close_range, first, last, 0U) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < FDS_MAX; fd++)
		close((int)fd);
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close all but these. */
static void close_other_fds(int *fds, size_t count)
{
	unsigned next = 0;
	qsort(fds, count, sizeof *fds, compare_fds);
	for (size_t i = 0; i < count; i++) {
		if ((unsigned)fds[i] > next)
			close_fd_range(next, (unsigned)fds[i] - 1);
		next = (unsigned)fds[i] + 1;
	}
	close_fd_range(next, ~0U);
}

/* A keeper keeps no file, terminal or folder of others in use. */
static void detach_keeper(const struct keeper *keeper)
{
	int fds[KEEPER_FDS_MAX + 1];
	size_t count = keeper->job->fd_count;
	if (count > 0)
		memcpy(fds, keeper->job->fds, count * sizeof *fds);
	fds[count] = keeper->keeper_socket;
	prctl(PR_SET_NAME, keeper->job->kind->process);
	setsid();
	if (chdir("/") < 0)
		errno = 0; /* then it keeps that folder in use; no reason to fail */
	close_other_fds(fds, count + 1);
}

/* TERM is the one signal it heeds: ours, or the kernel's when we are dead. */
static void catch_sigterm(struct termsig *termsig, pid_t parent)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigaction(SIGTERM, &action, NULL);
	termsig_begin(termsig);
	ksig_procmask(SIG_SETMASK, ksig_catchable() & ~ksig_bit(SIGTERM));
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		kill(getpid(), SIGTERM);
}

/* The command's pidfd; -1 where its starter ended without handing one over. */
static int receive_pidfd(int socket)
{
	char byte;
	struct fdpass_ancillary ancillary;
	return fdpass_receive(socket, &byte, 1, &ancillary, 0) == 1 ? ancillary.fd : -1;
}

/* To its starter: 0, or why not. */
static bool send_int(int socket, int error)
{
	return send(socket, &error, sizeof error, MSG_NOSIGNAL) > 0;
}

/* Until the command has ended; where its starter ends, end it. */
static void wait_for_command(int pidfd, int socket)
{
	struct pollfd ends[] = {{.fd = pidfd, .events = POLLIN},
	                        {.fd = socket, .events = POLLIN}};
	while (!(ends[0].revents & POLLIN)) {
		if (poll(ends, 2, -1) < 0 || ends[1].revents == 0)
			continue;
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0U);
		ends[1].fd = -1;
		ends[1].revents = 0;
	}
}

/* How did the command end? Its starter says it, where it lives. */
static int receive_wait_status(int socket)
{
	int wait_status;
	if (recv(socket, &wait_status, sizeof wait_status, 0) !=
	    (ssize_t)sizeof wait_status)
		return SIGKILL;
	return wait_status;
}

static _Noreturn void keeper_main(const struct keeper *keeper,
                                  const struct deadline *deadline, pid_t parent)
{
	struct termsig termsig;
	catch_sigterm(&termsig, parent);
	detach_keeper(keeper);
	/* a first touch is a page fault: let it not come between taking and noting it */
	set_phase(keeper->note, NOT_ACQUIRED);
	int result =
	    keeper->job->kind->acquire(keeper->job->object, deadline, keeper->note);
	int error = result < 0 ? errno : 0;
	ksig_procmask(SIG_SETMASK, ksig_catchable());
	bool heard = send_int(keeper->keeper_socket, error);
	if (result == 0) {
		const struct keeper_kind *kind = keeper->job->kind;
		int pidfd = heard ? receive_pidfd(keeper->keeper_socket) : -1;
		int wait_status = STATUS_RUN_ERROR << 8;
		if (pidfd >= 0 && send_int(keeper->keeper_socket, 0)) {
			wait_for_command(pidfd, keeper->keeper_socket);
			if (kind->before_exit != NULL)
				wait_status = receive_wait_status(keeper->keeper_socket);
		}
		if (kind->before_exit != NULL)
			kind->before_exit(keeper->job->object, wait_status);
		release_object(keeper);
	}
	_exit(0);
}

/* -------------------------------------------------------------- its starter */

static enum status keeper_error(const char *what)
{
	return error_errno_as(STATUS_RUN_ERROR, "%s", what);
}

static enum status start_keeper(struct keeper *keeper, const struct deadline *deadline)
{
	int sockets[2];
	keeper->note = mmap(NULL, sizeof *keeper->note, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (keeper->note == MAP_FAILED)
		return keeper_error("cannot share memory with the keeper");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		enum status status = keeper_error("cannot speak to the keeper");
		munmap(keeper->note, sizeof *keeper->note);
		return status;
	}
	keeper->socket = sockets[0];
	keeper->keeper_socket = sockets[1];
	pid_t parent = getpid();
	uint64_t mask;
	keeper->pid = helper_fork(&mask);
	if (keeper->pid == 0)
		keeper_main(keeper, deadline, parent);
	int error = errno;
	close(sockets[1]);
	if (keeper->pid > 0)
		return STATUS_OK;
	close(sockets[0]);
	munmap(keeper->note, sizeof *keeper->note);
	errno = error;
	return keeper_error("cannot start the keeper");
}

/* It was killed: what it held is given in its place, or gone and so is the command. */
static enum status release_for_killed_keeper(struct keeper *keeper)
{
	const struct keeper_kind *kind = keeper->job->kind;
	if (kind->release == NULL)
		return keeper->command_killed
		           ? error_as(STATUS_RUN_ERROR,
		                      "the keeper was killed, and the command with it")
		           : STATUS_OK;
	release_object(keeper);
	kind->wake_waiters(keeper->job->object);
	return STATUS_OK;
}

/* Its end is the command's, or what closing the socket asks for. */
static enum status end_keeper(struct keeper *keeper)
{
	const struct keeper_job *job = keeper->job;
	enum status status = STATUS_OK;
	int wait_status;
	close(keeper->socket);
	helper_wait(keeper->pid, &wait_status);
	if (WIFSIGNALED(wait_status))
		status = release_for_killed_keeper(keeper);
	errno = keeper->note->error;
	if (errno != 0)
		status = job->kind->report_failure(job->object, keeper->note);
	munmap(keeper->note, sizeof *keeper->note);
	return status;
}

/* What the keeper says: that it has taken it, or why not. */
static enum status wait_for_keeper(const struct keeper *keeper)
{
	const struct keeper_job *job = keeper->job;
	struct pollfd ready = {.fd = keeper->socket, .events = POLLIN};
	int error;
	if (deadline_poll(&DEADLINE_NEVER, &ready, 1) < 0) {
		kill(keeper->pid, SIGTERM);
		return status_before_command(error_errno("the keeper"));
	}
	if (recv(keeper->socket, &error, sizeof error, 0) != (ssize_t)sizeof error)
		return error_as(STATUS_RUN_ERROR, "the keeper was killed");
	errno = error;
	if (errno != 0)
		return status_before_command(
		    job->kind->report_failure(job->object, keeper->note));
	if (job->kind->before_command == NULL)
		return STATUS_OK;
	return status_before_command(
	    job->kind->before_command(job->object, keeper->note));
}

/* -------------------------------------------------------------- the command */

/* Between fork and exec the command waits until the pipe says go, or ends. */
struct start_gate {
	const struct keeper *keeper;
	pid_t parent;
	int ends[2];
	int socket; /* which only the starter may hold open */
};

static bool wait_at_start_gate(void *argument)
{
	const struct start_gate *gate = argument;
	char byte;
	const struct keeper_job *job = gate->keeper->job;
	close(gate->ends[1]);
	close(gate->socket);
	if (job->kind->prepare != NULL)
		job->kind->prepare(job->object, gate->keeper->note);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != gate->parent)
		return false;
	ssize_t length = read(gate->ends[0], &byte, 1);
	if (length < 0)
		keeper_error("cannot wait for the start");
	close(gate->ends[0]);
	return length == 1;
}

/* -1 with errno; the keeper has it when it says so, not before. */
static int send_pidfd(int socket, pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0U);
	if (pidfd < 0)
		return -1;
	ssize_t sent = fdpass_send(socket, "", 1, pidfd, 0);
	fd_close_keep_errno(pidfd);
	if (sent != 1)
		return -1;
	int error;
	if (recv(socket, &error, sizeof error, 0) == (ssize_t)sizeof error)
		return 0;
	errno = EPIPE;
	return -1;
}

/* As child_wait(); where the keeper ends, and what it held with it, end the command. */
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
		keeper->command_killed = true;
		ready[1].fd = -1;
		ready[1].revents = 0;
	}
	children_end(&child->children, 0);
	const struct keeper_job *job = keeper->job;
	if (job->kind->after_command != NULL)
		job->kind->after_command(job->object);
	if (job->kind->before_exit != NULL)
		send_int(keeper->socket, ended.wait_status);
	return child_status(ended.wait_status);
}

/* It is taken: start the command, and wait for its end. */
static enum status run_held_command(struct keeper *keeper, char **argv)
{
	struct start_gate gate = {
	    .keeper = keeper, .parent = getpid(), .socket = keeper->socket};
	struct child child;
	if (pipe2(gate.ends, O_CLOEXEC) < 0)
		return keeper_error("cannot make a pipe");
	enum status status = child_start(&child, argv, wait_at_start_gate, &gate);
	close(gate.ends[0]);
	if (status != STATUS_OK) {
		close(gate.ends[1]);
		return status;
	}
	/* from here on signals go to the command; one before that ended it all */
	bool stay = termsig_pending() != 0;
	if (!stay && send_pidfd(keeper->socket, child.pid) < 0) {
		status = keeper_error("cannot hand the command to the keeper");
		stay = true;
	}
	if (!stay && write(gate.ends[1], "", 1) < 0 && errno != EPIPE)
		status = keeper_error("cannot start the command");
	close(gate.ends[1]);
	enum status ended = wait_for_child(keeper, &child);
	return status != STATUS_OK ? status : ended;
}

enum status keeper_run(const struct keeper_job *job, const struct deadline *deadline,
                       char **argv)
{
	struct keeper keeper = {.job = job};
	struct termsig termsig;
	termsig_begin(&termsig);
	enum status status = start_keeper(&keeper, deadline);
	if (status == STATUS_OK) {
		status = wait_for_keeper(&keeper);
		if (status == STATUS_OK)
			status = run_held_command(&keeper, argv);
		enum status given = end_keeper(&keeper);
		if (given != STATUS_OK)
			status = STATUS_RUN_ERROR;
	}
	return termsig_end(&termsig, status);
}
