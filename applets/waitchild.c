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
#include "io/output.h"
#include "io/report.h"
#include "process/children.h"
#include "process/exec.h"
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

struct waiting {
	bool json;
	pid_t pid, place; /* of the command; the crew's own */
	struct crew crew;
	struct crew_hooks hooks;
	int start[2]; /* the command begins when a byte comes through this pipe */
	bool stopped; /* so it was told */
	bool over;
	int wait_status; /* when it is over */
	int asked;       /* the signal to end by, while the output blocked */
	enum status status;
	size_t length;
	char lines[LINES_BYTES];
};

/* ------------------------------------------------------------------ lines */

__attribute__((format(printf, 2, 3))) static void add(struct waiting *w,
                                                      const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(w->lines + w->length, sizeof w->lines - w->length, format,
	                       arguments);
	va_end(arguments);
	w->length += (size_t)length;
}

static void add_start(struct waiting *w)
{
	if (w->json)
		add(w, "{\"event\":\"started\",\"pid\":%d}\n", w->pid);
	else
		add(w, "Forking a child: %d\n", w->pid);
}

static void add_exit(struct waiting *w, int status)
{
	if (w->json)
		add(w, "{\"event\":\"exited\",\"pid\":%d,\"status\":%d}\n", w->pid,
		    status);
	else
		add(w, "Exit status: %d\n", status);
}

static void add_death(struct waiting *w, int signal, bool core)
{
	struct sig_name name;
	char text[32];
	if (w->json)
		add(w,
		    "{\"event\":\"killed\",\"pid\":%d,\"signal\":%d,\"name\":\"%s\","
		    "\"core\":%s}\n",
		    w->pid, signal, sig_name(signal, &name), core ? "true" : "false");
	else
		add(w, "Terminated: %s%s\n", sig_description(signal, text),
		    core ? " (core dumped)" : "");
}

static void add_continuation(struct waiting *w)
{
	if (w->json)
		add(w, "{\"event\":\"continued\",\"pid\":%d}\n", w->pid);
	else
		add(w, "Continued\n");
}

/* Of what is stopped only KILL makes an end: otherwise it went on, too short to be seen.
 */
static void add_end(struct waiting *w, int wait_status)
{
	bool killed = WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;
	if (w->stopped && !killed)
		add_continuation(w);
	if (WIFSIGNALED(wait_status))
		add_death(w, WTERMSIG(wait_status), WCOREDUMP(wait_status));
	else
		add_exit(w, WEXITSTATUS(wait_status));
}

static void add_stop(struct waiting *w, int signal)
{
	struct sig_name name;
	char text[32];
	if (w->json)
		add(w,
		    "{\"event\":\"stopped\",\"pid\":%d,\"signal\":%d,\"name\":\"%s\"}\n",
		    w->pid, signal, sig_name(signal, &name));
	else
		add(w, "Stopped: %s\n", sig_description(signal, text));
}

/* waitid(2) tells of a stop as long as it lasts, since process/children.c has to know it
 * too. */
static void look_for_changes(void *argument)
{
	struct waiting *w = argument;
	siginfo_t info = {.si_pid = 0};
	if (w->over || sizeof w->lines - w->length < (size_t)3 * LINE_BYTES)
		return;
	if (waitid(P_PID, (id_t)w->pid, &info, WCONTINUED | WNOHANG) == 0 &&
	    info.si_pid != 0 && w->stopped) {
		add_continuation(w);
		w->stopped = false;
	}
	info.si_pid = 0;
	if (!w->stopped &&
	    waitid(P_PID, (id_t)w->pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid != 0) {
		add_stop(w, info.si_status);
		w->stopped = true;
	}
}

/* ----------------------------------------------------------------- output */

/* What a pipe that poll(2) calls writable takes without blocking. */
_Static_assert(LINES_BYTES <= PIPE_BUF, "the lines are written at once");

static void write_lines(struct waiting *w)
{
	size_t length = w->length;
	w->length = 0;
	w->status = first_failure(w->status, output_write(w->lines, length));
}

static void look(struct waiting *w)
{
	struct crew_ended ended;
	if (!crew_look(&w->crew, &ended))
		return;
	w->over = true;
	w->wait_status = ended.wait_status;
}

/*
 * Write what there is to write. The signals that would end a blocked write are blocked
 * themselves, so never begin one that blocks: one that asks to end now does so.
 */
static void flush(struct waiting *w)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	                       {.fd = w->crew.fd, .events = POLLIN}};
	uint64_t seen = w->crew.seen;
	w->crew.seen = 0;
	while (w->length > 0 && w->asked == 0 &&
	       (poll(fds, 2, -1) < 0 || fds[0].revents == 0)) {
		look(w);
		w->asked = crew_asked(&w->crew);
	}
	w->crew.seen |= seen;
	if (w->asked != 0)
		w->status = (enum status)(STATUS_SIGNAL + w->asked);
	else if (w->length > 0)
		write_lines(w);
}

/* Before we stop ourselves; what the output does not take at once comes later. */
static void tell_of_stop(void *argument)
{
	struct waiting *w = argument;
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
	look_for_changes(w);
	if (w->length > 0 && poll(&output, 1, 0) > 0)
		write_lines(w);
}

/* ------------------------------------------------------------------- wait */

/* In the child: end of file where the start could not be told. */
static bool wait_for_start(void *argument)
{
	const struct waiting *w = argument;
	char byte;
	close(w->start[1]);
	return read(w->start[0], &byte, 1) == 1;
}

/* Nothing is started, or the child waits for its start. */
static enum status fork_child(struct waiting *w, char **argv)
{
	if (pipe2(w->start, O_CLOEXEC) < 0)
		return fail("pipe");
	w->hooks = (struct crew_hooks){.before_stop = tell_of_stop, .argument = w};
	enum status status = crew_begin_with(&w->crew, &w->place, 1, &w->hooks);
	if (status == STATUS_DONE) {
		w->pid = crew_start(&w->crew, argv, wait_for_start, w);
		if (w->pid < 0) {
			crew_end(&w->crew, 0);
			status = STATUS_RUN_FAILED;
		}
	}
	close(w->start[0]);
	if (status != STATUS_DONE)
		close(w->start[1]);
	return status;
}

/* Nothing that the command writes can come before the line that tells of its start. */
static bool let_it_start(struct waiting *w)
{
	add_start(w);
	flush(w);
	if (w->status == STATUS_DONE)
		output_write_to(w->start[1], "pipe", "", 1);
	close(w->start[1]);
	return w->status == STATUS_DONE;
}

static void wait_for_end(struct waiting *w)
{
	for (;;) {
		look(w);
		if (w->over)
			return;
		look_for_changes(w);
		struct pollfd fds[] = {
		    {.fd = w->crew.fd, .events = POLLIN},
		    {.fd = w->length > 0 ? STDOUT_FILENO : -1, .events = POLLOUT}};
		if (poll(fds, 2, -1) > 0 && fds[1].revents != 0)
			write_lines(w);
	}
}

static enum status run(const void *opts, int argc, char **argv)
{
	(void)argc;
	const struct waitchild *given = opts;
	struct waiting w = {.json = given->json};
	enum status status = fork_child(&w, argv);
	if (status != STATUS_DONE)
		return status_before_command(status);
	bool started = let_it_start(&w);
	wait_for_end(&w);
	if (started) {
		add_end(&w, w.wait_status);
		flush(&w);
	}
	crew_end(&w.crew, w.asked);
	status = status_before_command(w.status);
	return started && w.asked == 0
	           ? first_failure(child_status(w.wait_status), status)
	           : status;
}

APPLET(waitchild, .summary = "run a command and tell how its process ends",
       .self = {.operands = "COMMAND [ARG...]",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(waitchild),
                .run = run,
                .runs_command = true});
