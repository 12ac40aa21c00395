/* SPDX-License-Identifier: MIT */
#include "trace/system.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs.h"
#include "base/termsig.h"
#include "io/error.h"
#include "signal/signame.h"
#include "trace/tracefs_line.h"

/* ------------------------------------------------------------------ begin */

/* Calls of which a line of events says enough, and that no program makes all the time. */
static bool is_system_call(const struct trace_call *call)
{
	return call->number != TRACE_CALL_NONE &&
	       (call->subject == TRACE_SUBJECT_QUEUE_NAME ||
	        call->subject == TRACE_SUBJECT_QUEUE ||
	        call->subject == TRACE_SUBJECT_ID || call->subject == TRACE_SUBJECT_KEY ||
	        call->detail == TRACE_DETAIL_FLOCK);
}

/* SIGCHLD of the kernel is not what processes send to each other. */
static int enable_system_events(const struct tracefs *tracefs)
{
	char text[4096] = "";
	const struct trace_call *call;
	for (size_t i = 0; (call = trace_call_at(i)) != NULL; i++) {
		size_t length = strlen(text);
		const char *name = trace_call_name(call);
		if (is_system_call(call))
			snprintf(text + length, sizeof text - length,
			         "syscalls:sys_enter_%s syscalls:sys_exit_%s ", name,
			         name);
	}
	if (tracefs_write(tracefs, "trace_clock", "mono") < 0 ||
	    tracefs_write(tracefs, "events/signal/signal_generate/filter",
	                  "sig != 17 || code <= 0") < 0 ||
	    tracefs_write(tracefs, "set_event", text) < 0)
		return -1;
	return tracefs_write(tracefs, "events/signal/signal_generate/enable", "1");
}

/* PROC_PID_INIT_INO: the inode of the initial namespace is always the same. */
static bool is_initial_pid_namespace(void)
{
	char link[40];
	ssize_t length = readlink("/proc/self/ns/pid", link, sizeof link - 1);
	link[length > 0 ? length : 0] = '\0';
	return strcmp(link, "pid:[4026531836]") == 0;
}

enum status trace_system_begin(struct trace_system *system)
{
	*system = (struct trace_system){.own_pids = is_initial_pid_namespace()};
	if (tracefs_begin(&system->tracefs) < 0)
		return errno == EPERM || errno == EACCES
		           ? error_as(STATUS_FAILED,
		                      "all processes can be traced with CAP_SYS_ADMIN "
		                      "only; give a COMMAND or --pid")
		           : error_errno("tracefs");
	if (enable_system_events(&system->tracefs) == 0)
		return STATUS_OK;
	enum status status =
	    errno == ENOENT || errno == EINVAL
	        ? error_as(STATUS_FAILED,
	                   "tracefs: this kernel does not trace system calls "
	                   "(CONFIG_FTRACE_SYSCALLS)")
	        : error_errno("tracefs");
	tracefs_end(&system->tracefs);
	return status;
}

void trace_system_end(struct trace_system *system)
{
	tracefs_end(&system->tracefs);
	if (system->lost > 0)
		error_as(STATUS_OK, "%lld events were lost", (long long)system->lost);
}

/* ------------------------------------------------------------------ lines */

/* The process has ended, so a name is not known: "PID:FD", as efd takes it. */
static void name_by_descriptor(struct trace_decoded *decoded,
                               struct trace_objects *objects)
{
	char name[32];
	snprintf(name, sizeof name, "%d:%d", (int)decoded->event.pid,
	         (int)decoded->args[0]);
	decoded->event.object =
	    trace_object_find(objects, (enum trace_kind)decoded->call->kind, name, name);
}

static void begin_system_call(const struct trace_system *system,
                              struct tracer_state *state, const struct tracefs_line *line)
{
	const struct trace_call *call = trace_call_named(line->call, line->call_length);
	struct tracee *tracee = call == NULL
	                            ? NULL
	                            : tracee_add(&state->tracees, line->thread,
	                                         system->own_pids ? 0 : line->thread);
	if (tracee == NULL)
		return;
	struct trace_decoded *decoded = &tracee->decoded;
	decoded->call = call;
	decoded->event.pid = tracee->process;
	decoded->event.thread = system->own_pids ? line->thread : -1;
	decoded->event.began = line->time;
	memcpy(decoded->args, line->args, sizeof decoded->args);
	trace_decode_begin(decoded, &state->objects);
	if (decoded->call == NULL) {
		decoded->call = call;
		if (call->subject != TRACE_SUBJECT_QUEUE_NAME)
			name_by_descriptor(decoded, &state->objects);
	}
	memcpy(decoded->event.command, line->command, sizeof decoded->event.command);
	trace_event_begin(&decoded->event, &state->objects);
}

static void end_system_call(struct tracer_state *state, const struct tracefs_line *line)
{
	struct tracee *tracee = tracee_find(&state->tracees, line->thread);
	if (tracee == NULL)
		return;
	struct trace_event *event = &tracee->decoded.event;
	event->result = line->result;
	event->ended = line->time;
	trace_decode_end(&tracee->decoded, &state->objects);
	event->waited = event->flow != TRACE_FLOW_NONE &&
	                event->ended - event->began >= TRACE_WAIT_MIN;
	event->thread = line->thread;
	tracer_stop_print(state, event);
	tracee_remove(&state->tracees, line->thread);
}

/* TRACE_SIGNAL_DELIVERED and the others of the kernel. */
static const char *fate_text(int fate)
{
	static const char *const texts[] = {"delivered", "ignored", "already pending",
	                                    "lost: the queue is full",
	                                    "delivered without its value"};
	return fate >= 0 && fate < (int)(sizeof texts / sizeof *texts) ? texts[fate] : "";
}

static void show_system_signal(struct tracer_state *state,
                               const struct tracefs_line *line)
{
	struct signame name;
	struct trace_event event = {.call = "signal",
	                            .object = TRACE_OBJECT_NONE,
	                            .flow = TRACE_FLOW_NONE,
	                            .outcome = TRACE_OUTCOME_SIGNAL,
	                            .pid = line->target,
	                            .thread = line->target,
	                            .began = line->time,
	                            .ended = line->time,
	                            .size = TRACE_EVENT_NONE,
	                            .priority = TRACE_EVENT_NONE,
	                            .value = TRACE_EVENT_NONE};
	memcpy(event.command, line->target_command, sizeof event.command);
	trace_event_add(&event, "%s %s", signame_format(line->signal, &name),
	                fate_text(line->fate));
	/* a timer fires in any process; the kernel sends signals in any, too */
	if (line->code <= SI_USER && line->code != SI_TIMER) {
		event.by.pid = line->thread;
		memcpy(event.by.command, line->command, sizeof event.by.command);
	} else {
		trace_event_add(&event, "from the kernel");
	}
	tracer_stop_print(state, &event);
}

static void handle_system_line(struct trace_system *system, struct tracer_state *state,
                               const char *text)
{
	struct tracefs_line line;
	if (!tracefs_line_parse(&line, text))
		return;
	switch (line.kind) {
	case TRACEFS_LINE_BEGIN: begin_system_call(system, state, &line); break;
	case TRACEFS_LINE_END: end_system_call(state, &line); break;
	case TRACEFS_LINE_SIGNAL: show_system_signal(state, &line); break;
	case TRACEFS_LINE_LOST: system->lost += line.result; break;
	}
}

/* ------------------------------------------------------------------- read */

/* A line without an end that is as long as the buffer is dropped. */
static void handle_system_lines(struct trace_system *system, struct tracer_state *state)
{
	char *rest = system->text, *end;
	system->text[system->length] = '\0';
	while ((end = strchr(rest, '\n')) != NULL && state->status == STATUS_OK) {
		*end = '\0';
		handle_system_line(system, state, rest);
		rest = end + 1;
	}
	system->length -= (size_t)(rest - system->text);
	memmove(system->text, rest, system->length);
	if (system->length == sizeof system->text - 1)
		system->length = 0;
}

/* Events may come faster than they are read: the deadline is looked at all the same. */
static void read_system_lines(struct trace_system *system, struct tracer_state *state)
{
	ssize_t length = read(system->tracefs.pipe, system->text + system->length,
	                      sizeof system->text - 1 - system->length);
	if (length > 0) {
		system->length += (size_t)length;
		handle_system_lines(system, state);
	} else if (length < 0 && errno != EAGAIN && errno != EINTR) {
		state->status = error_errno("tracefs");
	} else if (deadline_poll_fd(&state->deadline, system->tracefs.pipe, POLLIN, -1) <
	               0 &&
	           errno != EINTR && errno != ETIMEDOUT && errno != EAGAIN) {
		state->status = error_errno("tracefs");
	}
}

void trace_system_run(struct trace_system *system, struct tracer_state *state)
{
	while (state->status == STATUS_OK && !termsig_take(SIGTERM)) {
		state->hurried |= termsig_take(SIGHUP);
		if (deadline_left(&state->deadline) <= 0)
			state->status = STATUS_TIMED_OUT;
		else
			read_system_lines(system, state);
	}
}
