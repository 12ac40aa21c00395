/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "base/value.h"
#include "io/error.h"
#include "io/output.h"
#include "signal/count.h"
#include "signal/signame.h"
#include "signal/sigreader.h"

enum status signal_count_parse_period(struct signal_count *counting, const char *text)
{
	const char *wrong = value_duration(text, &counting->period);
	if (wrong == NULL && counting->period == 0)
		return error_usage("SECONDS must be greater than 0");
	return error_unless_valid(text, wrong);
}

struct signal_count_state {
	struct sigreader reader;
	int last;
	int64_t left; /* times that it has yet to arrive; 0: the end */
};

static enum status print_caught_signal(struct signal_count_state *state)
{
	struct signalfd_siginfo info;
	char text[32];
	if (sigreader_read(&state->reader, &info, 1) == 0)
		return STATUS_OK;
	if ((int)info.ssi_signo == state->last)
		state->left--;
	/* the last line is completed */
	return output_printf("[Caught: %s]%s",
	                     signame_description((int)info.ssi_signo, text),
	                     state->left == 0 ? "\n" : "");
}

/*
 * The deadline is checked after each signal, so that many of them do not delay it. After
 * the deadline, if the count is behind, it is one signal for each number.
 */
static enum status print_signals_until(const struct deadline *deadline,
                                       struct signal_count_state *state)
{
	enum status status = STATUS_OK;
	struct pollfd ready = {.fd = state->reader.fd, .events = POLLIN};
	do {
		if (deadline_poll(deadline, &ready, 1) > 0)
			status = print_caught_signal(state);
		else if (errno != ETIMEDOUT)
			status = error_errno("poll");
	} while (status == STATUS_OK && state->left > 0 && deadline_left(deadline) > 0);
	return status;
}

static enum status count_periods(int64_t nanoseconds, struct signal_count_state *state)
{
	struct deadline next = deadline_in(nanoseconds);
	enum status status = STATUS_OK;
	for (long long n = 0; status == STATUS_OK && state->left > 0; n++) {
		status = output_printf("%d: %lld\n", getpid(), n);
		if (status == STATUS_OK)
			status = print_signals_until(&next, state);
		next = deadline_add(next, nanoseconds);
	}
	return status;
}

enum status signal_count_run(const struct signal_count *given)
{
	struct termsig termsig;
	struct signal_count_state state = {
	    .last = given->last, .left = given->last != 0 ? given->times : INT64_MAX};
	termsig_begin(&termsig);
	enum status status = sigreader_begin(&state.reader, given->set);
	if (status == STATUS_OK) {
		status = count_periods(given->period, &state);
		sigreader_end(&state.reader);
	}
	return termsig_end(&termsig, status);
}
