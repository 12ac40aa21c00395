/*
 * sigwatch - print the signals that come, with who sent them and their values
 *
 * A signalfd(2): the signals are blocked and read, so none of those that the
 * kernel queued is missed.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "deadline.h"
#include "interrupt.h"
#include "output.h"
#include "ready.h"
#include "report.h"
#include "sig.h"

struct sigwatch {
	int64_t count;
	struct patience patience;
	const char *until;
	bool json;
	int64_t ready_fd;
};

static const struct sigwatch defaults = {
    .count = INT64_MAX, .until = "TERM", .ready_fd = -1};

static const struct option_row options[] = {
    NUMBER('c', "count", sigwatch, count, 0, "N", 1, INT64_MAX, "end after N signals"),
    TIMEOUT(sigwatch, patience),
    TEXT('u', "until", sigwatch, until, 0, "SIGNAL", "end at SIGNAL (TERM)"),
    JSON(sigwatch, json, 0),
    READY_FD(sigwatch, ready_fd),
    END_OF_OPTIONS,
};

/*
 * A batch of lines is at most what a pipe that poll(2) calls writable takes without
 * blocking: PIPE_BUF.
 */
enum { BATCH = 32, LINE_BYTES = 128, BATCH_BYTES = BATCH * LINE_BYTES };
_Static_assert(BATCH_BYTES <= PIPE_BUF, "a batch is written at once");

/* Once asked to end, how long a reader may take nothing before it is given up. */
static const struct patience grace = {.kind = AT_MOST, .nanoseconds = 2000000000};

struct watching {
	const struct sigwatch *given;
	struct sig_watch watch;
	struct deadline deadline;
	int until;
	bool show_until;
	int until_fd; /* to see it while the output blocks */
	int64_t left; /* lines to print */

	bool ending;                  /* the last signal has come */
	struct signalfd_siginfo last; /* it */

	int lines;
	size_t length;
	char text[BATCH_BYTES];
};

/* ------------------------------------------------------------------ lines */

struct code_row {
	int code;
	const char *name;
};

/* sigaction(2) */
static const char *code_name(const struct signalfd_siginfo *info, char number[16])
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
	bool by_child = info->ssi_signo == SIGCHLD && info->ssi_code > 0 &&
	                info->ssi_code != SI_KERNEL;
	for (const struct code_row *row = by_child ? child : any; row->name != NULL;
	     row++)
		if (row->code == info->ssi_code)
			return row->name;
	snprintf(number, 16, "%d", info->ssi_code);
	return number;
}

static int json_line(char line[LINE_BYTES], const struct signalfd_siginfo *info)
{
	struct sig_name name;
	char number[16], more[32] = "";
	if (info->ssi_code == SI_QUEUE)
		snprintf(more, sizeof more, ",\"value\":%d", info->ssi_int);
	else if (info->ssi_signo == SIGCHLD && info->ssi_code > 0)
		snprintf(more, sizeof more, ",\"status\":%d", info->ssi_status);
	return snprintf(
	    line, LINE_BYTES,
	    "{\"signal\":%u,\"name\":\"%s\",\"code\":\"%s\",\"pid\":%u,\"uid\":%u%s}\n",
	    info->ssi_signo, sig_name((int)info->ssi_signo, &name),
	    code_name(info, number), info->ssi_pid, info->ssi_uid, more);
}

static int text_line(char line[LINE_BYTES], const struct signalfd_siginfo *info)
{
	struct sig_name name;
	char value[32] = "";
	if (info->ssi_code == SI_QUEUE)
		snprintf(value, sizeof value, " value %d", info->ssi_int);
	return snprintf(line, LINE_BYTES, "Got signal %u (%s) from pid %u uid %u%s\n",
	                info->ssi_signo, sig_name((int)info->ssi_signo, &name),
	                info->ssi_pid, info->ssi_uid, value);
}

static void add_line(struct watching *w, const struct signalfd_siginfo *info)
{
	char line[LINE_BYTES];
	int length = w->given->json ? json_line(line, info) : text_line(line, info);
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
	if ((int)info->ssi_signo != w->until) {
		add_line(w, info);
		return;
	}
	if (w->ending && w->show_until)
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

/* What can have been queued at one moment: a sender in a loop does not keep us for ever.
 */
static int64_t most_queued(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_SIGPENDING, &limit) < 0 || limit.rlim_cur > INT32_MAX)
		return INT32_MAX;
	return (int64_t)limit.rlim_cur + SIG_COUNT;
}

/* Everything that has come by now. */
static enum status drain(struct watching *w)
{
	enum status status;
	size_t taken;
	int64_t most = most_queued();
	do {
		status = print_batch(w, &taken);
		most -= (int64_t)taken;
	} while (status == STATUS_DONE && taken > 0 && most > 0 && w->left > 0);
	return status;
}

static enum status timed_out(const struct watching *w)
{
	if (w->given->count == INT64_MAX)
		return fail_as(STATUS_TIMED_OUT, "timed out");
	return fail_as(STATUS_TIMED_OUT, "timed out: %lld of %lld signals came",
	               (long long)(w->given->count - w->left),
	               (long long)w->given->count);
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
			return timed_out(w);
	}
	/* all that was queued before the last signal, which may have come first */
	return status == STATUS_DONE && w->ending ? drain(w) : status;
}

static enum status print_last(struct watching *w)
{
	if (!w->ending || !w->show_until || w->left == 0)
		return STATUS_DONE;
	add_line(w, &w->last);
	return write_lines(w);
}

/* ------------------------------------------------------------------ begin */

static enum status watch(struct watching *w, uint64_t set)
{
	enum status status = sig_watch_begin(&w->watch, set);
	if (status != STATUS_DONE)
		return status;
	w->until_fd = sig_fd(sig_bit(w->until));
	if (w->until_fd < 0)
		status = fail("signalfd");
	if (status == STATUS_DONE)
		status = ready_tell(w->given->ready_fd);
	if (status == STATUS_DONE)
		status = watch_signals(w);
	if (status == STATUS_DONE)
		status = print_last(w);
	if (w->until_fd >= 0)
		close(w->until_fd);
	sig_watch_end(&w->watch);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct sigwatch *given = opts;
	struct watching w = {.given = given,
	                     .deadline = deadline_after(given->patience),
	                     .left = given->count};
	uint64_t set;
	enum status status = sig_parse_set(argc, argv, &set);
	if (status == STATUS_DONE)
		status = sig_parse_catchable(given->until, &w.until);
	if (status != STATUS_DONE)
		return status;
	if (argc == 0)
		set = sig_catchable() & ~sig_bit(SIGCONT);
	w.show_until = argc == 0 || (set & sig_bit(w.until)) != 0;
	status = ready_check(given->ready_fd);
	if (status != STATUS_DONE)
		return status;

	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	status = watch(&w, set | sig_bit(w.until));
	return interrupt_end(&interrupt, status);
}

APPLET(sigwatch, .summary = "print the signals that come, their senders and values",
       .self = {.operands = "[SIGNAL...]",
                .most_operands = ANY_NUMBER,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(sigwatch),
                .run = run});
