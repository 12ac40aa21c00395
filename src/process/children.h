/*
 * Several commands at once: start them, hear of their ends, pass signals on.
 * process/child.h is the same for one command.
 *
 *     pid_t pids[MOST];
 *     struct crew crew;
 *     struct children_exit ended;
 *     if (children_begin(&crew, pids, MOST) != STATUS_OK) …
 *     while (…) {
 *             … children_start(&crew, argv, prepare, argument) while crew.running < MOST
 * … … poll(2) crew.fd, beside others … while (children_poll(&crew, &ended)) … ended.pid,
 * ended.wait_status …
 *     }
 *     while (children_wait(&crew, &ended)) …
 *     children_end(&crew, 0);
 *
 * From begin to end signals are blocked here (SIGCHLD too, so that a shell whose builtin
 * we are reaps none of the commands; nor do we reap a child of the shell's) and looked
 * at:
 *
 * - One that a process sent to us (kill, sigqueue; with its value) is passed on to all.
 * - One that the terminal sent is not: the commands got it themselves.
 * - One that we ignore stays ignored.
 * - Where the terminal, or a process that asks us, stops the commands, we stop too, so
 *   that the shell that waits for us notices. CONT is passed on.
 * - A shell whose builtin we are gets at the end what it has a handler for, and HUP, INT,
 *   QUIT and TERM; INT and QUIT of the terminal where a command died of it.
 *
 * The waits of base/deadline.h do not end by a signal meanwhile: poll crew.fd with them
 * and ask children_termination_signal().
 */
#ifndef PROCESS_CHILDREN_H
#define PROCESS_CHILDREN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

struct signalfd_siginfo;

/* For a caller who looks at signals too; each may be left out. */
struct children_hooks {
	uint64_t extra; /* signals that are looked at even where we ignore them */
	uint64_t
	    ignore; /* and those that are not: they stay blocked or not, as they are */
	/* Asked of each signal that is read: true where it is the caller's own business,
	 * and is neither passed on nor counted as seen. */
	bool (*intercept)(void *argument, const struct signalfd_siginfo *info);
	/* Called before we stop with the commands. */
	void (*before_stop)(void *argument);
	void *argument;
};

struct children {
	pid_t *pids; /* the caller's array: 0 where none runs */
	int most, running;
	int fd; /* poll it for POLLIN: children_poll() has something to look at */
	uint64_t saved_mask;   /* to be put back at the end */
	uint64_t command_mask; /* of the commands; the same after children_begin() */
	struct sigaction saved_chld;
	uint64_t sent,
	    received;       /* signals which came from a process; which came at all */
	uint64_t delivered; /* signals that the commands got too */
	uint64_t fatal;     /* signals by which a command ended */
	const struct children_hooks *hooks;
	uint64_t
	    held_back; /* the first of each of these is not passed on; none after begin */
};

/* One that has ended. Its place in the array may be another's from now on. */
struct children_exit {
	int index;
	pid_t pid;
	int wait_status; /* as of waitpid(2); see status_of_wait() */
};

/*
 * What the child does between fork and exec, its standard descriptors being those of the
 * caller already: false ends it with 125; it reported why. setenv(3) in it reaches the
 * command.
 */
typedef bool children_prepare(void *argument);

/*
 * At most `most` commands at once; pids is the crew's until it ends. A failure is
 * reported (STATUS_RUN_ERROR); then there is nothing to end.
 */
enum status children_begin(struct children *children, pid_t *pids, int most);

/* The same; the hooks must outlive the crew. */
enum status children_begin_with_hooks(struct children *children, pid_t *pids, int most,
                                      const struct children_hooks *hooks);

/*
 * Fork; in the child prepare(argument) where there is one, then argv[0] is looked for in
 * PATH and executed, as env(1) does. Where that fails the child reports it and exits with
 * 126 or 127. The command has the environment, the descriptors, the mask and the
 * dispositions that the caller of the applet has. Its pid, at the first free place of the
 * array (there must be one), or -1, reported: none was started.
 */
pid_t children_start(struct children *children, char **argv, children_prepare *prepare,
                     void *argument);

/*
 * The same for who starts many: as fast as vfork(2), where we are a program. The path is
 * that of a program, see exec_find(), or of a script for the shell; the descriptors
 * become its standard input and output, -1 leaves them as they are. -1 with errno, also
 * where it cannot be executed; nothing is reported.
 */
struct children_spawn {
	const char *path;
	char **argv, **environment;
	int in, out;
};
pid_t children_spawn(struct children *children, const struct children_spawn *spawn);

/*
 * Read the signals that have come, and tell of one command that has ended; false where
 * none has. Does not wait, except where it stops with the commands.
 */
bool children_poll(struct children *children, struct children_exit *ended);

/* The same, but wait for one to end; false where none runs. */
bool children_wait(struct children *children, struct children_exit *ended);

/* The first of HUP, INT, QUIT and TERM that has come; 0 where none has. */
int children_termination_signal(const struct children *children);

/* The commands got one of them too: from us or from the terminal. */
bool children_got_termination(const struct children *children);

/* Send all that run `signal`, with the value and the sender of one that has come. */
void children_forward(const struct children *children, int signal,
                      const struct signalfd_siginfo *info);

/* Send all that run a signal. */
void children_kill(const struct children *children, int signal);

/*
 * Give back what begin took. None may run any more. `signal`, where it is not 0, is what
 * children_termination_signal() told and the caller obeyed: a program ends by it here, a
 * shell hears of it.
 */
void children_end(struct children *children, int signal);

#endif
