/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/output.h"
#include "process/child.h"
#include "process/gate.h"
#include "signal/child_event.h"
#include "signal/child_watch.h"

/* Lines wait here while the output blocks; later changes stay in the kernel. */
enum { LINES_BYTES = 4 * CHILD_EVENT_LINE_BYTES };

struct child_watch {
	bool json;
	pid_t pid, pid_slot; /* of the command; the slot of its pid in children */
	struct children children;
	struct children_hooks hooks;
	struct gate gate;
	bool stopped; /* as the lines say */
	bool exited;
	int wait_status;        /* if exited */
	int termination_signal; /* that came while the output blocked, or 0 */
	enum status status;     /* of the output */
	size_t length;
	char lines[LINES_BYTES];
};

/* ------------------------------------------------------------------ lines */

static bool has_room_for_events(const struct child_watch *w, size_t count)
{
	return sizeof w->lines - w->length >= count * CHILD_EVENT_LINE_BYTES;
}

static void add_event_line(struct child_watch *w, const struct child_event *event)
{
	w->length += (size_t)child_event_format(w->lines + w->length, event, w->json);
}

static void add_event(struct child_watch *w, enum child_event_kind kind, int number)
{
	add_event_line(
	    w, &(struct child_event){.kind = kind, .pid = w->pid, .number = number});
}

/*
 * Only SIGKILL ends a stopped process: after any other end it was continued, for too
 * short a time to be seen.
 */
static void add_end(struct child_watch *w)
{
	bool killed = WIFSIGNALED(w->wait_status) && WTERMSIG(w->wait_status) == SIGKILL;
	if (w->stopped && !killed)
		add_event(w, CHILD_EVENT_CONTINUED, 0);
	struct child_event end = child_event_of_end(w->pid, w->wait_status);
	add_event_line(w, &end);
}

/*
 * WNOWAIT leaves a stop to be reported again, since children_poll() has to see it too: so
 * each stop is told from the last by `stopped`.
 */
static void check_stop_or_continuation(void *argument)
{
	struct child_watch *w = argument;
	siginfo_t info = {.si_pid = 0};
	/* a continuation, a stop, and room for the end */
	if (w->exited || !has_room_for_events(w, 3))
		return;
	if (waitid(P_PID, (id_t)w->pid, &info, WCONTINUED | WNOHANG) == 0 &&
	    info.si_pid != 0 && w->stopped) {
		add_event(w, CHILD_EVENT_CONTINUED, 0);
		w->stopped = false;
	}
	info.si_pid = 0;
	if (!w->stopped &&
	    waitid(P_PID, (id_t)w->pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid != 0) {
		add_event(w, CHILD_EVENT_STOPPED, info.si_status);
		w->stopped = true;
	}
}

/* ----------------------------------------------------------------- output */

/* A pipe that poll(2) reports as writable takes PIPE_BUF bytes without blocking. */
_Static_assert(LINES_BYTES <= PIPE_BUF, "the lines are written at once");

static void write_lines(struct child_watch *w)
{
	size_t length = w->length;
	w->length = 0;
	w->status = status_first_failure(w->status, output_write(w->lines, length));
}

static void poll_child(struct child_watch *w)
{
	struct children_exit ended;
	if (!children_poll(&w->children, &ended))
		return;
	w->exited = true;
	w->wait_status = ended.wait_status;
}

/*
 * Write the lines. Termination signals are blocked and could not interrupt a write, so
 * wait for the output or for such a signal first.
 */
static void flush_lines(struct child_watch *w)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	                       {.fd = w->children.fd, .events = POLLIN}};
	uint64_t before = w->children.received;
	if (output_is_variable()) {
		write_lines(w);
		return;
	}
	w->children.received = 0;
	while (w->length > 0 && w->termination_signal == 0 &&
	       (poll(fds, 2, -1) < 0 || fds[0].revents == 0)) {
		poll_child(w);
		w->termination_signal = children_termination_signal(&w->children);
	}
	w->children.received |= before;
	if (w->termination_signal != 0)
		w->status = (enum status)(STATUS_SIGNAL + w->termination_signal);
	else if (w->length > 0)
		write_lines(w);
}

/* Before this process stops; lines that the output does not take now come later. */
static void print_before_stop(void *argument)
{
	struct child_watch *w = argument;
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
	check_stop_or_continuation(w);
	if (w->length > 0 && (output_is_variable() || poll(&output, 1, 0) > 0))
		write_lines(w);
}

/* ---------------------------------------------------------------- command */

/* In the child. */
static bool wait_for_start_line(void *argument)
{
	const struct child_watch *w = argument;
	return gate_wait(&w->gate);
}

/* STATUS_OK: the child waits at the gate. Otherwise none was started. */
static enum status fork_child(struct child_watch *w, char **argv)
{
	enum status status = gate_create(&w->gate);
	if (status != STATUS_OK)
		return status;
	w->hooks =
	    (struct children_hooks){.before_stop = print_before_stop, .argument = w};
	status = children_begin_with_hooks(&w->children, &w->pid_slot, 1, &w->hooks);
	if (status == STATUS_OK) {
		w->pid = children_start(&w->children, argv, wait_for_start_line, w);
		if (w->pid > 0)
			return STATUS_OK;
		children_end(&w->children, 0);
		status = STATUS_RUN_ERROR;
	}
	gate_close(&w->gate);
	return status;
}

/* Print the start before the command can write anything; false: it is not executed. */
static bool start_command(struct child_watch *w)
{
	add_event(w, CHILD_EVENT_STARTED, 0);
	flush_lines(w);
	if (w->status == STATUS_OK)
		w->status = gate_open(&w->gate, 1);
	gate_close(&w->gate);
	return w->status == STATUS_OK;
}

static void print_until_exit(struct child_watch *w)
{
	for (;;) {
		poll_child(w);
		if (w->exited)
			return;
		check_stop_or_continuation(w);
		if (output_is_variable())
			write_lines(w);
		struct pollfd fds[] = {
		    {.fd = w->children.fd, .events = POLLIN},
		    {.fd = w->length > 0 ? STDOUT_FILENO : -1, .events = POLLOUT}};
		if (poll(fds, 2, -1) > 0 && fds[1].revents != 0)
			write_lines(w);
	}
}

enum status child_watch_run(char **argv, bool json)
{
	struct child_watch w = {.json = json};
	enum status status = fork_child(&w, argv);
	if (status != STATUS_OK)
		return status_before_command(status);
	bool started = start_command(&w);
	print_until_exit(&w);
	if (started) {
		add_end(&w);
		flush_lines(&w);
	}
	children_end(&w.children, w.termination_signal);
	status = status_before_command(w.status);
	return started && w.termination_signal == 0
	           ? status_first_failure(child_adopt_status(w.wait_status), status)
	           : status;
}
