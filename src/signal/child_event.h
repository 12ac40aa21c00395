/* SPDX-License-Identifier: MIT */
/*
 * An event of a child process, as a line for people or a JSON object. See wait(2).
 */
#ifndef SIGNAL_CHILD_EVENT_H
#define SIGNAL_CHILD_EVENT_H

#include <stdbool.h>
#include <sys/types.h>

enum child_event_kind {
	CHILD_EVENT_STARTED,
	CHILD_EVENT_STOPPED,
	CHILD_EVENT_CONTINUED,
	CHILD_EVENT_EXITED,
	CHILD_EVENT_KILLED
};

struct child_event {
	enum child_event_kind kind;
	pid_t pid;
	int number; /* the signal of a stop or a death, or the exit status */
	bool core;  /* CHILD_EVENT_KILLED: it dumped core */
};

/* The end of a child, from its wait status. */
struct child_event child_event_of_end(pid_t pid, int wait_status);

/* Format a line, with a newline. Returns its length, which is less than the size. */
enum { CHILD_EVENT_LINE_BYTES = 128 };
int child_event_format(char line[CHILD_EVENT_LINE_BYTES], const struct child_event *event,
                       bool json);

#endif
