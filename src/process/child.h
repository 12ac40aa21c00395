/*
 * Start a command, wait for it and pass signals on; its exit status is ours. A crew of
 * one: what happens to signals meanwhile is told in process/children.h.
 */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include "base/status.h"
#include "process/children.h"

struct child {
	pid_t pid; /* 0 when it has ended */
	struct children children;
};

/*
 * Start it as children_start() does. STATUS_OK, or a failure that was reported: nothing
 * was started, nothing is left blocked.
 */
enum status child_start(struct child *child, char **argv, children_prepare *prepare,
                        void *argument);

/*
 * Wait for its end, passing signals on: its exit status, 128 + N where a signal ended it.
 * Gives back what child_start took.
 */
enum status child_wait(struct child *child);

/*
 * The last thing to do: a program becomes the command, a shell starts it and waits.
 * prepare(argument) is called in the process that becomes it, see process/children.h. The
 * command's status, or that of a failure that was reported.
 */
enum status child_run(char **argv, children_prepare *prepare, void *argument);

#endif
