/*
 * Several commands at once: start them, hear of their ends, pass signals on.
 * process/child.h is the same for one command.
 *
 *     pid_t pids[MOST];
 *     struct crew crew;
 *     struct crew_ended ended;
 *     if (crew_begin(&crew, pids, MOST) != STATUS_DONE) …
 *     while (…) {
 *             … crew_start(&crew, argv, prepare, argument) while crew.running < MOST …
 *             … poll(2) crew.fd, beside others …
 *             while (crew_look(&crew, &ended)) … ended.pid, ended.wait_status …
 *     }
 *     while (crew_wait(&crew, &ended)) …
 *     crew_end(&crew, 0);
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
 * and ask crew_asked().
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
struct crew_hooks {
	uint64_t also; /* signals that are looked at even where we ignore them */
	uint64_t
	    leave; /* and those that are not: they stay blocked or not, as they are */
	/* Asked of each signal that is read: true where it is the caller's own business,
	 * and is neither passed on nor counted as seen. */
	bool (*take)(void *argument, const struct signalfd_siginfo *info);
	/* Called before we stop with the commands. */
	void (*before_stop)(void *argument);
	void *argument;
};

struct crew {
	pid_t *pids; /* the caller's array: 0 where none runs */
	int most, running;
	int fd; /* poll it for POLLIN: crew_look() has something to look at */
	uint64_t saved_mask;   /* to be put back at the end */
	uint64_t command_mask; /* of the commands; the same after crew_begin() */
	struct sigaction saved_chld;
	uint64_t sent, seen; /* signals which came from a process; which came at all */
	uint64_t reached;    /* signals that the commands got too */
	uint64_t fatal;      /* signals by which a command ended */
	const struct crew_hooks *hooks;
	uint64_t kept; /* the first of each of these is not passed on; none after begin */
};

/* One that has ended. Its place in the array may be another's from now on. */
struct crew_ended {
	int place;
	pid_t pid;
	int wait_status; /* as of waitpid(2); see child_status() */
};

/*
 * What the child does between fork and exec, its standard descriptors being those of the
 * caller already: false ends it with 125; it reported why. setenv(3) in it reaches the
 * command.
 */
typedef bool child_prepare(void *argument);

/*
 * At most `most` commands at once; pids is the crew's until it ends. A failure is
 * reported (STATUS_RUN_FAILED); then there is nothing to end.
 */
enum status crew_begin(struct crew *crew, pid_t *pids, int most);

/* The same; the hooks must outlive the crew. */
enum status crew_begin_with(struct crew *crew, pid_t *pids, int most,
                            const struct crew_hooks *hooks);

/*
 * Fork; in the child prepare(argument) where there is one, then argv[0] is looked for in
 * PATH and executed, as env(1) does. Where that fails the child reports it and exits with
 * 126 or 127. The command has the environment, the descriptors, the mask and the
 * dispositions that the caller of the applet has. Its pid, at the first free place of the
 * array (there must be one), or -1, reported: none was started.
 */
pid_t crew_start(struct crew *crew, char **argv, child_prepare *prepare, void *argument);

/*
 * The same for who starts many: as fast as vfork(2), where we are a program. The path is
 * that of a program, see child_find(), or of a script for the shell; the descriptors
 * become its standard input and output, -1 leaves them as they are. -1 with errno, also
 * where it cannot be executed; nothing is reported.
 */
struct crew_spawn {
	const char *path;
	char **argv, **environment;
	int in, out;
};
pid_t crew_spawn(struct crew *crew, const struct crew_spawn *spawn);

/*
 * Read the signals that have come, and tell of one command that has ended; false where
 * none has. Does not wait, except where it stops with the commands.
 */
bool crew_look(struct crew *crew, struct crew_ended *ended);

/* The same, but wait for one to end; false where none runs. */
bool crew_wait(struct crew *crew, struct crew_ended *ended);

/* The first of HUP, INT, QUIT and TERM that has come; 0 where none has. */
int crew_asked(const struct crew *crew);

/* The commands got one of them too: from us or from the terminal. */
bool crew_commands_asked(const struct crew *crew);

/* Send all that run `signal`, with the value and the sender of one that has come. */
void crew_pass_on(const struct crew *crew, int signal,
                  const struct signalfd_siginfo *info);

/* Send all that run a signal. */
void crew_kill(const struct crew *crew, int signal);

/*
 * Give back what begin took. None may run any more. `signal`, where it is not 0, is what
 * crew_asked() told and the caller obeyed: a program ends by it here, a shell hears of
 * it.
 */
void crew_end(struct crew *crew, int signal);

#endif
