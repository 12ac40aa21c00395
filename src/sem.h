/*
 * Semaphores: one interface, a family behind it.
 *
 * See sem_overview(7). A semaphore is shared with every process that uses the
 * system's C library. Functions that return a status have reported their
 * failure.
 */
#ifndef SEM_H
#define SEM_H

#include "applet.h"
#include "deadline.h"
#include "name.h"

struct semaphore {
	const struct name *name; /* the caller's; must outlive the semaphore */
	void *memory;            /* POSIX: the mapping */
	int layout;              /* POSIX: whose bytes they are */
};

/*
 * Make a semaphore of this value, never seen half made. STATUS_EXISTS where it is
 * there already; nothing is left behind on failure.
 */
enum status semaphore_create(const struct name *name, int64_t value, mode_t mode);
enum status semaphore_open(struct semaphore *semaphore, const struct name *name);
void semaphore_close(struct semaphore *semaphore);
enum status semaphore_unlink(const struct name *name, bool missing_is_fine);

/*
 * Take count at once, or wait until that can be done. -1 with errno EAGAIN,
 * ETIMEDOUT, EINTR (asked to end): then nothing was taken. semaphore_failed()
 * reports it and returns its status.
 */
int semaphore_take(const struct semaphore *semaphore, int64_t count,
                   const struct deadline *deadline);
enum status semaphore_failed(const struct semaphore *semaphore);

/* Add count. -1 with errno EOVERFLOW where the value would pass the maximum: then nothing
 * was added. */
enum status semaphore_give(const struct semaphore *semaphore, int64_t count);

int64_t semaphore_value(const struct semaphore *semaphore);
int64_t semaphore_waiters(const struct semaphore *semaphore);

#endif
