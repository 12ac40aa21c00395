/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/termsig.h"
#include "process/fdpass.h"
#include "process/helper.h"
#include "process/keeper_process.h"

/* ------------------------------------------------------------------ phase */

enum keeper_phase { NOT_ACQUIRED, ACQUIRED = KEEPER_ACQUIRED, RELEASING, RELEASED };

static void set_phase(struct keeper_note *note, enum keeper_phase phase)
{
	__atomic_store_n(&note->phase, (int)phase, __ATOMIC_SEQ_CST);
}

bool keeper_process_release(const struct keeper_job *job, struct keeper_note *note)
{
	int phase = ACQUIRED;
	if (job->kind->release == NULL)
		return true;
	if (!__atomic_compare_exchange_n(&note->phase, &phase, (int)RELEASING, false,
	                                 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return phase != RELEASING;
	if (job->kind->release(job->object) < 0)
		note->error = errno;
	set_phase(note, RELEASED);
	return true;
}

/* ----------------------------------------------------------------- detach */

/* Keep no other file, terminal or directory in use. */
static void detach_keeper(const struct keeper_process *keeper)
{
	int fds[KEEPER_FDS_MAX + 1];
	size_t count = keeper->job->fd_count;
	if (keeper->job->shares_fds) {
		helper_leave(keeper->job->kind->process);
		return;
	}
	if (count > 0)
		memcpy(fds, keeper->job->fds, count * sizeof *fds);
	fds[count] = keeper->socket;
	helper_detach(keeper->job->kind->process, fds, count + 1);
}

/* ---------------------------------------------------------------- command */

bool keeper_process_send(int socket, int value)
{
	return send(socket, &value, sizeof value, MSG_NOSIGNAL) > 0;
}

/*
 * The other end stays open after its process if both use one table of descriptors: 0 when
 * the socket is readable, -1 with errno EPIPE when the process has ended before.
 */
static int wait_for_message(int socket, int end)
{
	struct pollfd ready[] = {{.fd = socket, .events = POLLIN},
	                         {.fd = end, .events = POLLIN}};
	while (end >= 0 && poll(ready, 2, -1) < 0)
		if (errno != EINTR)
			return -1;
	errno = EPIPE;
	return end < 0 || ready[0].revents != 0 ? 0 : -1;
}

int keeper_process_receive(int socket, int end, int *value)
{
	if (wait_for_message(socket, end) < 0)
		return -1;
	ssize_t length = recv(socket, value, sizeof *value, 0);
	if (length >= 0 && length != (ssize_t)sizeof *value)
		errno = EPIPE;
	return length == (ssize_t)sizeof *value ? 0 : -1;
}

/* The command's pidfd; -1 if the starter ended without sending one. */
static int receive_pidfd(const struct keeper_process *keeper)
{
	int number;
	struct fdpass_ancillary ancillary;
	bool shares = keeper->job->shares_fds;
	size_t size = shares ? sizeof number : 1;
	if (wait_for_message(keeper->socket, shares ? keeper->end : -1) < 0 ||
	    fdpass_receive(keeper->socket, &number, size, &ancillary, 0) != (ssize_t)size)
		return -1;
	return shares ? number : ancillary.fd;
}

/* Until the command has ended; if the starter ends first, kill the command. */
static void wait_for_command(int pidfd, int starter)
{
	struct pollfd ends[] = {{.fd = pidfd, .events = POLLIN},
	                        {.fd = starter, .events = POLLIN}};
	while (!(ends[0].revents & POLLIN)) {
		if (poll(ends, 2, -1) < 0 || ends[1].revents == 0)
			continue;
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0U);
		ends[1].fd = -1;
		ends[1].revents = 0;
	}
}

/* The status of a command that has ended; SIGKILL if the starter ended before it. */
static int await_status(const struct keeper_process *keeper)
{
	struct pollfd end = {.fd = keeper->socket, .events = POLLIN};
	while (poll(&end, 1, -1) < 0)
		continue;
	return keeper->note->wait_status;
}

/* `starter_knows` that the object is acquired. */
static void keep_during_command(const struct keeper_process *keeper, bool starter_knows)
{
	const struct keeper_kind *kind = keeper->job->kind;
	int pidfd = starter_knows ? receive_pidfd(keeper) : -1;
	int wait_status = STATUS_RUN_ERROR << 8;
	if (pidfd >= 0 && keeper_process_send(keeper->socket, 0)) {
		wait_for_command(pidfd, keeper->end);
		if (kind->before_exit != NULL)
			wait_status = await_status(keeper);
	}
	if (kind->before_exit != NULL &&
	    kind->before_exit(keeper->job->object, wait_status, keeper->note) < 0)
		keeper->note->error = errno;
}

_Noreturn void keeper_process_main(const struct keeper_process *keeper,
                                   const struct deadline *deadline)
{
	struct termsig termsig;
	helper_catch_sigterm(&termsig, keeper->starter);
	detach_keeper(keeper);
	/* the first access is a page fault: not between acquiring and noting it */
	set_phase(keeper->note, NOT_ACQUIRED);
	int result =
	    keeper->job->kind->acquire(keeper->job->object, deadline, keeper->note);
	int error = result < 0 ? errno : 0;
	ksig_procmask(SIG_SETMASK, ksig_catchable());
	bool sent = keeper_process_send(keeper->socket, error);
	if (result == 0) {
		keep_during_command(keeper, sent);
		keeper_process_release(keeper->job, keeper->note);
	}
	_exit(0);
}
