/* SPDX-License-Identifier: MIT */
/*
 * Start one command, wait for it and forward signals to it; its exit status is the
 * applet's. process/children.h says what happens to signals.
 */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include "base/status.h"
#include "process/children.h"

struct child {
	pid_t pid; /* 0 after it has ended */
	struct children children;
};

/*
 * Start it as children_start() does. STATUS_OK, or STATUS_RUN_ERROR, reported: nothing
 * was started, no signal is left blocked.
 */
enum status child_start(struct child *child, char **argv, children_prepare *prepare,
                        void *argument);

/*
 * Wait until it ends, forwarding signals: its exit status, 128 + N if signal N killed it.
 * Restores what child_start() changed.
 */
enum status child_wait(struct child *child);

/*
 * The last act of an applet: a program becomes the command, a shell starts it and waits.
 * prepare(argument) is called in the process that becomes it, see process/children.h. The
 * command's exit status, or STATUS_RUN_ERROR, 126 or 127, reported.
 */
enum status child_run(char **argv, children_prepare *prepare, void *argument);

/*
 * The exit status of an applet whose command has ended so, as of waitpid(2). If a signal
 * killed it, and the applet returns this status, the program ends by the same signal: a
 * shell ends its script at ^C only if the command was killed by INT.
 */
enum status child_adopt_status(int wait_status);

#endif
