/*
 * Hold a semaphore while a command runs. Of those that are words in memory
 * process/keeper.h tells how, of those of System V semaphore/run_sysv.c.
 */
#include "process/keeper.h"
#include "semaphore/family.h"
#include "semaphore/futex.h"

static int take(void *thing, const struct deadline *deadline, struct keeper_note *note)
{
	struct semaphore *semaphore = thing;
	semaphore->note = &note->progress;
	return semaphore_take(semaphore, 1, deadline);
}

static int give(void *thing)
{
	return semaphore_give(thing, 1);
}

static void nudge(void *thing)
{
	const struct semaphore *semaphore = thing;
	sem_futex_nudge(semaphore->layout, semaphore->words);
}

static enum status failed(void *thing, const struct keeper_note *note)
{
	(void)note;
	return semaphore_failed(thing, 1);
}

static enum status words_run(const struct semaphore *semaphore,
                             const struct deadline *deadline, char **argv)
{
	static const struct keeper_kind kind = {
	    .process = "sem-keeper",
	    .take = take,
	    .give = give,
	    .nudge = nudge,
	    .failed = failed,
	};
	struct semaphore copy = *semaphore;
	struct keeper_job job = {.kind = &kind, .thing = &copy};
	return keeper_run(&job, deadline, argv);
}

enum status semaphore_run(const struct semaphore *semaphore,
                          const struct deadline *deadline, char **argv)
{
	return semaphore->name->family == FAMILY_SYSTEM_V
	           ? set_run(semaphore, deadline, argv)
	           : words_run(semaphore, deadline, argv);
}
