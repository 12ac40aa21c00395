/*
 * Run a command while file locks are held.
 *
 * A lock of an open file description is inherited by the command, and held here too in
 * case the command closes descriptors that it does not know: it is released when both
 * have ended. A lock that the command is not to inherit, or cannot, is held by a holder
 * process (process/keeper.h).
 */
#include "lock/lock.h"
#include "process/child.h"
#include "process/keeper.h"

static bool inherit_locks(void *locks)
{
	return lock_set_inherit(locks);
}

static enum status run_with_inherited_locks(struct lock_set *locks,
                                            const struct deadline *deadline, char **argv)
{
	struct child child;
	if (lock_set_acquire(locks, deadline) < 0)
		return status_before_command(lock_set_error(locks));
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
	return lock_set_error(locks);
}

enum status lock_set_run(struct lock_set *locks, bool inherit,
                         const struct deadline *deadline, char **argv)
{
	static const struct keeper_kind of_open_file = {
	    .process = "lock-keeper",
	    .acquire = lock_run_acquire,
	    .release = lock_run_release,
	    .wake_waiters = lock_run_wake_waiters,
	    .report_failure = lock_run_report_failure};
	static const struct keeper_kind of_process = {.process = "lock-keeper",
	                                              .acquire = lock_run_acquire,
	                                              .report_failure =
	                                                  lock_run_report_failure};
	bool own = locks->attributes.api == LOCK_POSIX;
	int fds[LOCK_SET_MAX];
	if (inherit && !own)
		return run_with_inherited_locks(locks, deadline, argv);
	for (int i = 0; i < locks->count; i++)
		fds[i] = locks->locks[i].fd;
	struct keeper_job job = {.kind = own ? &of_process : &of_open_file,
	                         .object = locks,
	                         .fds = fds,
	                         .fd_count = (size_t)locks->count};
	return keeper_run(&job, deadline, argv);
}
