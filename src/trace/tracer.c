/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/error.h"
#include "process/helper.h"
#include "trace/tracer.h"
#include "trace/tracer_process.h"

enum status tracer_start(struct tracer *tracer, const struct tracer_options *options)
{
	int sockets[2], message;
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
	ssize_t length = recv(tracer->socket, &message, sizeof message, 0);
	if (length == sizeof message && message == STATUS_OK)
		return STATUS_OK;
	/* no message: it has been killed, or has reported that it cannot send one */
	enum status status =
	    length < 0 ? error_errno("cannot begin to trace") : STATUS_OK;
	tracer_signal(tracer, SIGTERM);
	enum status ended = tracer_wait(tracer);
	return status_first_failure(status, ended == STATUS_OK ? STATUS_FAILED : ended);
}

enum status tracer_add(const struct tracer *tracer, pid_t child)
{
	int message;
	if (send(tracer->socket, &child, sizeof child, MSG_NOSIGNAL) < 0)
		return error_errno_as(STATUS_RUN_ERROR, "cannot begin to trace");
	ssize_t length = recv(tracer->socket, &message, sizeof message, 0);
	if (length < 0)
		return error_errno_as(STATUS_RUN_ERROR, "cannot begin to trace");
	return length == sizeof message && message == STATUS_OK ? STATUS_OK
	                                                        : STATUS_RUN_ERROR;
}

void tracer_signal(const struct tracer *tracer, int signal)
{
	kill(tracer->pid, signal);
}

enum status tracer_wait(struct tracer *tracer)
{
	int wait_status;
	int result = helper_wait(tracer->pid, &wait_status);
	close(tracer->socket);
	if (result < 0)
		return error_errno_as(STATUS_FAILED, "cannot wait for the tracer");
	if (WIFSIGNALED(wait_status))
		return error_as(STATUS_FAILED, "the tracer was killed by signal %d",
		                WTERMSIG(wait_status));
	return (enum status)WEXITSTATUS(wait_status);
}
