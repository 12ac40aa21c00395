/*
 * Start a command, wait for it and pass signals on; its exit status is ours.
 *
 * The command gets the environment, the descriptors, the signal mask and the
 * dispositions that the caller of the applet has. While it runs, signals are blocked here
 * (SIGCHLD too, so that a shell whose builtin we are does not reap it) and looked at:
 *
 * - One that a process sent to us (kill, sigqueue; with its value) is passed on.
 * - One that the terminal sent is not: the command got it itself.
 * - One that we ignore stays ignored.
 * - Where the terminal, or a process that asks us, stops the command, we stop
 *   too, so that the shell that waits for us notices. CONT is passed on.
 * - A shell whose builtin we are gets at the end what it has a handler for, and HUP, INT,
 *   QUIT and TERM; INT and QUIT of the terminal where the command died of it.
 */
#ifndef CHILD_H
#define CHILD_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "applet.h"

struct child {
	pid_t pid;
	uint64_t saved_mask; /* to be put back in the child and, at the end, here */
	struct sigaction saved_chld;
	int signals;   /* a signalfd of all that is looked at */
	uint64_t sent; /* which came from a process */
	uint64_t seen; /* which came at all */
};

/*
 * What the child does between fork and exec, its standard descriptors being those of the
 * caller already: false ends it with 125; it reported why. setenv(3) in it reaches the
 * command.
 */
typedef bool child_prepare(void *argument);

/*
 * Fork; in the child prepare(argument) where there is one, then argv[0] is looked for in
 * PATH and executed, as env(1) does. Where that fails the child reports it and exits with
 * 126 or 127. STATUS_DONE, or a failure that was reported: nothing was started, nothing
 * is left blocked.
 */
enum status child_start(struct child *child, char **argv, child_prepare *prepare,
                        void *argument);

/*
 * Wait for its end, passing signals on: its exit status, 128 + N where a signal ended it.
 * Gives back what child_start took.
 */
enum status child_wait(struct child *child);

/*
 * For the program alone, which has no more to do: become the command instead of starting
 * it. Returns only where that fails: 126 or 127, reported.
 */
enum status child_exec(char **argv);

/* The exit status that stands for a wait status, as a shell has it. */
enum status child_status(int wait_status);

#endif
