/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ksig.h"
#include "base/procfs.h"
#include "base/termsig.h"
#include "base/value.h"
#include "io/error.h"
#include "process/helper.h"
#include "trace/memory.h"
#include "trace/system.h"
#include "trace/tracer_process.h"
#include "trace/tracer_stop.h"

/* ------------------------------------------------------------------- loop */

/* Until a tracee stops: SIGCHLD comes for that too. */
static void wait_for_stop(struct tracer_state *state)
{
	static const int64_t look_again = 50000000;
	uint64_t child = ksig_bit(SIGCHLD);
	int64_t left = deadline_left(&state->deadline);
	if (state->tracees.waiting > 0 && left > look_again)
		left = look_again;
	if (left == INT64_MAX)
		left = 3600000000000;
	struct timespec fallback,
	    *timeout = termsig_timeout(
	        (struct timespec){left / 1000000000, left % 1000000000}, &fallback);
	syscall(SYS_rt_sigtimedwait, &child, NULL, timeout, sizeof child);
	tracee_interrupt_waiting(&state->tracees);
}

static void trace_until_end(struct tracer_state *state)
{
	while (state->status == STATUS_OK) {
		if (tracer_stop_handle(state))
			continue;
		if (state->tracees.count == 0 || termsig_take(SIGTERM))
			return;
		if (termsig_take(SIGHUP))
			state->hurried = true;
		if (deadline_left(&state->deadline) <= 0) {
			state->status = STATUS_TIMED_OUT;
			return;
		}
		wait_for_stop(state);
	}
}

/* Calls that have not returned: what waits still. */
static void print_pending(struct tracer_state *state)
{
	enum status status = state->status;
	if (status != STATUS_OK && status != STATUS_TIMED_OUT)
		return;
	state->status = STATUS_OK;
	for (size_t i = 0; i < state->tracees.count; i++) {
		struct trace_decoded *decoded = &state->tracees.items[i].decoded;
		if (decoded->call == NULL)
			continue;
		decoded->event.outcome = TRACE_OUTCOME_PENDING;
		decoded->event.ended = deadline_clock();
		decoded->event.waited = decoded->event.flow != TRACE_FLOW_NONE;
		tracer_stop_print(state, &decoded->event);
	}
	if (state->options.output.summary && state->status == STATUS_OK)
		state->status =
		    trace_event_summary(&state->objects, state->options.output.json);
	state->status = status_first_failure(state->status, status);
}

/* ---------------------------------------------------------------- process */

static enum status report_not_traced(pid_t process, int error)
{
	char text[512];
	trace_memory_proc(text, sizeof text, process, "status");
	const char *tracer = procfs_find_field(text, "\nTracerPid:\t");
	uint64_t by = tracer != NULL ? value_strtoull(tracer, NULL, 10) : 0;
	if (error == EPERM && by != 0)
		return error_as(STATUS_FAILED, "process %d is traced by process %d",
		                (int)process, (int)by);
	errno = error;
	if (error == EPERM && procfs_sysctl("kernel/yama/ptrace_scope") > 0)
		return error_errno("process %d (see kernel.yama.ptrace_scope)",
		                   (int)process);
	return error_errno("process %d", (int)process);
}

static enum status seize_given(struct tracer_state *state)
{
	for (size_t i = 0; i < state->options.count; i++)
		if (tracee_seize_process(&state->tracees, state->options.processes[i]) <
		    0)
			return report_not_traced(state->options.processes[i], errno);
	return STATUS_OK;
}

/* 0 on the socket: it has begun. */
static enum status begin_tracing(struct tracer_state *state, struct trace_system *system,
                                 int socket)
{
	enum status status =
	    state->options.system ? trace_system_begin(system) : seize_given(state);
	int message = (int)status;
	if (send(socket, &message, sizeof message, MSG_NOSIGNAL) < 0)
		return error_errno("cannot begin to trace");
	if (message != STATUS_OK || !state->options.command)
		return status;
	pid_t child;
	/* without one the starter has given up, or it reports that no answer came; the
	   processes that were given besides are not traced on, which it would wait for */
	if (recv(socket, &child, sizeof child, 0) != sizeof child)
		_exit(STATUS_OK);
	if (tracee_seize_command(&state->tracees, child) < 0) {
		status = report_not_traced(child, errno);
		message = (int)status;
	}
	/* without an answer the starter waits until this process has ended */
	if (send(socket, &message, sizeof message, MSG_NOSIGNAL) < 0 &&
	    message == STATUS_OK)
		return error_errno_as(STATUS_RUN_ERROR, "cannot begin to trace");
	return (enum status)message;
}

/* TERM and HUP, which the starter sends, are not blocked: see tracer_signal(). */
static void catch_tracer_signals(struct termsig *termsig, pid_t starter)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	ksig_action(SIGTERM, &standard, NULL);
	ksig_action(SIGHUP, &standard, NULL);
	ksig_action(SIGCHLD, &standard, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	termsig_begin(termsig);
	ksig_procmask(SIG_SETMASK,
	              ksig_catchable() & ~ksig_bit(SIGTERM) & ~ksig_bit(SIGHUP));
	if (getppid() != starter)
		_exit(STATUS_FAILED);
}

_Noreturn void tracer_process_main(const struct tracer_options *options, int socket,
                                   pid_t starter)
{
	struct termsig termsig;
	struct tracer_state state = {.options = *options};
	struct trace_system system;
	int fds[] = {STDOUT_FILENO, STDERR_FILENO, socket};
	trace_objects_begin(&state.objects);
	if (options->output_fd >= 0)
		dup2(options->output_fd, STDOUT_FILENO);
	helper_detach("ipctrace-tracer", fds, sizeof fds / sizeof *fds);
	catch_tracer_signals(&termsig, starter);
	state.options.output.start = deadline_clock();
	state.status = begin_tracing(&state, &system, socket);
	if (state.status == STATUS_OK) {
		state.deadline = deadline_start(options->timeout);
		if (options->system)
			trace_system_run(&system, &state);
		else
			trace_until_end(&state);
		print_pending(&state);
		if (options->system)
			trace_system_end(&system);
	}
	/* no PTRACE_DETACH, for which each would have to be stopped: the end suffices */
	_exit((int)state.status);
}
