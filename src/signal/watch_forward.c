/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/frontend.h"
#include "base/ksig.h"
#include "base/status.h"
#include "base/vec.h"
#include "io/error.h"
#include "io/output.h"
#include "io/readiness.h"
#include "process/child.h"
#include "signal/map.h"
#include "signal/siginfo.h"
#include "signal/watch.h"

/* ------------------------------------------------------------------ lines */

/* How much the output may be behind before lines are left out. */
enum { LINES_BYTES_MAX = 1 << 20 };

/* How long sigwatch waits, after the command has ended, for a reader that reads nothing.
 */
static const int64_t grace = 2000000000;

struct signal_forwarder {
	const struct signal_watch *given;
	const struct signal_map *map;
	struct children children;
	pid_t pid; /* of the command; 0 when it has ended */
	int wait_status;
	enum status status; /* of the output */

	char *lines; /* not written yet */
	size_t length, size;
	long long lost; /* lines left out */
};

static bool reserve_forwarded_line(struct signal_forwarder *f)
{
	while (f->size - f->length < SIGINFO_LINE_BYTES) {
		char *lines = f->size < LINES_BYTES_MAX
		                  ? vec_grow(f->lines, &f->size, sizeof *f->lines)
		                  : NULL;
		if (lines == NULL)
			return false;
		f->lines = lines;
	}
	return true;
}

static void add_forwarded_line(struct signal_forwarder *f,
                               const struct signalfd_siginfo *info)
{
	if (reserve_forwarded_line(f))
		f->length +=
		    (size_t)siginfo_format(f->lines + f->length, info, f->given->json);
	else
		f->lost++;
}

/* Whole lines, at most PIPE_BUF bytes: a pipe that is writable takes them at once. */
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
 * process/children forwards the signals that the map does not change. A signal from the
 * terminal has reached the command already, but not as the one that it is mapped to.
 */
static bool intercept_forwarded_signal(void *argument,
                                       const struct signalfd_siginfo *info)
{
	struct signal_forwarder *f = argument;
	int signal = (int)info->ssi_signo;
	if (f->given->set & ksig_bit(signal))
		add_forwarded_line(f, info);
	if (siginfo_is_child_change(info) || f->map->to[signal] == signal)
		return false;
	if (f->map->to[signal] != 0)
		children_forward(&f->children, f->map->to[signal], info);
	return true;
}

static void poll_forwarding_command(struct signal_forwarder *f)
{
	struct children_exit ended;
	if (children_poll(&f->children, &ended))
		f->wait_status = ended.wait_status;
	/* as init of a PID namespace it has adopted orphans */
	if (!frontend_is_builtin())
		children_reap_adopted(&f->children);
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

/* The command has ended: a termination signal ends sigwatch from now on. */
static void flush_forwarded_lines(struct signal_forwarder *f)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	                       {.fd = f->children.fd, .events = POLLIN}};
	struct deadline deadline = deadline_in(grace);
	uint64_t before = f->children.received;
	f->children.received = 0;
	while (f->length > 0 && children_termination_signal(&f->children) == 0 &&
	       deadline_poll(&deadline, fds, 2) > 0) {
		if (fds[0].revents != 0) {
			write_forwarded_lines(f);
			deadline = deadline_in(grace);
		} else {
			poll_forwarding_command(f);
		}
	}
	f->children.received |= before;
	for (size_t i = 0; i < f->length; i++)
		f->lost += f->lines[i] == '\n';
	if (f->lost > 0)
		f->status = status_first_failure(
		    f->status,
		    error_as(STATUS_FAILED,
		             "standard output: blocked by its reader; %lld %s not shown",
		             f->lost, f->lost == 1 ? "signal" : "signals"));
}

static enum status start_forwarding_command(struct signal_forwarder *f, char **argv)
{
	enum status status = status_before_command(readiness_notify(f->given->ready_fd));
	if (status == STATUS_OK && children_start(&f->children, argv, NULL, NULL) < 0)
		status = STATUS_RUN_ERROR;
	return status;
}

enum status signal_watch_forward(const struct signal_watch *request,
                                 const struct signal_map *map, char **argv)
{
	struct signal_forwarder f = {.given = request, .map = map};
	struct children_hooks hooks = {.extra = request->set | signal_map_changed(map),
	                               .intercept = intercept_forwarded_signal,
	                               .argument = &f};
	enum status status = children_begin_with_hooks(&f.children, &f.pid, 1, &hooks);
	if (status != STATUS_OK)
		return status;
	status = start_forwarding_command(&f, argv);
	if (status == STATUS_OK) {
		forward_signals(&f);
		flush_forwarded_lines(&f);
		status = status_first_failure(child_adopt_status(f.wait_status),
		                              status_before_command(f.status));
	}
	/* a shell does not get the watched signals */
	f.children.received &= ~hooks.extra;
	children_end(&f.children, 0);
	free(f.lines);
	return status;
}
