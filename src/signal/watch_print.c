/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/output.h"
#include "io/readiness.h"
#include "signal/siginfo.h"
#include "signal/sigreader.h"
#include "signal/watch.h"

/* ------------------------------------------------------------------ state */

/* A pipe that poll(2) reports as writable takes PIPE_BUF bytes without blocking. */
enum { BATCH = 32, BATCH_BYTES = BATCH * SIGINFO_LINE_BYTES };
_Static_assert(BATCH_BYTES <= PIPE_BUF, "a batch is written at once");

/* How long sigwatch waits, once it is to end, for a reader that reads nothing: ns. */
static const int64_t grace = 2000000000;

struct signal_printer {
	const struct signal_watch *given;
	struct sigreader reader;
	struct deadline deadline;
	int until_fd; /* readable if the last signal has come: also while the output
	                 blocks */
	int64_t left; /* lines to print */

	bool ending; /* the last signal has come: */
	struct signalfd_siginfo last_info;

	int lines;
	size_t length;
	char text[BATCH_BYTES];
};

static void add_printed_line(struct signal_printer *w,
                             const struct signalfd_siginfo *info)
{
	char line[SIGINFO_LINE_BYTES];
	int length = siginfo_format(line, info, w->given->json);
	memcpy(w->text + w->length, line, (size_t)length);
	w->length += (size_t)length;
	w->lines++;
	w->left--;
}

/* ----------------------------------------------------------------- output */

static enum status report_unread_lines(const struct signal_printer *w, enum status status)
{
	if (errno != ETIMEDOUT)
		return error_errno("standard output");
	return error_as(status, "standard output: blocked by its reader; %d %s not shown",
	                w->lines, w->lines == 1 ? "signal" : "signals");
}

static enum status write_printed_lines_now(struct signal_printer *w)
{
	size_t length = w->length;
	w->length = 0;
	w->lines = 0;
	return output_write(w->text, length);
}

/*
 * Termination signals are blocked and could not interrupt a write: wait for the output or
 * for the last signal first. That signal is not read here, but in its turn.
 */
static enum status write_printed_lines(struct signal_printer *w)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	                       {.fd = w->until_fd, .events = POLLIN}};
	struct deadline deadline = w->ending ? deadline_in(grace) : w->deadline;
	bool ending = w->ending;
	if (w->lines == 0)
		return STATUS_OK;
	if (output_is_variable())
		return write_printed_lines_now(w);
	while (deadline_poll(&deadline, fds, ending ? 1 : 2) > 0) {
		if (fds[0].revents != 0)
			return write_printed_lines_now(w);
		deadline = deadline_in(grace);
		ending = true;
	}
	return report_unread_lines(w, ending ? STATUS_FAILED : STATUS_TIMED_OUT);
}

/* ------------------------------------------------------------------ watch */

/* The last signal is kept until all others are printed. */
static void add_printed_signal(struct signal_printer *w,
                               const struct signalfd_siginfo *info)
{
	if ((int)info->ssi_signo != w->given->until) {
		add_printed_line(w, info);
		return;
	}
	if (w->ending && w->given->show_until)
		add_printed_line(w, &w->last_info);
	w->ending = true;
	w->last_info = *info;
}

/* Print at most BATCH pending signals; *count is their number. */
static enum status print_signal_batch(struct signal_printer *w, size_t *count)
{
	struct signalfd_siginfo infos[BATCH];
	*count =
	    sigreader_read(&w->reader, infos, w->left < BATCH ? (size_t)w->left : BATCH);
	for (size_t i = 0; i < *count; i++)
		add_printed_signal(w, &infos[i]);
	return write_printed_lines(w);
}

/* Print all signals that are pending now. */
static enum status print_pending_signals(struct signal_printer *w)
{
	enum status status;
	size_t count;
	int64_t most = ksig_pending_max();
	do {
		status = print_signal_batch(w, &count);
		most -= (int64_t)count;
		/* a read that returns less than BATCH has found no more */
	} while (status == STATUS_OK && count == BATCH && most > 0 && w->left > 0);
	return status;
}

enum status signal_watch_report_timeout(const struct signal_watch *request, int64_t left)
{
	if (request->count == INT64_MAX)
		return error_as(STATUS_TIMED_OUT, "timed out");
	return error_as(STATUS_TIMED_OUT, "timed out: %lld of %lld signals arrived",
	                (long long)(request->count - left), (long long)request->count);
}

/* Until the last signal, or the last line. */
static enum status print_signals_to_last(struct signal_printer *w)
{
	enum status status = STATUS_OK;
	struct pollfd ready = {.fd = w->reader.fd, .events = POLLIN};
	while (status == STATUS_OK && !w->ending && w->left > 0) {
		bool last_check = deadline_left(&w->deadline) == 0;
		if (!last_check && deadline_poll(&w->deadline, &ready, 1) < 0 &&
		    errno != ETIMEDOUT)
			return error_errno("signalfd");
		status = print_pending_signals(w);
		if (last_check && status == STATUS_OK && !w->ending && w->left > 0)
			return signal_watch_report_timeout(w->given, w->left);
	}
	/* what was queued before the last signal: the kernel may have delivered that
	 * first */
	return status == STATUS_OK && w->ending ? print_pending_signals(w) : status;
}

static enum status print_last_signal(struct signal_printer *w)
{
	if (!w->ending || !w->given->show_until || w->left == 0)
		return STATUS_OK;
	add_printed_line(w, &w->last_info);
	return write_printed_lines(w);
}

static enum status print_watched_signals(struct signal_printer *w)
{
	const struct signal_watch *given = w->given;
	enum status status =
	    sigreader_begin(&w->reader, given->set | ksig_bit(given->until));
	if (status != STATUS_OK)
		return status;
	w->until_fd = ksig_signalfd(ksig_bit(given->until));
	if (w->until_fd < 0)
		status = error_errno("signalfd");
	if (status == STATUS_OK)
		status = readiness_notify(given->ready_fd);
	if (status == STATUS_OK)
		status = print_signals_to_last(w);
	if (status == STATUS_OK)
		status = print_last_signal(w);
	fd_close_keep_errno(w->until_fd);
	sigreader_end(&w->reader);
	return status;
}

enum status signal_watch_print(const struct signal_watch *request)
{
	struct termsig termsig;
	struct signal_printer w = {.given = request,
	                           .deadline = deadline_start(request->timeout),
	                           .left = request->count};
	termsig_begin(&termsig);
	return termsig_end(&termsig, print_watched_signals(&w));
}
