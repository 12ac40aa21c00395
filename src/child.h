/*
 * Start a command, wait for it and pass signals on; its exit status is ours.
 *
 * The command gets the signal mask and the dispositions that the caller of the
 * applet had. While a child runs, SIGCHLD is blocked, so that a shell whose
 * builtin we are does not reap it. A signal that a process sent to us
 * (kill, sigqueue; with its value) is passed on; one that the terminal sent is not, since
 * the command gets it itself.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "applet.h"

struct child {
	pid_t pid;
	uint64_t saved_mask; /* to be put back in the child and, at the end, here */
	int signals;         /* a signalfd of all that is passed on */
};

/* What the child does between fork and exec; false: it reported a failure. */
typedef bool child_prepare(void *argument);

/*
 * Fork; in the child prepare(argument), then execvp(3) of argv. Where exec
 * fails the child reports it and exits with 126 or 127. STATUS_DONE, or a failure that
 * was reported: nothing was started, nothing is left blocked.
 */
enum status child_start(struct child *child, char **argv, child_prepare *prepare,
                        void *argument);

/*
 * Wait for its end, passing signals on: its exit status, 128 + N where a signal ended it.
 * Gives back what child_start took.
 */
enum status child_wait(struct child *child);

/* The exit status that stands for a wait status, as a shell has it. */
enum status child_status(int wait_status);

#endif
