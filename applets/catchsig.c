/*
 * catchsig - count the seconds and say which signals come
 *
 * What a program with a signal handler does, to be looked at. The signals are
 * read from a signalfd(2), so that none is missed while one is printed.
 */
#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "deadline.h"
#include "interrupt.h"
#include "output.h"
#include "report.h"
#include "sig.h"

static enum status print_caught(struct sig_watch *watch)
{
	struct signalfd_siginfo info;
	char text[32];
	if (sig_watch_read(watch, &info, 1) == 0)
		return STATUS_DONE;
	return output_print("[Caught: %s]", sig_description((int)info.ssi_signo, text));
}

/* However many signals come, they do not keep the time from passing. */
static enum status catch_until(const struct deadline *deadline, struct sig_watch *watch)
{
	enum status status = STATUS_DONE;
	struct pollfd ready = {.fd = watch->fd, .events = POLLIN};
	while (status == STATUS_DONE && deadline_left(deadline) > 0) {
		if (deadline_poll(deadline, &ready, 1) > 0)
			status = print_caught(watch);
		else if (errno != ETIMEDOUT)
			status = fail("poll");
	}
	return status;
}

static enum status count(int64_t nanoseconds, struct sig_watch *watch)
{
	struct deadline next = deadline_after(
	    (struct patience){.kind = AT_MOST, .nanoseconds = nanoseconds});
	enum status status = STATUS_DONE;
	for (long long n = 0; status == STATUS_DONE; n++) {
		status = output_print("%d: %lld\n", getpid(), n);
		if (status == STATUS_DONE)
			status = catch_until(&next, watch);
		next = deadline_add(next, nanoseconds);
	}
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	(void)opts;
	int64_t nanoseconds;
	uint64_t set;
	const char *wrong = value_duration(argv[0], &nanoseconds);
	if (wrong == NULL && nanoseconds == 0)
		wrong = "no time at all";
	if (wrong != NULL)
		return usage_error("'%s' is %s", argv[0], wrong);
	enum status status = sig_parse_set(argc - 1, argv + 1, &set);
	if (status != STATUS_DONE)
		return status;

	struct interrupt interrupt;
	struct sig_watch watch;
	interrupt_begin(&interrupt);
	status = sig_watch_begin(&watch, set);
	if (status == STATUS_DONE) {
		status = count(nanoseconds, &watch);
		sig_watch_end(&watch);
	}
	return interrupt_end(&interrupt, status);
}

APPLET(catchsig, .summary = "count the seconds and say which signals come",
       .self = {.operands = "SECONDS [SIGNAL...]",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .run = run});
