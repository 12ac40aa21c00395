/* SPDX-License-Identifier: MIT */
/*
 * Acquire an object, run a command, and release the object exactly once.
 *
 * A semaphore or a mutex in shared memory does not know its owner, and a process lock
 * ends with its table of descriptors. So a process has to outlive those that may be
 * killed: the keeper. It acquires, watches its starter (the applet's process) and the
 * command, and releases when the command has ended. If the starter is killed, the kernel
 * and the keeper kill the command first. If the keeper is killed, the starter releases in
 * its place or, if the object was lost with the keeper, kills the command.
 */
#ifndef PROCESS_KEEPER_H
#define PROCESS_KEEPER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/status.h"

enum { KEEPER_ACQUIRED = 1, KEEPER_FDS_MAX = 32 };

/* Shared by the keeper and its starter, in memory that outlives either. */
struct keeper_note {
	int phase; /* acquire() sets KEEPER_ACQUIRED at the moment that it has acquired */
	int error; /* errno of release() or before_exit() */
	int detail;      /* from acquire() or before_exit(), for the other functions */
	int wait_status; /* of the command, for before_exit() */
};

/* The functions of a kind of object. NULL: nothing to do, unless said otherwise. */
struct keeper_kind {
	const char *process; /* the name of the keeper's process: "sem-keeper" */
	/* in the keeper: 0, or -1 with errno; never NULL */
	int (*acquire)(void *object, const struct deadline *deadline,
	               struct keeper_note *note);
	/*
	 * In the keeper, or in the starter after the keeper was killed: 0, or -1 with
	 * errno. NULL: the kernel releases when the keeper ends.
	 */
	int (*release)(void *object);
	/* in the starter, after the keeper was killed; never NULL if there is release()
	 */
	void (*wake_waiters)(void *object);
	/* in the starter, before the command starts; a failure is reported there */
	enum status (*before_command)(void *object, const struct keeper_note *note);
	/* in the process that becomes the command */
	void (*prepare)(void *object, const struct keeper_note *note);
	/* in the starter, after the command has ended */
	void (*after_command)(void *object);
	/*
	 * In the keeper, before it ends. wait_status is the command's, as of waitpid(2);
	 * SIGKILL if the starter was killed; an exit with status 125 if the command was
	 * not started. 0, or -1 with errno.
	 */
	int (*before_exit)(void *object, int wait_status, struct keeper_note *note);
	/* in the starter: report errno of one of these functions, return its status;
	 * never NULL */
	enum status (*report_failure)(void *object, const struct keeper_note *note);
};

struct keeper_job {
	const struct keeper_kind *kind;
	void *object;
	const int *fds; /* that the keeper needs; it closes all others */
	size_t fd_count;
	/* It uses the starter's table of descriptors instead: a process lock belongs to
	 * the table, and is held until both have ended or one closes the file. */
	bool shares_fds;
};

/*
 * The command's exit status, or that of a failure before it started
 * (status_before_command()). STATUS_RUN_ERROR if the object could not be released.
 * Failures are reported.
 */
enum status keeper_run(const struct keeper_job *job, const struct deadline *deadline,
                       char **argv);

#endif
