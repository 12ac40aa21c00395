/*
 * Take something, run a command, and give it back exactly once.
 *
 * A semaphore or a mutex in memory does not know who took it, a process lock ends with
 * the process; so somebody must outlive whoever is killed. That is the keeper, a process
 * of its own, which takes, watches us and the command, and gives back when the command
 * has ended. Where we are killed it kills the command first; so does the kernel. Where
 * the keeper is killed we give back in its stead, or, where what it held is gone with it,
 * kill the command.
 */
#ifndef PROCESS_KEEPER_H
#define PROCESS_KEEPER_H

#include <stddef.h>

#include "base/deadline.h"
#include "base/status.h"

enum { KEEPER_ACQUIRED = 1, KEEPER_FDS_MAX = 32 };

/* What the keeper and its starter have in common, in memory that survives both. */
struct keeper_note {
	int phase;  /* acquire() makes it KEEPER_ACQUIRED the moment that it has taken */
	int error;  /* of giving back */
	int detail; /* what acquire() has to tell the other functions */
};

struct keeper_kind {
	const char *process; /* the name of the keeper's process: "sem-keeper" */
	/* in the keeper: 0, or -1 with errno */
	int (*acquire)(void *object, const struct deadline *deadline,
	               struct keeper_note *note);
	/*
	 * In the keeper, or in its starter in place of one that was killed: 0, or -1 with
	 * errno. NULL: the kernel does it as the keeper ends.
	 */
	int (*release)(void *object);
	/* in the starter, where the keeper was killed and there is a release() */
	void (*wake_waiters)(void *object);
	/* in the starter, before the command is started; NULL: nothing to do. Reports. */
	enum status (*before_command)(void *object, const struct keeper_note *note);
	/* in the process that becomes the command; NULL: nothing to do */
	void (*prepare)(void *object, const struct keeper_note *note);
	/* in the starter, when the command has ended; NULL: nothing to do */
	void (*after_command)(void *object);
	/*
	 * In the keeper, before it ends: how the command did, as of waitpid(2); by
	 * SIGKILL where the starter was killed; with status 125 where it was not started.
	 * NULL: nothing to do.
	 */
	void (*before_exit)(void *object, int wait_status);
	/* in the starter: report errno of acquire() or release(), and return its status
	 */
	enum status (*report_failure)(void *object, const struct keeper_note *note);
};

struct keeper_job {
	const struct keeper_kind *kind;
	void *object;
	const int *fds; /* that the keeper needs; it closes all others */
	size_t fd_count;
};

/*
 * The command's status, or that of a failure before it was started (base/status.h,
 * status_before_command); STATUS_RUN_ERROR where it could not be given back.
 */
enum status keeper_run(const struct keeper_job *job, const struct deadline *deadline,
                       char **argv);

#endif
