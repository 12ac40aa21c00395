#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "base/value.h"
#include "io/output.h"
#include "io/report.h"
#include "signal/count.h"
#include "signal/signame.h"

enum status catch_parse_period(struct catching *catching, const char *text)
{
	const char *wrong = value_duration(text, &catching->period);
	if (wrong == NULL && catching->period == 0)
		wrong = "no time at all";
	return wrong != NULL ? usage_error("'%s' is %s", text, wrong) : STATUS_DONE;
}

struct state {
	struct sig_watch watch;
	int last;
	int64_t left; /* times that it has yet to come; 0: it is over */
};

static enum status print_caught(struct state *state)
{
	struct signalfd_siginfo info;
	char text[32];
	if (sig_watch_read(&state->watch, &info, 1) == 0)
		return STATUS_DONE;
	if ((int)info.ssi_signo == state->last)
		state->left--;
	/* who ends leaves no line unfinished */
	return output_print("[Caught: %s]%s", sig_description((int)info.ssi_signo, text),
	                    state->left == 0 ? "\n" : "");
}

/* However many signals come, they do not keep the time from passing. */
static enum status catch_until(const struct deadline *deadline, struct state *state)
{
	enum status status = STATUS_DONE;
	struct pollfd ready = {.fd = state->watch.fd, .events = POLLIN};
	while (status == STATUS_DONE && state->left > 0 && deadline_left(deadline) > 0) {
		if (deadline_poll(deadline, &ready, 1) > 0)
			status = print_caught(state);
		else if (errno != ETIMEDOUT)
			status = fail("poll");
	}
	return status;
}

static enum status count(int64_t nanoseconds, struct state *state)
{
	struct deadline next = deadline_after(
	    (struct patience){.kind = AT_MOST, .nanoseconds = nanoseconds});
	enum status status = STATUS_DONE;
	for (long long n = 0; status == STATUS_DONE && state->left > 0; n++) {
		status = output_print("%d: %lld\n", getpid(), n);
		if (status == STATUS_DONE)
			status = catch_until(&next, state);
		next = deadline_add(next, nanoseconds);
	}
	return status;
}

enum status catch_signals(const struct catching *given)
{
	struct interrupt interrupt;
	struct state state = {.last = given->last,
	                      .left = given->last != 0 ? given->times : INT64_MAX};
	interrupt_begin(&interrupt);
	enum status status = sig_watch_begin(&state.watch, given->set);
	if (status == STATUS_DONE) {
		status = count(given->period, &state);
		sig_watch_end(&state.watch);
	}
	return interrupt_end(&interrupt, status);
}
