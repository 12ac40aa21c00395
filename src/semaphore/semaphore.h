/*
 * Semaphores: one interface, three families behind it.
 *
 * Named ones of POSIX (sem_overview(7)), those of the same kind inside a shared memory
 * object (sem_init(3)), sets of System V (semop(2)). A semaphore is shared with every
 * process that uses the system's C library, whichever this program is linked with.
 * Functions that return a status have reported their failure; the others return -1 with
 * errno, which semaphore_error() reports.
 *
 * A file that another process cuts short while it is mapped ends us by SIGBUS, as it does
 * any program that uses it; nothing but malice does that to a semaphore.
 */
#ifndef SEMAPHORE_SEMAPHORE_H
#define SEMAPHORE_SEMAPHORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/status.h"
#include "base/value.h"
#include "object/name.h"

struct semaphore {
	const struct name *name; /* the caller's; must outlive the semaphore */
	const struct semaphore_family *family;
	/* words in memory: POSIX, and those in shared memory */
	mode_t mode; /* of the file */
	const struct semaphore_layout *layout;
	void *words;          /* the mapping; NULL to look only */
	uint64_t snapshot[4]; /* a copy, to look at */
	int *acquired;        /* becomes 1 as something is taken; NULL: nobody asks */
	/* System V */
	int id;    /* of the set */
	bool undo; /* for the caller to set: undo what is taken or given when we end */
};

/* What a new one is to be like. */
struct semaphore_attributes {
	int64_t value;
	int64_t count; /* System V: semaphores in the set, each of this value */
	struct value_mode mode;
	bool ensure; /* content with one that is there already */
};

enum semaphore_access {
	SEMAPHORE_USE,     /* take and give */
	SEMAPHORE_INSPECT, /* value and waiters; needs no more than read permission */
};

/* The highest value of its family. */
int64_t semaphore_max(const struct name *name);

/* What came of it. */
struct semaphore_created {
	bool is_new;
	int id; /* System V */
};

/*
 * Make a semaphore of this value with exactly these permission bits, never seen half
 * made. STATUS_EXISTS where it is there already; with ensure where it is, but in another
 * shape (the permission bits count where they are given, the value never). Nothing is
 * left behind on failure.
 *
 * In memory: within an object that is there, of bytes that are all zeros.
 */
enum status semaphore_create(const struct name *name,
                             const struct semaphore_attributes *attributes,
                             struct semaphore_created *created);

/* STATUS_NOT_FOUND where there is none; STATUS_FAILED where it is something else. */
enum status semaphore_open(struct semaphore *semaphore, const struct name *name,
                           enum semaphore_access access);
void semaphore_close(struct semaphore *semaphore);
/* In memory: zeros again; refused while somebody waits. */
enum status semaphore_unlink(const struct name *name, bool missing_is_fine);

/*
 * Take count (1 to semaphore_max()) at once, or wait until that can be done. -1 with
 * errno EAGAIN, ETIMEDOUT, EINTR (asked to end): then nothing was taken.
 */
int semaphore_wait(const struct semaphore *semaphore, int64_t count,
                   const struct deadline *deadline);

/* Add count. -1 with errno EOVERFLOW where the value would pass the maximum: then
 * nothing was added. */
int semaphore_post(const struct semaphore *semaphore, int64_t count);

/*
 * Report errno of take or give, in words ("/s: the value is zero"), and
 * return its status. Silent where a signal asked to end.
 */
enum status semaphore_error(const struct semaphore *semaphore, int64_t count);

/* -1 with errno, for semaphore_error(). */
int64_t semaphore_value(const struct semaphore *semaphore);

struct semaphore_facts {
	int64_t value;
	int64_t waiters;
	int64_t waiters_for_zero; /* System V */
	int64_t last_pid;         /* System V: who operated last; 0: nobody */
};

/* -1 with errno as above. */
int semaphore_facts(const struct semaphore *semaphore, struct semaphore_facts *facts);

/*
 * Take one, run the command, give it back exactly once: before this returns; or, where
 * this process is killed meanwhile, when the command, which is then killed too, has
 * ended. The command's status, or that of a failure before it was started (base/status.h,
 * status_before_command).
 */
enum status semaphore_run(const struct semaphore *semaphore,
                          const struct deadline *deadline, char **argv);

/* ------------------------------------------------------------- System V alone */

/* -1 with errno. What was to be undone of it no longer is. */
int semaphore_set_value(const struct semaphore *semaphore, int64_t value);

/*
 * semop(2): all the operations or none; operations that have IPC_NOWAIT do not wait. 0,
 * or -1 with errno, which semaphore_op_error() reports. Changes their flags.
 */
struct sembuf;
int semaphore_op(const struct semaphore *set, struct sembuf *operations, size_t count,
                 const struct deadline *deadline);
enum status semaphore_op_error(const struct semaphore *set,
                               const struct sembuf *operations, size_t count);

#endif
