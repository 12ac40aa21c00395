#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/sigset.h"
#include "base/termsig.h"
#include "io/output.h"
#include "io/readiness.h"
#include "io/report.h"
#include "signal/signame.h"
#include "signal/watch.h"

/* ------------------------------------------------------------------ lines */

struct code_row {
	int code;
	const char *name;
};

bool watch_is_of_child(const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGCHLD && info->ssi_code > 0 &&
	       info->ssi_code != SI_KERNEL;
}

const char *watch_code_name(const struct signalfd_siginfo *info, char number[16])
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
	for (const struct code_row *row = watch_is_of_child(info) ? child : any;
	     row->name != NULL; row++)
		if (row->code == info->ssi_code)
			return row->name;
	snprintf(number, 16, "%d", info->ssi_code);
	return number;
}

static int json_line(char line[WATCH_LINE_BYTES], const struct signalfd_siginfo *info)
{
	struct sig_name name;
	char number[16], more[32] = "";
	if (info->ssi_code == SI_QUEUE)
		snprintf(more, sizeof more, ",\"value\":%d", info->ssi_int);
	else if (info->ssi_signo == SIGCHLD && info->ssi_code > 0)
		snprintf(more, sizeof more, ",\"status\":%d", info->ssi_status);
	return snprintf(
	    line, WATCH_LINE_BYTES,
	    "{\"signal\":%u,\"name\":\"%s\",\"code\":\"%s\",\"pid\":%u,\"uid\":%u%s}\n",
	    info->ssi_signo, sig_name((int)info->ssi_signo, &name),
	    watch_code_name(info, number), info->ssi_pid, info->ssi_uid, more);
}

static int text_line(char line[WATCH_LINE_BYTES], const struct signalfd_siginfo *info)
{
	struct sig_name name;
	char value[32] = "";
	if (info->ssi_code == SI_QUEUE)
		snprintf(value, sizeof value, " value %d", info->ssi_int);
	return snprintf(line, WATCH_LINE_BYTES,
	                "Got signal %u (%s) from pid %u uid %u%s\n", info->ssi_signo,
	                sig_name((int)info->ssi_signo, &name), info->ssi_pid,
	                info->ssi_uid, value);
}

int watch_line(char line[WATCH_LINE_BYTES], const struct signalfd_siginfo *info,
               bool json)
{
	return json ? json_line(line, info) : text_line(line, info);
}

/* ------------------------------------------------------------------ state */

/*
 * A batch of lines is at most what a pipe that poll(2) calls writable takes without
 * blocking: PIPE_BUF.
 */
enum { BATCH = 32, BATCH_BYTES = BATCH * WATCH_LINE_BYTES };
_Static_assert(BATCH_BYTES <= PIPE_BUF, "a batch is written at once");

/* Once asked to end, how long a reader may take nothing before it is given up. */
static const struct patience grace = {.kind = AT_MOST, .nanoseconds = 2000000000};

struct watching {
	const struct watch_request *given;
	struct sig_watch watch;
	struct deadline deadline;
	int until_fd; /* to see it while the output blocks */
	int64_t left; /* lines to print */

	bool ending;                  /* the last signal has come */
	struct signalfd_siginfo last; /* it */

	int lines;
	size_t length;
	char text[BATCH_BYTES];
};

static void add_line(struct watching *w, const struct signalfd_siginfo *info)
{
	char line[WATCH_LINE_BYTES];
	int length = watch_line(line, info, w->given->json);
	memcpy(w->text + w->length, line, (size_t)length);
	w->length += (size_t)length;
	w->lines++;
	w->left--;
}

/* ----------------------------------------------------------------- output */

static enum status give_up(const struct watching *w, enum status status)
{
	if (errno != ETIMEDOUT)
		return fail("standard output");
	return fail_as(status,
	               "standard output: the reader takes nothing, %d %s not shown",
	               w->lines, w->lines == 1 ? "signal is" : "signals are");
}

/*
 * The signals that would end a blocked write are blocked themselves, so never begin one
 * that blocks. The last signal is left in its descriptor: it is read in its turn.
 */
static enum status write_lines(struct watching *w)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
	                       {.fd = w->until_fd, .events = POLLIN}};
	struct deadline deadline = w->ending ? deadline_after(grace) : w->deadline;
	bool ending = w->ending;
	if (w->lines == 0)
		return STATUS_DONE;
	while (deadline_poll(&deadline, fds, ending ? 1 : 2) > 0) {
		if (fds[0].revents != 0) {
			size_t length = w->length;
			w->length = 0;
			w->lines = 0;
			return output_write(w->text, length);
		}
		deadline = deadline_after(grace);
		ending = true;
	}
	return give_up(w, ending ? STATUS_FAILED : STATUS_TIMED_OUT);
}

/* ------------------------------------------------------------------ watch */

/* The last signal is held back until all the others are printed. */
static void take(struct watching *w, const struct signalfd_siginfo *info)
{
	if ((int)info->ssi_signo != w->given->until) {
		add_line(w, info);
		return;
	}
	if (w->ending && w->given->show_until)
		add_line(w, &w->last);
	w->ending = true;
	w->last = *info;
}

/* Print a batch of what has come; *taken is its size. */
static enum status print_batch(struct watching *w, size_t *taken)
{
	struct signalfd_siginfo infos[BATCH];
	*taken =
	    sig_watch_read(&w->watch, infos, w->left < BATCH ? (size_t)w->left : BATCH);
	for (size_t i = 0; i < *taken; i++)
		take(w, &infos[i]);
	return write_lines(w);
}

/* Everything that has come by now. */
static enum status drain(struct watching *w)
{
	enum status status;
	size_t taken;
	int64_t most = sig_most_pending();
	do {
		status = print_batch(w, &taken);
		most -= (int64_t)taken;
		/* a read that does not give as many as it might found no more */
	} while (status == STATUS_DONE && taken == BATCH && most > 0 && w->left > 0);
	return status;
}

enum status watch_timed_out(const struct watch_request *request, int64_t left)
{
	if (request->count == INT64_MAX)
		return fail_as(STATUS_TIMED_OUT, "timed out");
	return fail_as(STATUS_TIMED_OUT, "timed out: %lld of %lld signals came",
	               (long long)(request->count - left), (long long)request->count);
}

/* Up to the last signal, or the last line. */
static enum status watch_signals(struct watching *w)
{
	enum status status = STATUS_DONE;
	struct pollfd ready = {.fd = w->watch.fd, .events = POLLIN};
	while (status == STATUS_DONE && !w->ending && w->left > 0) {
		bool last_look = deadline_left(&w->deadline) == 0;
		if (!last_look && deadline_poll(&w->deadline, &ready, 1) < 0 &&
		    errno != ETIMEDOUT)
			return fail("signalfd");
		status = drain(w);
		if (last_look && status == STATUS_DONE && !w->ending && w->left > 0)
			return watch_timed_out(w->given, w->left);
	}
	/* all that was queued before the last signal, which may have come first */
	return status == STATUS_DONE && w->ending ? drain(w) : status;
}

static enum status print_last(struct watching *w)
{
	if (!w->ending || !w->given->show_until || w->left == 0)
		return STATUS_DONE;
	add_line(w, &w->last);
	return write_lines(w);
}

static enum status watch(struct watching *w)
{
	const struct watch_request *given = w->given;
	enum status status =
	    sig_watch_begin(&w->watch, given->set | sig_bit(given->until));
	if (status != STATUS_DONE)
		return status;
	w->until_fd = sig_fd(sig_bit(given->until));
	if (w->until_fd < 0)
		status = fail("signalfd");
	if (status == STATUS_DONE)
		status = ready_tell(given->ready_fd);
	if (status == STATUS_DONE)
		status = watch_signals(w);
	if (status == STATUS_DONE)
		status = print_last(w);
	if (w->until_fd >= 0)
		close(w->until_fd);
	sig_watch_end(&w->watch);
	return status;
}

enum status watch_print(const struct watch_request *request)
{
	struct interrupt interrupt;
	struct watching w = {.given = request,
	                     .deadline = deadline_after(request->patience),
	                     .left = request->count};
	interrupt_begin(&interrupt);
	return interrupt_end(&interrupt, watch(&w));
}
