/* SPDX-License-Identifier: MIT */
/*
 * Sources of timerfd_create(2): time:DURATION, every:DURATION.
 */
#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/value.h"
#include "io/error.h"
#include "wait/source.h"

static enum status wait_clock_parse(struct wait_source *source, const char *rest)
{
	int64_t *length = &source->as.nanoseconds;
	enum status status = error_unless_valid(rest, value_duration(rest, length));
	if (status != STATUS_OK || *length > 0)
		return status;
	if (source->kind == &wait_every_kind)
		return error_usage("'%s' is 0: every: requires a length of time", rest);
	*length = 1; /* timerfd_settime(2): 0 would stop it */
	return STATUS_OK;
}

static enum status wait_clock_open(struct wait_source *source)
{
	enum { SECOND = 1000000000 };
	int64_t length = source->as.nanoseconds;
	struct timespec time = {.tv_sec = length / SECOND, .tv_nsec = length % SECOND};
	struct itimerspec timer = {.it_value = time};
	if (source->kind == &wait_every_kind)
		timer.it_interval = time;
	source->waitable.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (source->waitable.fd >= 0 &&
	    timerfd_settime(source->waitable.fd, 0, &timer, NULL) == 0)
		return STATUS_OK;
	return error_errno("%s", source->text);
}

/* How often the time has come since the last event. */
static int wait_clock_check(struct wait_source *source)
{
	uint64_t times;
	if (read(source->waitable.fd, &times, sizeof times) < 0)
		return errno == EAGAIN ? 0 : -1;
	if (source->kind == &wait_every_kind)
		wait_event_add_number(&source->event, "times", times);
	return 1;
}

const struct wait_kind wait_time_kind = {
    .prefix = "time:",
    .repeat = WAIT_ONCE,
    .parse = wait_clock_parse,
    .open = wait_clock_open,
    .check = wait_clock_check,
};

const struct wait_kind wait_every_kind = {
    .prefix = "every:",
    .repeat = WAIT_EACH,
    .parse = wait_clock_parse,
    .open = wait_clock_open,
    .check = wait_clock_check,
};
