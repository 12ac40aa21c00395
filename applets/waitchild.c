/*
 * waitchild - run a command and tell how its process ends
 *
 * What a program does with fork(2) and waitpid(2), to be looked at: its stops and
 * continuations too.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applet.h"
#include "io/error.h"
#include "io/output.h"
#include "process/children.h"
#include "signal/signame.h"

struct waitchild {
	bool json;
};

static const struct option_row options[] = {
    JSON(waitchild, json, 0),
    END_OF_OPTIONS,
};

/* Several lines wait in it while the output blocks; the kernel keeps what comes then. */
enum { LINE_BYTES = 128, LINES_BYTES = 4 * LINE_BYTES };

struct waitchild_state {
	bool json;
	pid_t pid, pid_slot; /* of the command; the crew's own */
	struct children children;
	struct children_hooks hooks;
	int start_gate[2]; /* the command begins when a byte comes through this pipe */
	bool stopped;      /* so it was told */
	bool exited;
	int wait_status;        /* when it is over */
	int termination_signal; /* the signal to end by, while the output blocked */
	enum status status;
	size_t length;
	char lines[LINES_BYTES];
};

/* ------------------------------------------------------------------ lines */

__attribute__((format(printf, 2, 3))) static void
waitchild_printf(struct waitchild_state *w, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(w->lines + w->length, sizeof w->lines - w->length, format,
	                       arguments);
	va_end(arguments);
	w->length += (size_t)length;
}

static void waitchild_add_start(struct waitchild_state *w)
{
	if (w->json)
		waitchild_printf(w, "{\"event\":\"started\",\"pid\":%d}\n", w->pid);
	else
		waitchild_printf(w, "Forking a child: %d\n", w->pid);
}

static void waitchild_add_exit(struct waitchild_state *w, int status)
{
	if (w->json)
		waitchild_printf(w, "{\"event\":\"exited\",\"pid\":%d,\"status\":%d}\n",
		                 w->pid, status);
	else
		waitchild_printf(w, "Exit status: %d\n", status);
}

static void waitchild_add_death(struct waitchild_state *w, int signal, bool core)
{
	struct signame name;
	char text[32];
	if (w->json)
		waitchild_printf(
		    w,
		    "{\"event\":\"killed\",\"pid\":%d,\"signal\":%d,\"name\":\"%s\","
		    "\"core\":%s}\n",
		    w->pid, signal, signame_format(signal, &name),
		    core ? "true" : "false");
	else
		waitchild_printf(w, "Terminated: %s%s\n",
		                 signame_description(signal, text),
		                 core ? " (core dumped)" : "");
}

static void waitchild_add_continuation(struct waitchild_state *w)
{
	if (w->json)
		waitchild_printf(w, "{\"event\":\"continued\",\"pid\":%d}\n", w->pid);
	else
		waitchild_printf(w, "Continued\n");
}

/* Of what is stopped only KILL makes an end: otherwise it went on, too short to be seen.
 */
static void waitchild_add_end(struct waitchild_state *w, int wait_status)
{
	bool killed = WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;
	if (w->stopped && !killed)
		waitchild_add_continuation(w);
	if (WIFSIGNALED(wait_status))
		waitchild_add_death(w, WTERMSIG(wait_status), WCOREDUMP(wait_status));
	else
		waitchild_add_exit(w, WEXITSTATUS(wait_status));
}

static void waitchild_add_stop(struct waitchild_state *w, int signal)
{
	struct signame name;
	char text[32];
	if (w->json)
		waitchild_printf(
		    w,
		    "{\"event\":\"stopped\",\"pid\":%d,\"signal\":%d,\"name\":\"%s\"}\n",
		    w->pid, signal, signame_format(signal, &name));
	else
		waitchild_printf(w, "Stopped: %s\n", signame_description(signal, text));
}

/* waitid(2) tells of a stop as long as it lasts, since process/children.c has to know it
 * too. */
static void waitchild_check_changes(void *argument)
{
	struct waitchild_state *w = argument;
	siginfo_t info = {.si_pid = 0};
	if (w->exited || sizeof w->lines - w->length < (size_t)3 * LINE_BYTES)
		return;
	if (waitid(P_PID, (id_t)w->pid, &info, WCONTINUED | WNOHANG) == 0 &&
	    info.si_pid != 0 && w->stopped) {
		waitchild_add_continuation(w);
		w->stopped = false;
	}
	info.si_pid = 0;
	if (!w->stopped &&
	    waitid(P_PID, (id_t)w->pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid != 0) {
		waitchild_add_stop(w, info.si_status);
		w->stopped = true;
	}
}

/* ----------------------------------------------------------------- output */

/* What a pipe that poll(2) calls writable takes without blocking. */
_Static_assert(LINES_BYTES <= PIPE_BUF, "the lines are written at once");

static void waitchild_write_lines(struct waitchild_state *w)
{
	size_t length = w->length;
	w->length = 0;
	w->status = status_first_failure(w->status, output_write(w->lines, length));
}

static void waitchild_poll(struct waitchild_state *w)
{
	struct children_exit ended;
	if (!children_poll(&w->children, &ended))
		return;
	w->exited = true;
	w->wait_status = ended.wait_status;
}

/*
 * Write what there is to write. The signals that would end a blocked write are blocked
 * themselves, so never begin one that blocks: one that asks to end now does so.
 */
static void waitchild_flush(struct waitchild_state *w)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	                       {.fd = w->children.fd, .events = POLLIN}};
	uint64_t seen = w->children.received;
	w->children.received = 0;
	while (w->length > 0 && w->termination_signal == 0 &&
	       (poll(fds, 2, -1) < 0 || fds[0].revents == 0)) {
		waitchild_poll(w);
		w->termination_signal = children_termination_signal(&w->children);
	}
	w->children.received |= seen;
	if (w->termination_signal != 0)
		w->status = (enum status)(STATUS_SIGNAL + w->termination_signal);
	else if (w->length > 0)
		waitchild_write_lines(w);
}

/* Before we stop ourselves; what the output does not take at once comes later. */
static void waitchild_report_stop(void *argument)
{
	struct waitchild_state *w = argument;
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
	waitchild_check_changes(w);
	if (w->length > 0 && poll(&output, 1, 0) > 0)
		waitchild_write_lines(w);
}

/* ------------------------------------------------------------------- wait */

/* In the child: end of file where the start could not be told. */
static bool waitchild_wait_for_start(void *argument)
{
	const struct waitchild_state *w = argument;
	char byte;
	close(w->start_gate[1]);
	return read(w->start_gate[0], &byte, 1) == 1;
}

/* Nothing is started, or the child waits for its start. */
static enum status waitchild_fork(struct waitchild_state *w, char **argv)
{
	if (pipe2(w->start_gate, O_CLOEXEC) < 0)
		return error_errno("pipe");
	w->hooks =
	    (struct children_hooks){.before_stop = waitchild_report_stop, .argument = w};
	enum status status =
	    children_begin_with_hooks(&w->children, &w->pid_slot, 1, &w->hooks);
	if (status == STATUS_OK) {
		w->pid = children_start(&w->children, argv, waitchild_wait_for_start, w);
		if (w->pid < 0) {
			children_end(&w->children, 0);
			status = STATUS_RUN_ERROR;
		}
	}
	close(w->start_gate[0]);
	if (status != STATUS_OK)
		close(w->start_gate[1]);
	return status;
}

/* Nothing that the command writes can come before the line that tells of its start. */
static bool waitchild_release(struct waitchild_state *w)
{
	waitchild_add_start(w);
	waitchild_flush(w);
	if (w->status == STATUS_OK)
		output_write_to(w->start_gate[1], "pipe", "", 1);
	close(w->start_gate[1]);
	return w->status == STATUS_OK;
}

static void waitchild_wait_for_end(struct waitchild_state *w)
{
	for (;;) {
		waitchild_poll(w);
		if (w->exited)
			return;
		waitchild_check_changes(w);
		struct pollfd fds[] = {
		    {.fd = w->children.fd, .events = POLLIN},
		    {.fd = w->length > 0 ? STDOUT_FILENO : -1, .events = POLLOUT}};
		if (poll(fds, 2, -1) > 0 && fds[1].revents != 0)
			waitchild_write_lines(w);
	}
}

static enum status waitchild_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct waitchild *given = opts;
	struct waitchild_state w = {.json = given->json};
	enum status status = waitchild_fork(&w, argv);
	if (status != STATUS_OK)
		return status_before_command(status);
	bool started = waitchild_release(&w);
	waitchild_wait_for_end(&w);
	if (started) {
		waitchild_add_end(&w, w.wait_status);
		waitchild_flush(&w);
	}
	children_end(&w.children, w.termination_signal);
	status = status_before_command(w.status);
	return started && w.termination_signal == 0
	           ? status_first_failure(status_of_wait(w.wait_status), status)
	           : status;
}

APPLET(waitchild, .summary = "run a command and tell how its process ends",
       .self = {.operands = "COMMAND [ARG...]",
                .operand_kinds = {OPERAND_COMMAND},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(waitchild),
                .run = waitchild_run,
                .runs_command = true});
