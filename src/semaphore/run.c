/* SPDX-License-Identifier: MIT */
/*
 * Hold a permit while a command runs: of a semaphore in memory by a holder process
 * (process/keeper.h), of a System V semaphore by SEM_UNDO (semaphore/run_sysv.c).
 */
#include "process/keeper.h"
#include "semaphore/family.h"

static int semaphore_run_acquire(void *object, const struct deadline *deadline,
                                 struct keeper_note *note)
{
	struct semaphore *semaphore = object;
	semaphore->acquired = &note->phase;
	return semaphore_wait(semaphore, 1, deadline);
}

static int semaphore_run_release(void *object)
{
	return semaphore_post(object, 1, NULL);
}

static void semaphore_run_wake_waiters(void *object)
{
	semaphore_words_wake(object);
}

static enum status semaphore_run_report_failure(void *object,
                                                const struct keeper_note *note)
{
	(void)note;
	return semaphore_error(object, 1);
}

static enum status semaphore_words_run(const struct semaphore *semaphore,
                                       const struct deadline *deadline, char **argv)
{
	static const struct keeper_kind kind = {
	    .process = "sem-keeper",
	    .acquire = semaphore_run_acquire,
	    .release = semaphore_run_release,
	    .wake_waiters = semaphore_run_wake_waiters,
	    .report_failure = semaphore_run_report_failure,
	};
	struct semaphore copy = *semaphore;
	struct keeper_job job = {.kind = &kind, .object = &copy};
	return keeper_run(&job, deadline, argv);
}

enum status semaphore_run(const struct semaphore *semaphore,
                          const struct deadline *deadline, char **argv)
{
	return semaphore->name->family == NAME_FAMILY_SYSTEM_V
	           ? semaphore_sysv_run(semaphore, deadline, argv)
	           : semaphore_words_run(semaphore, deadline, argv);
}
