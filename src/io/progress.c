/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/quantity.h"
#include "io/progress.h"
#include "io/status_line.h"

enum { SECOND = 1000000000, INTERVAL = SECOND / 5 };

struct progress_fields {
	size_t length, room;
	char text[PROGRESS_TEXT_MAX];
};

void progress_append(struct progress_fields *fields, const char *format, ...)
{
	va_list arguments;
	char *at = fields->text + fields->length;
	va_start(arguments, format);
	int length =
	    vsnprintf(at, sizeof fields->text - fields->length, format, arguments);
	va_end(arguments);
	if (fields->length + (size_t)length > fields->room) {
		*at = '\0';
		fields->room = 0;
		return;
	}
	fields->length += (size_t)length;
}

static void append_bytes_field(struct progress_fields *fields, int64_t bytes,
                               const char *suffix)
{
	char text[QUANTITY_TEXT];
	quantity_bytes(text, bytes, true);
	progress_append(fields, "  %8s%s", text, suffix);
}

static void append_time_field(struct progress_fields *fields, double seconds,
                              const char *suffix)
{
	int64_t whole = (int64_t)seconds;
	int hours = (int)(whole / 3600), minutes = (int)(whole / 60 % 60);
	if (hours > 0)
		progress_append(fields, "  %d:%02d:%02d%s", hours, minutes,
		                (int)(whole % 60), suffix);
	else
		progress_append(fields, "  %2d:%02d%s", minutes, (int)(whole % 60),
		                suffix);
}

static int64_t progress_elapsed(const struct progress *progress, clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (now.tv_sec - progress->started.tv_sec) * SECOND + now.tv_nsec -
	       progress->started.tv_nsec;
}

static void append_done_field(struct progress_fields *fields,
                              const struct progress *progress)
{
	switch (progress->unit) {
	case PROGRESS_BYTES: append_bytes_field(fields, progress->done, ""); break;
	case PROGRESS_MESSAGES:
		progress_append(fields, "%9lld messages", (long long)progress->done);
		break;
	case PROGRESS_JOBS: progress->describe(progress->argument, fields); break;
	}
}

static void append_rate_field(struct progress_fields *fields, enum progress_unit unit,
                              double rate)
{
	if (unit == PROGRESS_BYTES)
		append_bytes_field(fields, (int64_t)rate, "/s");
	else
		progress_append(fields, unit == PROGRESS_JOBS ? "  %.1f/s" : "  %.0f/s",
		                rate);
}

static void progress_format(const struct progress *progress, int64_t nanoseconds,
                            bool is_last, struct progress_fields *fields)
{
	enum { MUCH_TIME = 10000 * 3600 };
	double done = (double)progress->done, end = (double)progress->end;
	double seconds = (double)nanoseconds / SECOND;
	double rate = done / seconds;
	append_done_field(fields, progress);
	append_time_field(fields, seconds, "");
	append_rate_field(fields, progress->unit, rate);
	if (end > 0)
		progress_append(fields, "  %3d %%", (int)(done * 100 / end));
	if (end > done && rate > 0 && !is_last && (end - done) / rate < MUCH_TIME)
		append_time_field(fields, (end - done) / rate, " left");
}

static void progress_draw(struct progress *progress, bool is_last)
{
	struct progress_fields fields = {.room = status_line_width()};
	int64_t nanoseconds = progress_elapsed(progress, CLOCK_MONOTONIC) + 1;
	progress->next = nanoseconds + INTERVAL;
	progress_format(progress, nanoseconds, is_last, &fields);
	status_line_show(fields.text, is_last);
}

void progress_text(const struct progress *progress, char text[PROGRESS_TEXT_MAX])
{
	struct progress_fields fields = {.room = PROGRESS_TEXT_MAX - 1};
	progress_format(progress, progress_elapsed(progress, CLOCK_MONOTONIC) + 1, false,
	                &fields);
	memcpy(text, fields.text, fields.length + 1);
}

static bool progress_is_wanted(enum value_when when)
{
	return when == VALUE_WHEN_ALWAYS ||
	       (when == VALUE_WHEN_AUTO && isatty(STDERR_FILENO) == 1);
}

static void progress_start(struct progress *progress)
{
	if (!progress->shown)
		return;
	progress_draw(progress, false);
	deadline_set_idle_hook(progress_update, progress);
}

void progress_begin(struct progress *progress, enum value_when when,
                    enum progress_unit unit, int64_t end)
{
	*progress = (struct progress){
	    .shown = progress_is_wanted(when), .unit = unit, .end = end};
	if (progress->shown)
		clock_gettime(CLOCK_MONOTONIC, &progress->started);
	progress_start(progress);
}

void progress_begin_jobs(struct progress *progress, enum value_when when, int64_t end,
                         progress_describe *describe, void *argument)
{
	*progress = (struct progress){.shown = progress_is_wanted(when),
	                              .unit = PROGRESS_JOBS,
	                              .end = end,
	                              .describe = describe,
	                              .argument = argument};
	clock_gettime(CLOCK_MONOTONIC, &progress->started);
	progress_start(progress);
}

void progress_update(void *data)
{
	struct progress *progress = data;
	if (progress_elapsed(progress, CLOCK_MONOTONIC_COARSE) >= progress->next)
		progress_draw(progress, false);
}

void progress_end(struct progress *progress)
{
	if (!progress->shown)
		return;
	deadline_set_idle_hook(NULL, NULL);
	progress_draw(progress, true);
	progress->shown = false;
}
