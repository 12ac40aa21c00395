#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/ksig.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/output.h"
#include "io/readiness.h"
#include "signal/signame.h"
#include "signal/sigreader.h"
#include "signal/watch.h"

/* ------------------------------------------------------------------ lines */

struct code_row {
	int code;
	const char *name;
};

bool signal_watch_is_child_change(const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGCHLD && info->ssi_code > 0 &&
	       info->ssi_code != SI_KERNEL;
}

const char *signal_watch_code_name(const struct signalfd_siginfo *info, char number[16])
{
	static const struct code_row any[] = {
	    {SI_USER, "SI_USER"},       {SI_KERNEL, "SI_KERNEL"}, {SI_QUEUE, "SI_QUEUE"},
	    {SI_TIMER, "SI_TIMER"},     {SI_MESGQ, "SI_MESGQ"},   {SI_TKILL, "SI_TKILL"},
	    {SI_ASYNCIO, "SI_ASYNCIO"}, {SI_SIGIO, "SI_SIGIO"},   {0, NULL}};
	static const struct code_row child[] = {{CLD_EXITED, "CLD_EXITED"},
	                                        {CLD_KILLED, "CLD_KILLED"},
	                                        {CLD_DUMPED, "CLD_DUMPED"},
	                                        {CLD_TRAPPED, "CLD_TRAPPED"},
	                                        {CLD_STOPPED, "CLD_STOPPED"},
	                                        {CLD_CONTINUED, "CLD_CONTINUED"},
	                                        {0, NULL}};
	for (const struct code_row *row = signal_watch_is_child_change(info) ? child
	                                                                     : any;
	     row->name != NULL; row++)
		if (row->code == info->ssi_code)
			return row->name;
	snprintf(number, 16, "%d", info->ssi_code);
	return number;
}

static int format_signal_json(char line[SIGNAL_WATCH_LINE_BYTES],
                              const struct signalfd_siginfo *info)
{
	struct signame name;
	char number[16], more[32] = "";
	if (info->ssi_code == SI_QUEUE)
		snprintf(more, sizeof more, ",\"value\":%d", info->ssi_int);
	else if (info->ssi_signo == SIGCHLD && info->ssi_code > 0)
		snprintf(more, sizeof more, ",\"status\":%d", info->ssi_status);
	return snprintf(
	    line, SIGNAL_WATCH_LINE_BYTES,
	    "{\"signal\":%u,\"name\":\"%s\",\"code\":\"%s\",\"pid\":%u,\"uid\":%u%s}\n",
	    info->ssi_signo, signame_format((int)info->ssi_signo, &name),
	    signal_watch_code_name(info, number), info->ssi_pid, info->ssi_uid, more);
}

static int format_signal_text(char line[SIGNAL_WATCH_LINE_BYTES],
                              const struct signalfd_siginfo *info)
{
	struct signame name;
	char value[32] = "";
	if (info->ssi_code == SI_QUEUE)
		snprintf(value, sizeof value, " value %d", info->ssi_int);
	return snprintf(line, SIGNAL_WATCH_LINE_BYTES,
	                "Got signal %u (%s) from pid %u uid %u%s\n", info->ssi_signo,
	                signame_format((int)info->ssi_signo, &name), info->ssi_pid,
	                info->ssi_uid, value);
}

int signal_watch_format_line(char line[SIGNAL_WATCH_LINE_BYTES],
                             const struct signalfd_siginfo *info, bool json)
{
	return json ? format_signal_json(line, info) : format_signal_text(line, info);
}

/* ------------------------------------------------------------------ state */

/*
 * A batch of lines is at most what a pipe that poll(2) calls writable takes without
 * blocking: PIPE_BUF.
 */
enum { BATCH = 32, BATCH_BYTES = BATCH * SIGNAL_WATCH_LINE_BYTES };
_Static_assert(BATCH_BYTES <= PIPE_BUF, "a batch is written at once");

/* Once asked to end, how long a reader may take nothing before it is given up. */
static const struct timeout grace = {.kind = TIMEOUT_AFTER, .nanoseconds = 2000000000};

struct signal_printer {
	const struct signal_watch *given;
	struct sigreader reader;
	struct deadline deadline;
	int until_fd; /* to see it while the output blocks */
	int64_t left; /* lines to print */

	bool ending;                       /* the last signal has come */
	struct signalfd_siginfo last_info; /* it */

	int lines;
	size_t length;
	char text[BATCH_BYTES];
};

static void add_printed_line(struct signal_printer *w,
                             const struct signalfd_siginfo *info)
{
	char line[SIGNAL_WATCH_LINE_BYTES];
	int length = signal_watch_format_line(line, info, w->given->json);
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
	return error_as(status,
	                "standard output: the reader takes nothing, %d %s not shown",
	                w->lines, w->lines == 1 ? "signal is" : "signals are");
}

/*
 * The signals that would end a blocked write are blocked themselves, so never begin one
 * that blocks. The last signal is left in its descriptor: it is read in its turn.
 */
static enum status write_printed_lines(struct signal_printer *w)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	                       {.fd = w->until_fd, .events = POLLIN}};
	struct deadline deadline = w->ending ? deadline_start(grace) : w->deadline;
	bool ending = w->ending;
	if (w->lines == 0)
		return STATUS_OK;
	while (deadline_poll(&deadline, fds, ending ? 1 : 2) > 0) {
		if (fds[0].revents != 0) {
			size_t length = w->length;
			w->length = 0;
			w->lines = 0;
			return output_write(w->text, length);
		}
		deadline = deadline_start(grace);
		ending = true;
	}
	return report_unread_lines(w, ending ? STATUS_FAILED : STATUS_TIMED_OUT);
}

/* ------------------------------------------------------------------ watch */

/* The last signal is held back until all the others are printed. */
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

/* Print a batch of what has come; *taken is its size. */
static enum status print_signal_batch(struct signal_printer *w, size_t *taken)
{
	struct signalfd_siginfo infos[BATCH];
	*taken =
	    sigreader_read(&w->reader, infos, w->left < BATCH ? (size_t)w->left : BATCH);
	for (size_t i = 0; i < *taken; i++)
		add_printed_signal(w, &infos[i]);
	return write_printed_lines(w);
}

/* Everything that has come by now. */
static enum status print_pending_signals(struct signal_printer *w)
{
	enum status status;
	size_t taken;
	int64_t most = ksig_pending_max();
	do {
		status = print_signal_batch(w, &taken);
		most -= (int64_t)taken;
		/* a read that does not give as many as it might found no more */
	} while (status == STATUS_OK && taken == BATCH && most > 0 && w->left > 0);
	return status;
}

enum status signal_watch_report_timeout(const struct signal_watch *request, int64_t left)
{
	if (request->count == INT64_MAX)
		return error_as(STATUS_TIMED_OUT, "timed out");
	return error_as(STATUS_TIMED_OUT, "timed out: %lld of %lld signals came",
	                (long long)(request->count - left), (long long)request->count);
}

/* Up to the last signal, or the last line. */
static enum status print_signals_to_last(struct signal_printer *w)
{
	enum status status = STATUS_OK;
	struct pollfd ready = {.fd = w->reader.fd, .events = POLLIN};
	while (status == STATUS_OK && !w->ending && w->left > 0) {
		bool last_look = deadline_left(&w->deadline) == 0;
		if (!last_look && deadline_poll(&w->deadline, &ready, 1) < 0 &&
		    errno != ETIMEDOUT)
			return error_errno("signalfd");
		status = print_pending_signals(w);
		if (last_look && status == STATUS_OK && !w->ending && w->left > 0)
			return signal_watch_report_timeout(w->given, w->left);
	}
	/* all that was queued before the last signal, which may have come first */
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
	if (w->until_fd >= 0)
		close(w->until_fd);
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
