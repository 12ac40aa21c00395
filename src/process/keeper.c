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
#include "base/sigset.h"
#include "base/termsig.h"
#include "io/report.h"
#include "process/child.h"
#include "process/exec.h"
#include "process/fdpass.h"
#include "process/helper.h"
#include "process/keeper.h"

/* How far the keeper came, in memory that survives it. */
enum progress { NOT_TAKEN, TAKEN = KEEPER_HAS_TAKEN, GIVING, GIVEN };

struct keeper {
	const struct keeper_job *job;
	struct keeper_note *note;
	pid_t pid;
	bool cut;   /* the command was killed because the keeper had ended */
	int socket; /* our end; the keeper's own is `other` */
	int other;
};

/* ------------------------------------------------------------- the keeper */

static void mark(struct keeper_note *note, enum progress progress)
{
	__atomic_store_n(&note->progress, (int)progress, __ATOMIC_SEQ_CST);
}

/* Whoever comes first: the keeper, or its starter when the keeper is dead. */
static void give_back(const struct keeper *keeper)
{
	int taken = TAKEN;
	if (keeper->job->kind->give == NULL)
		return;
	if (!__atomic_compare_exchange_n(&keeper->note->progress, &taken, (int)GIVING,
	                                 false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	if (keeper->job->kind->give(keeper->job->thing) < 0)
		keeper->note->error = errno;
	mark(keeper->note, GIVEN);
}

static void close_range_of(unsigned first, unsigned last)
{
	enum { MOST = 65536 };
	/* Linux 5.9 */
	if (syscall(SYS_close_range, first, last, 0U) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < MOST; fd++)
		close((int)fd);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close all but these. */
static void close_others(int *fds, size_t count)
{
	unsigned next = 0;
	qsort(fds, count, sizeof *fds, by_number);
	for (size_t i = 0; i < count; i++) {
		if ((unsigned)fds[i] > next)
			close_range_of(next, (unsigned)fds[i] - 1);
		next = (unsigned)fds[i] + 1;
	}
	close_range_of(next, ~0U);
}

/* A keeper keeps no file, terminal or folder of others in use. */
static void let_go(const struct keeper *keeper)
{
	int fds[KEEPER_FDS_MAX + 1];
	size_t count = keeper->job->fd_count;
	if (count > 0)
		memcpy(fds, keeper->job->fds, count * sizeof *fds);
	fds[count] = keeper->other;
	prctl(PR_SET_NAME, keeper->job->kind->process);
	setsid();
	if (chdir("/") < 0)
		errno = 0; /* then it keeps that folder in use; no reason to fail */
	close_others(fds, count + 1);
}

/* TERM is the one signal it heeds: ours, or the kernel's when we are dead. */
static void heed_term(struct interrupt *interrupt, pid_t parent)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigaction(SIGTERM, &action, NULL);
	interrupt_begin(interrupt);
	sig_mask(SIG_SETMASK, sig_catchable() & ~sig_bit(SIGTERM));
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		kill(getpid(), SIGTERM);
}

/* The command's pidfd; -1 where its starter ended without handing one over. */
static int receive_pidfd(int socket)
{
	char byte;
	struct passed passed;
	return pass_receive(socket, &byte, 1, &passed, 0) == 1 ? passed.fd : -1;
}

/* To its starter: 0, or why not. */
static bool tell(int socket, int error)
{
	return send(socket, &error, sizeof error, MSG_NOSIGNAL) > 0;
}

/* Until the command has ended; where its starter ends, end it. */
static void watch(int pidfd, int socket)
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
static int hear_end(int socket)
{
	int wait_status;
	if (recv(socket, &wait_status, sizeof wait_status, 0) !=
	    (ssize_t)sizeof wait_status)
		return SIGKILL;
	return wait_status;
}

static _Noreturn void keep(const struct keeper *keeper, const struct deadline *deadline,
                           pid_t parent)
{
	struct interrupt interrupt;
	heed_term(&interrupt, parent);
	let_go(keeper);
	/* a first touch is a page fault: let it not come between taking and noting it */
	mark(keeper->note, NOT_TAKEN);
	int result = keeper->job->kind->take(keeper->job->thing, deadline, keeper->note);
	int error = result < 0 ? errno : 0;
	sig_mask(SIG_SETMASK, sig_catchable());
	bool heard = tell(keeper->other, error);
	if (result == 0) {
		const struct keeper_kind *kind = keeper->job->kind;
		int pidfd = heard ? receive_pidfd(keeper->other) : -1;
		int wait_status = STATUS_RUN_FAILED << 8;
		if (pidfd >= 0 && tell(keeper->other, 0)) {
			watch(pidfd, keeper->other);
			if (kind->ended != NULL)
				wait_status = hear_end(keeper->other);
		}
		if (kind->ended != NULL)
			kind->ended(keeper->job->thing, wait_status);
		give_back(keeper);
	}
	_exit(0);
}

/* -------------------------------------------------------------- its starter */

static enum status cannot(const char *what)
{
	return fail_with(STATUS_RUN_FAILED, "%s", what);
}

static enum status start_keeper(struct keeper *keeper, const struct deadline *deadline)
{
	int sockets[2];
	keeper->note = mmap(NULL, sizeof *keeper->note, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (keeper->note == MAP_FAILED)
		return cannot("cannot share memory with the keeper");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		enum status status = cannot("cannot speak to the keeper");
		munmap(keeper->note, sizeof *keeper->note);
		return status;
	}
	keeper->socket = sockets[0];
	keeper->other = sockets[1];
	pid_t parent = getpid();
	uint64_t mask;
	keeper->pid = unheard_fork(&mask);
	if (keeper->pid == 0)
		keep(keeper, deadline, parent);
	int error = errno;
	close(sockets[1]);
	if (keeper->pid > 0)
		return STATUS_DONE;
	close(sockets[0]);
	munmap(keeper->note, sizeof *keeper->note);
	errno = error;
	return cannot("cannot start the keeper");
}

/* It was killed: what it held is given in its place, or gone and so is the command. */
static enum status replace_keeper(struct keeper *keeper)
{
	const struct keeper_kind *kind = keeper->job->kind;
	if (kind->give == NULL)
		return keeper->cut
		           ? fail_as(STATUS_RUN_FAILED,
		                     "the keeper was killed, and the command with it")
		           : STATUS_DONE;
	give_back(keeper);
	kind->nudge(keeper->job->thing);
	return STATUS_DONE;
}

/* Its end is the command's, or what closing the socket asks for. */
static enum status end_keeper(struct keeper *keeper)
{
	const struct keeper_job *job = keeper->job;
	enum status status = STATUS_DONE;
	int wait_status;
	close(keeper->socket);
	unheard_reap(keeper->pid, &wait_status);
	if (WIFSIGNALED(wait_status))
		status = replace_keeper(keeper);
	errno = keeper->note->error;
	if (errno != 0)
		status = job->kind->failed(job->thing, keeper->note);
	munmap(keeper->note, sizeof *keeper->note);
	return status;
}

/* What the keeper says: that it has taken it, or why not. */
static enum status hear_keeper(const struct keeper *keeper)
{
	static const struct deadline for_ever;
	const struct keeper_job *job = keeper->job;
	struct pollfd ready = {.fd = keeper->socket, .events = POLLIN};
	int error;
	if (deadline_poll(&for_ever, &ready, 1) < 0) {
		kill(keeper->pid, SIGTERM);
		return status_before_command(fail("the keeper"));
	}
	if (recv(keeper->socket, &error, sizeof error, 0) != (ssize_t)sizeof error)
		return fail_as(STATUS_RUN_FAILED, "the keeper was killed");
	errno = error;
	if (errno != 0)
		return status_before_command(job->kind->failed(job->thing, keeper->note));
	if (job->kind->taken == NULL)
		return STATUS_DONE;
	return status_before_command(job->kind->taken(job->thing, keeper->note));
}

/* -------------------------------------------------------------- the command */

/* Between fork and exec the command waits until the pipe says go, or ends. */
struct gate {
	const struct keeper *keeper;
	pid_t parent;
	int ends[2];
	int socket; /* which only the starter may hold open */
};

static bool wait_at_gate(void *argument)
{
	const struct gate *gate = argument;
	char byte;
	const struct keeper_job *job = gate->keeper->job;
	close(gate->ends[1]);
	close(gate->socket);
	if (job->kind->prepare != NULL)
		job->kind->prepare(job->thing, gate->keeper->note);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != gate->parent)
		return false;
	ssize_t length = read(gate->ends[0], &byte, 1);
	if (length < 0)
		cannot("cannot wait for the start");
	close(gate->ends[0]);
	return length == 1;
}

/* -1 with errno; the keeper has it when it says so, not before. */
static int send_pidfd(int socket, pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0U);
	if (pidfd < 0)
		return -1;
	ssize_t sent = pass_send(socket, "", 1, pidfd, 0);
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
static enum status wait_for(struct keeper *keeper, struct child *child)
{
	struct crew_ended ended;
	struct pollfd ready[] = {{.fd = child->crew.fd, .events = POLLIN},
	                         {.fd = keeper->socket, .events = POLLIN}};
	if (keeper->job->kind->give != NULL)
		return child_wait(child);
	while (!crew_look(&child->crew, &ended)) {
		if (poll(ready, 2, -1) < 0 || ready[1].revents == 0)
			continue;
		crew_kill(&child->crew, SIGKILL);
		keeper->cut = true;
		ready[1].fd = -1;
		ready[1].revents = 0;
	}
	crew_end(&child->crew, 0);
	const struct keeper_job *job = keeper->job;
	if (job->kind->over != NULL)
		job->kind->over(job->thing);
	if (job->kind->ended != NULL)
		tell(keeper->socket, ended.wait_status);
	return child_status(ended.wait_status);
}

/* It is taken: start the command, and wait for its end. */
static enum status run_command(struct keeper *keeper, char **argv)
{
	struct gate gate = {
	    .keeper = keeper, .parent = getpid(), .socket = keeper->socket};
	struct child child;
	if (pipe2(gate.ends, O_CLOEXEC) < 0)
		return cannot("cannot make a pipe");
	enum status status = child_start(&child, argv, wait_at_gate, &gate);
	close(gate.ends[0]);
	if (status != STATUS_DONE) {
		close(gate.ends[1]);
		return status;
	}
	/* from here on signals go to the command; one before that ended it all */
	bool stay = interrupt_pending() != 0;
	if (!stay && send_pidfd(keeper->socket, child.pid) < 0) {
		status = cannot("cannot hand the command to the keeper");
		stay = true;
	}
	if (!stay && write(gate.ends[1], "", 1) < 0 && errno != EPIPE)
		status = cannot("cannot start the command");
	close(gate.ends[1]);
	enum status ended = wait_for(keeper, &child);
	return status != STATUS_DONE ? status : ended;
}

enum status keeper_run(const struct keeper_job *job, const struct deadline *deadline,
                       char **argv)
{
	struct keeper keeper = {.job = job};
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	enum status status = start_keeper(&keeper, deadline);
	if (status == STATUS_DONE) {
		status = hear_keeper(&keeper);
		if (status == STATUS_DONE)
			status = run_command(&keeper, argv);
		enum status given = end_keeper(&keeper);
		if (given != STATUS_DONE)
			status = STATUS_RUN_FAILED;
	}
	return interrupt_end(&interrupt, status);
}
