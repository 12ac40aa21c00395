/* SPDX-License-Identifier: MIT */
/*
 * Run a command while file locks are held.
 *
 * A lock of an open file description is inherited by the command, and held here too in
 * case the command closes descriptors that it does not know: it is released when both
 * have ended. A lock that the command is not to inherit, or cannot, is held by a holder
 * process (process/keeper.h).
 */
#include <sys/stat.h>

#include "io/error.h"
#include "lock/lock.h"
#include "lock/report.h"
#include "process/child.h"
#include "process/keeper.h"

static bool inherit_locks(void *locks)
{
	return lock_set_inherit(locks);
}

static enum status report_run_error(struct lock_set *locks)
{
	enum status status = lock_set_error(locks);
	if (locks->conflict && locks->run.verbose)
		lock_report_holders(locks);
	return status;
}

static enum status run_with_inherited_locks(struct lock_set *locks,
                                            const struct deadline *deadline, char **argv)
{
	struct child child;
	if (lock_set_acquire(locks, deadline) < 0)
		return status_before_command(report_run_error(locks));
	if (locks->run.verbose)
		lock_report_acquired(locks);
	if (locks->run.no_fork)
		return child_run(argv, inherit_locks, locks);
	enum status status = child_start(&child, argv, inherit_locks, locks);
	return status == STATUS_OK ? child_wait(&child) : status;
}

static int lock_run_acquire(void *object, const struct deadline *deadline,
                            struct keeper_note *note)
{
	struct lock_set *locks = object;
	int result = lock_set_acquire(locks, deadline);
	note->detail = locks->failed;
	if (result == 0)
		note->phase = KEEPER_ACQUIRED;
	return result;
}

/* This process has the descriptors too: closing them releases the locks. */
static int lock_run_release(void *object)
{
	(void)object;
	return 0;
}

static void lock_run_wake_waiters(void *object)
{
	(void)object;
}

static enum status lock_run_report_failure(void *object, const struct keeper_note *note)
{
	struct lock_set *locks = object;
	locks->failed = note->detail;
	return report_run_error(locks);
}

static enum status lock_run_before_command(void *object, const struct keeper_note *note)
{
	const struct lock_set *locks = object;
	(void)note;
	if (locks->run.verbose)
		lock_report_acquired(locks);
	return STATUS_OK;
}

static enum status run_with_keeper(struct lock_set *locks,
                                   const struct deadline *deadline, char **argv)
{
	static const struct keeper_kind kind = {.process = "lock-keeper",
	                                        .acquire = lock_run_acquire,
	                                        .release = lock_run_release,
	                                        .wake_waiters = lock_run_wake_waiters,
	                                        .before_command = lock_run_before_command,
	                                        .report_failure =
	                                            lock_run_report_failure};
	int fds[LOCK_SET_MAX];
	for (int i = 0; i < locks->count; i++)
		fds[i] = locks->locks[i].fd;
	struct keeper_job job = {.kind = &kind,
	                         .object = locks,
	                         .fds = fds,
	                         .fd_count = (size_t)locks->count,
	                         .shares_fds = locks->attributes.api == LOCK_POSIX};
	return keeper_run(&job, deadline, argv);
}

/*
 * execve(2) fails with ETXTBSY for a file that is open for writing, as it has to be for
 * an exclusive lock of fcntl(2).
 */
static void explain_busy_command(const struct lock_set *locks, const char *command)
{
	struct stat st;
	if (locks->attributes.shared || locks->attributes.api == LOCK_FLOCK ||
	    stat(command, &st) < 0)
		return;
	for (int i = 0; i < locks->count; i++)
		if (locks->locks[i].device == st.st_dev &&
		    locks->locks[i].inode == st.st_ino)
			error_as(STATUS_CANNOT_EXEC,
			         "%s: this lock opens it for writing: use --api flock",
			         command);
}

enum status lock_set_run(struct lock_set *locks, const struct lock_run *how,
                         const struct deadline *deadline, char **argv)
{
	/* a process lock stays with a process that becomes the command */
	bool here = how->no_fork || (!how->close && locks->attributes.api != LOCK_POSIX);
	enum status (*const run)(struct lock_set *, const struct deadline *, char **) =
	    here ? run_with_inherited_locks : run_with_keeper;
	locks->run = *how;
	locks->started = how->verbose ? deadline_clock() : 0;
	enum status status = run(locks, deadline, argv);
	if (locks->reopen) {
		status = lock_set_reopen(locks);
		status = status == STATUS_OK ? run(locks, deadline, argv)
		                             : status_before_command(status);
	}
	if (status == STATUS_CANNOT_EXEC)
		explain_busy_command(locks, argv[0]);
	return status;
}
