/*
 * Hold file locks while a command runs.
 *
 * A lock that belongs to the open file is inherited by the command, and kept here too
 * should the command close what it does not know: it lasts until both have ended. One
 * that the command is not to inherit, or cannot, is held by a keeper (process/keeper.h).
 */
#include "io/report.h"
#include "lock/lock.h"
#include "process/child.h"
#include "process/keeper.h"

static bool hand_over(void *locks)
{
	return locks_inherit(locks);
}

static enum status run_with_locks(struct file_locks *locks,
                                  const struct deadline *deadline, char **argv)
{
	struct child child;
	if (locks_take(locks, deadline) < 0)
		return status_before_command(locks_failed(locks));
	enum status status = child_start(&child, argv, hand_over, locks);
	return status == STATUS_DONE ? child_wait(&child) : status;
}

static int take(void *thing, const struct deadline *deadline, struct keeper_note *note)
{
	struct file_locks *locks = thing;
	int result = locks_take(locks, deadline);
	note->remark = locks->failed;
	if (result == 0)
		note->progress = KEEPER_HAS_TAKEN;
	return result;
}

/* It is ours too: closing the descriptors is what gives it back. */
static int give_later(void *thing)
{
	(void)thing;
	return 0;
}

static void nudge_nobody(void *thing)
{
	(void)thing;
}

static enum status failed(void *thing, const struct keeper_note *note)
{
	struct file_locks *locks = thing;
	locks->failed = note->remark;
	return locks_failed(locks);
}

enum status locks_run(struct file_locks *locks, bool inherit,
                      const struct deadline *deadline, char **argv)
{
	static const struct keeper_kind of_open_file = {.process = "lock-keeper",
	                                                .take = take,
	                                                .give = give_later,
	                                                .nudge = nudge_nobody,
	                                                .failed = failed};
	static const struct keeper_kind of_process = {
	    .process = "lock-keeper", .take = take, .failed = failed};
	bool own = locks->shape.api == LOCK_POSIX;
	int fds[LOCKS_MAX];
	if (inherit && !own)
		return run_with_locks(locks, deadline, argv);
	for (int i = 0; i < locks->count; i++)
		fds[i] = locks->locks[i].fd;
	struct keeper_job job = {.kind = own ? &of_process : &of_open_file,
	                         .thing = locks,
	                         .fds = fds,
	                         .fd_count = (size_t)locks->count};
	return keeper_run(&job, deadline, argv);
}
