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
#include "io/output.h"
#include "io/readiness.h"
#include "io/report.h"
#include "process/children.h"
#include "process/exec.h"
#include "signal/signame.h"
#include "signal/watch.h"

/* -------------------------------------------------------------------- map */

/* "INT:TERM" of a length; what is no signal is reported. */
static enum status parse_pair(struct watch_map *map, const char *text, size_t length)
{
	char from[32], *to;
	int source = 0, target = 0;
	snprintf(from, sizeof from, "%.*s", (int)length, text);
	to = strchr(from, ':');
	if (length >= sizeof from || to == NULL)
		return usage_error("option '--map': '%.*s' is not FROM:TO", (int)length,
		                   text);
	*to++ = '\0';
	enum status status = sig_parse_catchable(from, &source);
	if (status == STATUS_DONE)
		status = sig_parse(to, &target);
	if (status == STATUS_DONE)
		map->to[source] = target;
	return status;
}

enum status watch_parse_map(struct watch_map *map, const struct texts *texts)
{
	enum status status = STATUS_DONE;
	for (int signal = 0; signal <= SIG_COUNT; signal++)
		map->to[signal] = signal;
	for (int i = 0; i < texts->count; i++) {
		const char *text = texts->at[i];
		while (status == STATUS_DONE) {
			size_t length = strcspn(text, ",");
			status = parse_pair(map, text, length);
			if (text[length] == '\0')
				break;
			text += length + 1;
		}
	}
	return status;
}

/* Those that go on as something else. */
static uint64_t mapped(const struct watch_map *map)
{
	uint64_t set = 0;
	for (int signal = 1; signal <= SIG_COUNT; signal++)
		if (map->to[signal] != signal)
			set |= sig_bit(signal);
	return set;
}

/* ------------------------------------------------------------------ lines */

/* How much a reader may be behind before lines are not shown. */
enum { LINES_BYTES_MAX = 1 << 20 };

/* Once the command has ended, how long a reader may take nothing before it is given up.
 */
static const struct patience grace = {.kind = AT_MOST, .nanoseconds = 2000000000};

struct forwarding {
	const struct watch_request *given;
	const struct watch_map *map;
	struct crew crew;
	pid_t pid; /* of the command; 0 when it has ended */
	int wait_status;
	enum status status; /* of what we do ourselves */

	char *lines; /* that the output has not taken yet */
	size_t length, size;
	long long lost; /* there was no room */
};

static bool make_room(struct forwarding *f)
{
	if (f->size - f->length >= WATCH_LINE_BYTES)
		return true;
	size_t size = f->size > 0 ? 2 * f->size : PIPE_BUF;
	char *lines = size <= LINES_BYTES_MAX ? realloc(f->lines, size) : NULL;
	if (lines == NULL)
		return false;
	f->lines = lines;
	f->size = size;
	return true;
}

static void add_line(struct forwarding *f, const struct signalfd_siginfo *info)
{
	if (make_room(f))
		f->length +=
		    (size_t)watch_line(f->lines + f->length, info, f->given->json);
	else
		f->lost++;
}

/* Whole lines, and no more than a pipe that poll(2) calls writable takes at once. */
static size_t next_piece(const struct forwarding *f)
{
	size_t length = f->length < PIPE_BUF ? f->length : PIPE_BUF;
	const char *end = memrchr(f->lines, '\n', length);
	return (size_t)(end + 1 - f->lines);
}

static void write_piece(struct forwarding *f)
{
	size_t length = next_piece(f);
	if (f->status == STATUS_DONE)
		f->status = output_write(f->lines, length);
	f->length -= length;
	memmove(f->lines, f->lines + length, f->length);
}

/* ---------------------------------------------------------------- signals */

/*
 * What goes on as it is the crew passes on. What the terminal sent the command has got
 * itself; but not as what it is mapped to.
 */
static bool take(void *argument, const struct signalfd_siginfo *info)
{
	struct forwarding *f = argument;
	int signal = (int)info->ssi_signo;
	if (f->given->set & sig_bit(signal))
		add_line(f, info);
	if (watch_is_of_child(info) || f->map->to[signal] == signal)
		return false;
	if (f->map->to[signal] != 0)
		crew_pass_on(&f->crew, f->map->to[signal], info);
	return true;
}

/*
 * Children that others have left us, as the first process of a namespace gets them; ours
 * is the crew's. A shell whose builtin we are looks after its own.
 */
static void reap_others(const struct forwarding *f)
{
	for (;;) {
		siginfo_t info = {.si_pid = 0};
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == 0 || info.si_pid == f->pid)
			return;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static void look(struct forwarding *f)
{
	struct crew_ended ended;
	if (crew_look(&f->crew, &ended))
		f->wait_status = ended.wait_status;
	if (!front_is_builtin())
		reap_others(f);
}

/* ------------------------------------------------------------------- wait */

static void forward(struct forwarding *f)
{
	for (;;) {
		look(f);
		if (f->pid <= 0)
			return;
		struct pollfd fds[] = {
		    {.fd = f->crew.fd, .events = POLLIN},
		    {.fd = f->length > 0 ? STDOUT_FILENO : -1, .events = POLLOUT}};
		if (poll(fds, 2, -1) > 0 && fds[1].revents != 0)
			write_piece(f);
	}
}

/* The command has ended: a signal that asks to end now is for us. */
static void write_the_rest(struct forwarding *f)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	                       {.fd = f->crew.fd, .events = POLLIN}};
	struct deadline deadline = deadline_after(grace);
	uint64_t seen = f->crew.seen;
	f->crew.seen = 0;
	while (f->length > 0 && crew_asked(&f->crew) == 0 &&
	       deadline_poll(&deadline, fds, 2) > 0) {
		if (fds[0].revents != 0) {
			write_piece(f);
			deadline = deadline_after(grace);
		} else {
			look(f);
		}
	}
	f->crew.seen |= seen;
	for (size_t i = 0; i < f->length; i++)
		f->lost += f->lines[i] == '\n';
	if (f->lost > 0)
		f->status = first_failure(
		    f->status,
		    fail_as(STATUS_FAILED,
		            "standard output: the reader takes nothing, %lld "
		            "%s not shown",
		            f->lost, f->lost == 1 ? "signal is" : "signals are"));
}

static enum status start(struct forwarding *f, char **argv)
{
	enum status status = status_before_command(ready_tell(f->given->ready_fd));
	if (status == STATUS_DONE && crew_start(&f->crew, argv, NULL, NULL) < 0)
		status = STATUS_RUN_FAILED;
	return status;
}

enum status watch_forward(const struct watch_request *request,
                          const struct watch_map *map, char **argv)
{
	struct forwarding f = {.given = request, .map = map};
	struct crew_hooks hooks = {
	    .also = request->set | mapped(map), .take = take, .argument = &f};
	enum status status = crew_begin_with(&f.crew, &f.pid, 1, &hooks);
	if (status != STATUS_DONE)
		return status;
	status = start(&f, argv);
	if (status == STATUS_DONE) {
		forward(&f);
		write_the_rest(&f);
		status = first_failure(child_status(f.wait_status),
		                       status_before_command(f.status));
	}
	/* a shell whose builtin we are has not to hear of what was watched */
	f.crew.seen &= ~hooks.also;
	crew_end(&f.crew, 0);
	free(f.lines);
	return status;
}
