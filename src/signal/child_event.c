/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sys/wait.h>

#include "io/record.h"
#include "signal/child_event.h"
#include "signal/signame.h"

struct child_event child_event_of_end(pid_t pid, int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return (struct child_event){.kind = CHILD_EVENT_KILLED,
		                            .pid = pid,
		                            .number = WTERMSIG(wait_status),
		                            .core = WCOREDUMP(wait_status)};
	return (struct child_event){
	    .kind = CHILD_EVENT_EXITED, .pid = pid, .number = WEXITSTATUS(wait_status)};
}

/* Each with the members of its kind. */
static const struct record_column event_columns[] = {{"event", 0}, {"pid", 0}, {0}};
static const struct record_column exit_columns[] = {
    {"event", 0}, {"pid", 0}, {"status", 0}, {0}};
static const struct record_column stop_columns[] = {
    {"event", 0}, {"pid", 0}, {"signal", 0}, {"name", 0}, {0}};
static const struct record_column kill_columns[] = {
    {"event", 0}, {"pid", 0}, {"signal", 0}, {"name", 0}, {"core", 0}, {0}};

struct event_kind {
	const char *name;
	const struct record_column *columns;
};

static const struct event_kind event_kinds[] = {
    [CHILD_EVENT_STARTED] = {"started", event_columns},
    [CHILD_EVENT_STOPPED] = {"stopped", stop_columns},
    [CHILD_EVENT_CONTINUED] = {"continued", event_columns},
    [CHILD_EVENT_EXITED] = {"exited", exit_columns},
    [CHILD_EVENT_KILLED] = {"killed", kill_columns}};

static int format_event_json(char line[CHILD_EVENT_LINE_BYTES],
                             const struct child_event *event)
{
	const struct event_kind *kind = &event_kinds[event->kind];
	struct record record;
	struct signame name;
	record_begin(&record, kind->columns, true);
	record_text(&record, kind->name);
	record_number(&record, event->pid);
	if (kind->columns != event_columns)
		record_number(&record, event->number);
	if (kind->columns == stop_columns || kind->columns == kill_columns)
		record_text(&record, signame_format(event->number, &name));
	if (kind->columns == kill_columns)
		record_boolean(&record, event->core);
	return (int)record_store(&record, line);
}

static int format_event_text(char line[CHILD_EVENT_LINE_BYTES],
                             const struct child_event *event)
{
	char text[32];
	size_t size = CHILD_EVENT_LINE_BYTES;
	switch (event->kind) {
	case CHILD_EVENT_STARTED:
		return snprintf(line, size, "Forking a child: %d\n", event->pid);
	case CHILD_EVENT_STOPPED:
		return snprintf(line, size, "Stopped: %s\n",
		                signame_description(event->number, text));
	case CHILD_EVENT_CONTINUED: return snprintf(line, size, "Continued\n");
	case CHILD_EVENT_EXITED:
		return snprintf(line, size, "Exit status: %d\n", event->number);
	case CHILD_EVENT_KILLED:
		return snprintf(line, size, "Terminated: %s%s\n",
		                signame_description(event->number, text),
		                event->core ? " (core dumped)" : "");
	}
	return 0;
}

int child_event_format(char line[CHILD_EVENT_LINE_BYTES], const struct child_event *event,
                       bool json)
{
	return json ? format_event_json(line, event) : format_event_text(line, event);
}
