/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/error.h"
#include "process/helper.h"
#include "trace/tracer.h"
#include "trace/tracer_process.h"

/* The status that the tracer sends. If it sends none, the cause follows from its end. */
static enum status recv_status(struct tracer *tracer)
{
	int message;
	ssize_t length = recv(tracer->socket, &message, sizeof message, 0);
	if (length == sizeof message)
		return (enum status)message;
	tracer->error = length < 0 ? errno : ECONNRESET;
	return STATUS_FAILED;
}

enum status tracer_start(struct tracer *tracer, const struct tracer_options *options)
{
	int sockets[2];
	uint64_t mask;
	pid_t starter = getpid();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return error_errno("socketpair");
	tracer->pid = helper_fork(&mask);
	if (tracer->pid == 0)
		tracer_process_main(options, sockets[1], starter);
	fd_close_keep_errno(sockets[1]);
	if (tracer->pid < 0) {
		fd_close_keep_errno(sockets[0]);
		return error_errno_as(STATUS_FAILED, "cannot start the tracer");
	}
	tracer->socket = sockets[0];
	tracer->error = 0;
	if (recv_status(tracer) == STATUS_OK)
		return STATUS_OK;
	tracer_signal(tracer, SIGTERM);
	enum status ended = tracer_wait(tracer);
	return ended == STATUS_OK ? STATUS_FAILED : ended;
}

enum status tracer_add(struct tracer *tracer, pid_t child)
{
	if (send(tracer->socket, &child, sizeof child, MSG_NOSIGNAL) < 0) {
		tracer->error = errno;
		return STATUS_RUN_ERROR;
	}
	return recv_status(tracer) == STATUS_OK ? STATUS_OK : STATUS_RUN_ERROR;
}

void tracer_signal(const struct tracer *tracer, int signal)
{
	kill(tracer->pid, signal);
}

enum status tracer_wait(struct tracer *tracer)
{
	int wait_status;
	shutdown(tracer->socket, SHUT_WR);
	int result = helper_wait(tracer->pid, &wait_status);
	close(tracer->socket);
	if (result < 0)
		return error_errno_as(STATUS_FAILED, "cannot wait for the tracer");
	if (WIFSIGNALED(wait_status))
		return error_as(STATUS_FAILED, "the tracer was killed by signal %d",
		                WTERMSIG(wait_status));
	/* with another status it has reported why */
	if (tracer->error != 0 && WEXITSTATUS(wait_status) == STATUS_OK) {
		errno = tracer->error;
		return error_errno("cannot begin to trace");
	}
	return (enum status)WEXITSTATUS(wait_status);
}
