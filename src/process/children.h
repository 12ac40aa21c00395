/* SPDX-License-Identifier: MIT */
/*
 * Several commands at once: start them, wait for them, forward signals to them.
 * process/child.h does the same for one command.
 *
 *     pid_t pids[MAX];
 *     struct children children;
 *     struct children_exit ended;
 *     if (children_begin(&children, pids, MAX) != STATUS_OK) …
 *     while (…) {
 *             while (children.running < MAX)
 *                     children_start(&children, argv, prepare, argument);
 *             … poll(2) children.fd, beside others …
 *             while (children_poll(&children, &ended))
 *                     … ended.pid, ended.wait_status …
 *     }
 *     while (children_wait(&children, &ended))
 *             …
 *     children_end(&children, 0);
 *
 * From begin to end signals are blocked and read from a signalfd(2). SIGCHLD is among
 * them: a shell that runs the applet as a builtin does not reap the commands, and the
 * applet does not reap the shell's other children.
 *
 * - A signal that reached this process alone is forwarded to all commands: if a process
 *   sent it (kill, sigqueue), with its value; a hang-up of the terminal whose session
 *   leader this is; an alarm.
 * - A signal that the kernel sent to the process group, from the terminal, is forwarded
 *   only to commands that have left the group: the others get it themselves.
 * - A signal that a process sent to the group is forwarded too, and arrives twice: the
 *   kernel does not show that it was not sent to this process alone.
 * - If a signal cannot be forwarded, that is reported.
 * - A signal that the caller ignores stays ignored.
 * - If the terminal, or a process that signals this one, stops the commands, this process
 *   stops too, so that the shell that waits for it notices. SIGCONT is forwarded.
 * - With a group (process/supervision.h) all of this is for the whole group, but a queued
 *   value, which only the commands get: the kernel queues nothing for a group.
 * - If this process is stopped by SIGSTOP, so are the commands: process/stop_forwarder.h.
 * - At the end a shell gets the signals that it has a handler for, HUP, INT, QUIT and
 *   TERM, and alarms; INT and QUIT of the terminal only if a command was killed by it.
 *
 * A signal does not interrupt the waits of base/deadline.h during this: poll children.fd
 * too, and ask children_termination_signal().
 */
#ifndef PROCESS_CHILDREN_H
#define PROCESS_CHILDREN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "process/command_group.h"
#include "process/stop_forwarder.h"

struct signalfd_siginfo;
struct supervision;

/* For a caller that reads signals too. Each member may be left out. */
struct children_hooks {
	uint64_t extra;  /* signals to read even if they are ignored */
	uint64_t ignore; /* signals not to read: they stay blocked or not, as they are */
	/* Called for each signal that is read: true if the caller deals with it, so that
	 * it is neither forwarded nor counted as received. */
	bool (*intercept)(void *argument, const struct signalfd_siginfo *info);
	/* Called before this process stops with the commands. */
	void (*before_stop)(void *argument);
	void *argument;
};

/* Sets of signals are as in base/ksig.h. */
struct children {
	pid_t *pids; /* the caller's array; 0: a free slot */
	int most, running;
	int fd;        /* readable if children_poll() has something to do */
	int signal_fd; /* signalfd(2): fd, or what fd, an epoll(7) descriptor, waits for
	                */
	uint64_t saved_mask;
	uint64_t command_mask; /* of the commands; saved_mask unless the caller changes it
	                        */
	struct sigaction saved_chld;
	uint64_t sent, received; /* signals from processes; all signals */
	uint64_t delivered;      /* signals that the commands got as well */
	uint64_t fatal;          /* signals that killed a command */
	uint64_t alarms;         /* ALRM, VTALRM, PROF, XCPU of the kernel */
	const struct children_hooks *hooks;
	/* The first of each of these that a process sends is not forwarded; empty unless
	 * the caller sets it */
	uint64_t held_back;
	struct stop_forwarder stops;
	struct command_group group;
	const struct supervision *supervision; /* NULL: none */
	bool parent_ended; /* and the commands were terminated for it */
};

/* A command that has ended. Its slot of pids is free again. */
struct children_exit {
	int index; /* of the slot */
	pid_t pid;
	int wait_status; /* as of waitpid(2); see status_of_wait() */
};

/*
 * Called in the child between fork and exec, with the standard descriptors of the caller:
 * false, after a report, makes the child exit with 125. setenv(3) reaches the command.
 */
typedef bool children_prepare(void *argument);

/*
 * At most `most` commands at once. children owns pids, which has that many elements,
 * until children_end(). STATUS_RUN_ERROR, reported: then there is nothing to end.
 */
enum status children_begin(struct children *children, pid_t *pids, int most);

/* The same; the hooks must outlive children. */
enum status children_begin_with_hooks(struct children *children, pid_t *pids, int most,
                                      const struct children_hooks *hooks);

/*
 * Fork; the child calls prepare(argument), unless prepare is NULL, and executes argv[0]
 * as env(1) does; a failure is reported, and it exits with 126 or 127. The command has
 * the environment, descriptors, mask and dispositions of the applet's caller. A slot
 * must be free. Returns the PID, or -1, reported: nothing was started.
 */
pid_t children_start(struct children *children, char **argv, children_prepare *prepare,
                     void *argument);

/*
 * The same for many short commands: as fast as vfork(2) in a program. The path is that of
 * a program (exec_find()) or of a script for the shell; the descriptors become its
 * standard input and output, -1 leaves them as they are. Returns the PID, or with errno
 * -1 or, if execve(2) failed, CHILDREN_CANNOT_EXEC. Reports nothing.
 */
enum { CHILDREN_CANNOT_EXEC = -2 };
struct children_spawn {
	const char *path;
	char **argv, **environment;
	int in, out;
};
pid_t children_spawn(struct children *children, const struct children_spawn *spawn);

/*
 * Read and forward pending signals, and reap one command: false if none has ended. Does
 * not wait, but may stop this process with the commands.
 */
bool children_poll(struct children *children, struct children_exit *ended);

/* The same, but wait until a command ends; false if none runs. */
bool children_wait(struct children *children, struct children_exit *ended);

/* The first of HUP, INT, QUIT, TERM and the alarms that was received; 0 if none was. */
int children_termination_signal(const struct children *children);

/* Did the commands get one of them, forwarded or from the terminal? */
bool children_got_termination(const struct children *children);

/* Send `signal` to all commands, with the value and the sender of a received one. */
void children_forward(const struct children *children, int signal,
                      const struct signalfd_siginfo *info);

/* Send `signal` to all commands, or to their group. */
void children_kill(const struct children *children, int signal);

/*
 * Reap children that are no commands: orphans that this process has adopted, as init of a
 * PID namespace or as a subreaper. Not in a builtin: a shell reaps its own children.
 */
void children_reap_adopted(const struct children *children);

/*
 * Restore what begin changed; no command may be running. `signal`, if not 0, is what
 * children_termination_signal() returned and the caller obeyed: this process sends it to
 * itself, which ends a program and is handled by a shell.
 */
void children_end(struct children *children, int signal);

#endif
