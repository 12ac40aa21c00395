#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/frontend.h"
#include "base/status.h"
#include "io/error.h"
#include "io/output.h"
#include "io/readiness.h"
#include "process/children.h"
#include "signal/signame.h"
#include "signal/watch.h"

/* -------------------------------------------------------------------- map */

/* "INT:TERM" of a length; what is no signal is reported. */
static enum status parse_map_pair(struct signal_watch_map *map, const char *text,
                                  size_t length)
{
	char from[32], *to;
	int source = 0, target = 0;
	snprintf(from, sizeof from, "%.*s", (int)length, text);
	to = strchr(from, ':');
	if (length >= sizeof from || to == NULL)
		return error_usage("option '--map': '%.*s' is not FROM:TO", (int)length,
		                   text);
	*to++ = '\0';
	enum status status = signame_parse_catchable(from, &source);
	if (status == STATUS_OK)
		status = signame_parse(to, &target);
	if (status == STATUS_OK)
		map->to[source] = target;
	return status;
}

enum status signal_watch_parse_map(struct signal_watch_map *map,
                                   const struct string_list *texts)
{
	enum status status = STATUS_OK;
	for (int signal = 0; signal <= KSIG_COUNT; signal++)
		map->to[signal] = signal;
	for (int i = 0; i < texts->count; i++) {
		const char *text = texts->at[i];
		while (status == STATUS_OK) {
			size_t length = strcspn(text, ",");
			status = parse_map_pair(map, text, length);
			if (text[length] == '\0')
				break;
			text += length + 1;
		}
	}
	return status;
}

/* Those that go on as something else. */
static uint64_t mapped_signals(const struct signal_watch_map *map)
{
	uint64_t set = 0;
	for (int signal = 1; signal <= KSIG_COUNT; signal++)
		if (map->to[signal] != signal)
			set |= ksig_bit(signal);
	return set;
}

/* ------------------------------------------------------------------ lines */

/* How much a reader may be behind before lines are not shown. */
enum { LINES_BYTES_MAX = 1 << 20 };

/* Once the command has ended, how long a reader may take nothing before it is given up.
 */
static const struct timeout grace = {.kind = TIMEOUT_AFTER, .nanoseconds = 2000000000};

struct signal_forwarder {
	const struct signal_watch *given;
	const struct signal_watch_map *map;
	struct children children;
	pid_t pid; /* of the command; 0 when it has ended */
	int wait_status;
	enum status status; /* of what we do ourselves */

	char *lines; /* that the output has not taken yet */
	size_t length, size;
	long long lost; /* there was no room */
};

static bool reserve_forwarded_line(struct signal_forwarder *f)
{
	if (f->size - f->length >= SIGNAL_WATCH_LINE_BYTES)
		return true;
	size_t size = f->size > 0 ? 2 * f->size : PIPE_BUF;
	char *lines = size <= LINES_BYTES_MAX ? realloc(f->lines, size) : NULL;
	if (lines == NULL)
		return false;
	f->lines = lines;
	f->size = size;
	return true;
}

static void add_forwarded_line(struct signal_forwarder *f,
                               const struct signalfd_siginfo *info)
{
	if (reserve_forwarded_line(f))
		f->length += (size_t)signal_watch_format_line(f->lines + f->length, info,
		                                              f->given->json);
	else
		f->lost++;
}

/* Whole lines, and no more than a pipe that poll(2) calls writable takes at once. */
static size_t next_write_length(const struct signal_forwarder *f)
{
	size_t length = f->length < PIPE_BUF ? f->length : PIPE_BUF;
	const char *end = memrchr(f->lines, '\n', length);
	return (size_t)(end + 1 - f->lines);
}

static void write_forwarded_lines(struct signal_forwarder *f)
{
	size_t length = next_write_length(f);
	if (f->status == STATUS_OK)
		f->status = output_write(f->lines, length);
	f->length -= length;
	memmove(f->lines, f->lines + length, f->length);
}

/* ---------------------------------------------------------------- signals */

/*
 * What goes on as it is the crew passes on. What the terminal sent the command has got
 * itself; but not as what it is mapped to.
 */
static bool intercept_forwarded_signal(void *argument,
                                       const struct signalfd_siginfo *info)
{
	struct signal_forwarder *f = argument;
	int signal = (int)info->ssi_signo;
	if (f->given->set & ksig_bit(signal))
		add_forwarded_line(f, info);
	if (signal_watch_is_child_change(info) || f->map->to[signal] == signal)
		return false;
	if (f->map->to[signal] != 0)
		children_forward(&f->children, f->map->to[signal], info);
	return true;
}

/*
 * Children that others have left us, as the first process of a namespace gets them; ours
 * is the crew's. A shell whose builtin we are looks after its own.
 */
static void reap_inherited_children(const struct signal_forwarder *f)
{
	for (;;) {
		siginfo_t info = {.si_pid = 0};
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == 0 || info.si_pid == f->pid)
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static void poll_forwarding_command(struct signal_forwarder *f)
{
	struct children_exit ended;
	if (children_poll(&f->children, &ended))
		f->wait_status = ended.wait_status;
	if (!frontend_is_builtin())
		reap_inherited_children(f);
}

/* ------------------------------------------------------------------- wait */

static void forward_signals(struct signal_forwarder *f)
{
	for (;;) {
		poll_forwarding_command(f);
		if (f->pid <= 0)
			return;
		struct pollfd fds[] = {
		    {.fd = f->children.fd, .events = POLLIN},
		    {.fd = f->length > 0 ? STDOUT_FILENO : -1, .events = POLLOUT}};
		if (poll(fds, 2, -1) > 0 && fds[1].revents != 0)
			write_forwarded_lines(f);
	}
}

/* The command has ended: a signal that asks to end now is for us. */
static void flush_forwarded_lines(struct signal_forwarder *f)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	                       {.fd = f->children.fd, .events = POLLIN}};
	struct deadline deadline = deadline_start(grace);
	uint64_t seen = f->children.received;
	f->children.received = 0;
	while (f->length > 0 && children_termination_signal(&f->children) == 0 &&
	       deadline_poll(&deadline, fds, 2) > 0) {
		if (fds[0].revents != 0) {
			write_forwarded_lines(f);
			deadline = deadline_start(grace);
		} else {
			poll_forwarding_command(f);
		}
	}
	f->children.received |= seen;
	for (size_t i = 0; i < f->length; i++)
		f->lost += f->lines[i] == '\n';
	if (f->lost > 0)
		f->status = status_first_failure(
		    f->status,
		    error_as(STATUS_FAILED,
		             "standard output: the reader takes nothing, %lld "
		             "%s not shown",
		             f->lost, f->lost == 1 ? "signal is" : "signals are"));
}

static enum status start_forwarding_command(struct signal_forwarder *f, char **argv)
{
	enum status status = status_before_command(readiness_notify(f->given->ready_fd));
	if (status == STATUS_OK && children_start(&f->children, argv, NULL, NULL) < 0)
		status = STATUS_RUN_ERROR;
	return status;
}

enum status signal_watch_forward(const struct signal_watch *request,
                                 const struct signal_watch_map *map, char **argv)
{
	struct signal_forwarder f = {.given = request, .map = map};
	struct children_hooks hooks = {.extra = request->set | mapped_signals(map),
	                               .intercept = intercept_forwarded_signal,
	                               .argument = &f};
	enum status status = children_begin_with_hooks(&f.children, &f.pid, 1, &hooks);
	if (status != STATUS_OK)
		return status;
	status = start_forwarding_command(&f, argv);
	if (status == STATUS_OK) {
		forward_signals(&f);
		flush_forwarded_lines(&f);
		status = status_first_failure(status_of_wait(f.wait_status),
		                              status_before_command(f.status));
	}
	/* a shell whose builtin we are has not to hear of what was watched */
	f.children.received &= ~hooks.extra;
	children_end(&f.children, 0);
	free(f.lines);
	return status;
}
