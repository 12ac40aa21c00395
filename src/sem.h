/*
 * Semaphores: one interface, a family behind it.
 *
 * See sem_overview(7). A semaphore is shared with every process that uses the
 * system's C library, whichever this program is linked with. Functions that return a
 * status have reported their failure; the others return -1 with errno, which
 * semaphore_failed() reports.
 *
 * A file that another process cuts short while it is mapped ends us by SIGBUS, as it does
 * any program that uses it; nothing but malice does that to a semaphore.
 */
#ifndef SEM_H
#define SEM_H

#include <sys/types.h>

#include "applet.h"
#include "deadline.h"
#include "name.h"

enum { SEMAPHORE_MAX = 2147483647 }; /* SEM_VALUE_MAX of every C library on Linux */

struct semaphore {
	const struct name *name;         /* the caller's; must outlive the semaphore */
	mode_t mode;                     /* its permission bits */
	const struct sem_layout *layout; /* POSIX: whose bytes they are */
	void *words;                     /* POSIX: the mapping; NULL to look only */
	uint64_t seen[4];                /* POSIX: a copy, to look at */
	int *note; /* becomes 1 as something is taken; NULL: nobody asks */
};

enum semaphore_access {
	SEMAPHORE_USE,  /* take and give */
	SEMAPHORE_LOOK, /* value and waiters; needs no more than read permission */
};

/*
 * Make a semaphore of this value with exactly these permission bits, never seen half
 * made. STATUS_EXISTS where it is there already, without a message where
 * exists_is_fine; nothing is left behind on failure.
 */
enum status semaphore_create(const struct name *name, int64_t value, mode_t mode,
                             bool exists_is_fine);

/* STATUS_MISSING where there is none; STATUS_FAILED where it is something else. */
enum status semaphore_open(struct semaphore *semaphore, const struct name *name,
                           enum semaphore_access access);
void semaphore_close(struct semaphore *semaphore);
enum status semaphore_unlink(const struct name *name, bool missing_is_fine);

/*
 * Take count (1 to SEMAPHORE_MAX) at once, or wait until that can be done. -1 with errno
 * EAGAIN, ETIMEDOUT, EINTR (asked to end): then nothing was taken.
 */
int semaphore_take(const struct semaphore *semaphore, int64_t count,
                   const struct deadline *deadline);

/* Add count. -1 with errno EOVERFLOW where the value would pass SEMAPHORE_MAX: then
 * nothing was added. */
int semaphore_give(const struct semaphore *semaphore, int64_t count);

/*
 * In place of a process that was killed while it woke others, or was woken: see that
 * nobody sleeps who could take.
 */
void semaphore_nudge(const struct semaphore *semaphore);

/*
 * Report errno of take or give, in words ("/s: the value is zero"), and
 * return its status. Silent where a signal asked to end.
 */
enum status semaphore_failed(const struct semaphore *semaphore, int64_t count);

int64_t semaphore_value(const struct semaphore *semaphore);
int64_t semaphore_waiters(const struct semaphore *semaphore);

/*
 * Take one, run the command, give it back exactly once: before this returns; or, where
 * this process is killed meanwhile, when the command, which is then killed too, has
 * ended. The command's status, or that of a failure before it was started (report.h,
 * status_before_command).
 */
enum status semaphore_run(const struct semaphore *semaphore,
                          const struct deadline *deadline, char **argv);

#endif
