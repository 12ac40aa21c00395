/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include "base/deadline.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "process/child.h"
#include "process/gate.h"
#include "trace/session.h"

struct session {
	struct tracer tracer;
	struct children children;
	struct gate gate;
	pid_t command;
};

/* In the command's process, before exec(2): it may be traced by no relative (Yama). */
static bool wait_for_tracer(void *argument)
{
	const struct session *session = argument;
	prctl(PR_SET_PTRACER, session->tracer.pid);
	return gate_wait(&session->gate);
}

/* The command gets the signal too, and may have to be let go first. */
static bool hurry_tracer(void *argument, const struct signalfd_siginfo *info)
{
	const struct session *session = argument;
	if (ksig_bit((int)info->ssi_signo) & termsig_set())
		tracer_signal(&session->tracer, SIGHUP);
	return false;
}

static enum status start_traced_command(struct session *session, char **command)
{
	enum status status = gate_create(&session->gate);
	if (status != STATUS_OK)
		return status;
	pid_t pid = children_start(&session->children, command, wait_for_tracer, session);
	status = pid < 0 ? STATUS_RUN_ERROR : tracer_add(&session->tracer, pid);
	if (status == STATUS_OK)
		status = gate_open(&session->gate, 1);
	gate_close(&session->gate);
	return status;
}

static enum status trace_command(struct session *session, char **command)
{
	struct children_exit ended = {0};
	struct children_hooks hooks = {.intercept = hurry_tracer, .argument = session};
	enum status status =
	    children_begin_with_hooks(&session->children, &session->command, 1, &hooks);
	if (status != STATUS_OK)
		return status;
	status = start_traced_command(session, command);
	while (children_wait(&session->children, &ended))
		;
	children_end(&session->children, 0);
	return status == STATUS_OK ? child_adopt_status(ended.wait_status) : status;
}

/* Until the tracer has nothing left to trace, or a termination signal. */
static enum status trace_processes(struct tracer *tracer)
{
	struct termsig termsig;
	termsig_begin(&termsig);
	enum status status = STATUS_OK;
	if (deadline_poll_fd(&DEADLINE_NEVER, tracer->socket, POLLIN, -1) < 0) {
		status = error_errno("poll");
		tracer_signal(tracer, SIGTERM);
	}
	enum status traced = tracer_wait(tracer);
	return termsig_end(&termsig, status_first_failure(status, traced));
}

enum status trace_session(struct tracer_options *options, char **command)
{
	struct session session = {.command = 0};
	options->command = command != NULL;
	enum status status = tracer_start(&session.tracer, options);
	if (command == NULL)
		return status == STATUS_OK ? trace_processes(&session.tracer) : status;
	if (status != STATUS_OK)
		return status_before_command(status);
	status = trace_command(&session, command);
	tracer_signal(&session.tracer, SIGTERM);
	enum status traced = tracer_wait(&session.tracer);
	if (traced == STATUS_TIMED_OUT)
		traced = STATUS_OK;
	return status_first_failure(status, status_before_command(traced));
}
