/* SPDX-License-Identifier: MIT */
/*
 * Semaphores: one interface to three families.
 *
 * Named POSIX semaphores (sem_overview(7)), POSIX semaphores inside a shared memory
 * object (sem_init(3)), and System V semaphore sets (semop(2)). A semaphore is shared
 * with every process that uses the system's C library, whichever library this program is
 * linked with. Functions that return a status have reported their failure; the others
 * return -1 with errno, which semaphore_error() reports.
 *
 * If another process truncates the file of a semaphore in use, an operation on it fails
 * with EFAULT; one that sleeps already is not woken.
 */
#ifndef SEMAPHORE_SEMAPHORE_H
#define SEMAPHORE_SEMAPHORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/deadline.h"
#include "base/status.h"
#include "base/value_mode.h"
#include "object/name.h"

struct semaphore {
	const struct name *name; /* the caller's; must outlive the semaphore */
	const struct semaphore_family *family;
	/* words in memory: POSIX semaphores */
	struct stat file; /* named: as it was opened */
	const struct semaphore_layout *layout;
	void *words;          /* the mapping; NULL with SEMAPHORE_INSPECT */
	uint64_t snapshot[4]; /* a copy of the words */
	bool was_kept;        /* the words are from an earlier call of this shell */
	int *acquired;        /* set to 1 as a permit is acquired; may be NULL */
	/* System V */
	int id;    /* of the set */
	bool undo; /* set by the caller: SEM_UNDO in wait and post */
};

/* The attributes of a new semaphore. */
struct semaphore_attributes {
	int64_t value; /* 0 to semaphore_max() */
	int64_t count; /* System V: semaphores in the set, each of this value */
	struct value_mode mode;
	bool ensure; /* an existing semaphore is accepted */
};

enum semaphore_access {
	SEMAPHORE_USE,     /* wait and post */
	SEMAPHORE_INSPECT, /* value and waiters; read permission is enough */
};

/* The maximum value of its family. */
int64_t semaphore_max(const struct name *name);

struct semaphore_created {
	bool is_new;
	int id; /* System V */
};

/*
 * Create a semaphore of this value with exactly these permission bits; no process sees it
 * incomplete. STATUS_EXISTS if it exists; with ensure only if it exists with other
 * attributes (the value does not count) or belongs to another user (io/owner.h). On
 * failure nothing is left behind.
 *
 * In memory: within an existing object, in bytes that are all zeros.
 */
enum status semaphore_create(const struct name *name,
                             const struct semaphore_attributes *attributes,
                             struct semaphore_created *created);

/* STATUS_NOT_FOUND if it does not exist; STATUS_FAILED if it is something else. */
enum status semaphore_open(struct semaphore *semaphore, const struct name *name,
                           enum semaphore_access access);

/* Nothing to do for a semaphore of zeros, or one that could not be opened. */
void semaphore_close(struct semaphore *semaphore);

/* In memory: make the bytes zeros; refused while there are waiters. */
enum status semaphore_unlink(const struct name *name, bool missing_is_fine);

/*
 * sem_wait(3): subtract count (1 to semaphore_max()) at once, or wait until the value is
 * not less. -1 with errno EAGAIN, ETIMEDOUT, EINTR (termination signal): then nothing
 * was subtracted.
 */
int semaphore_wait(const struct semaphore *semaphore, int64_t count,
                   const struct deadline *deadline);

/*
 * Wait until the value is at least count, and subtract nothing: 0, or -1 with errno as
 * semaphore_wait(). Requires the same permission.
 */
int semaphore_await(const struct semaphore *semaphore, int64_t count,
                    const struct deadline *deadline);

/*
 * sem_post(3): add count. -1 with errno EOVERFLOW if the value would exceed the maximum:
 * then nothing was added.
 *
 * *after, unless after is NULL, is the value that the addition made, in the same
 * instruction. System V: the value that is read afterwards, when others may have changed
 * it; -1 with errno if it cannot be read.
 */
int semaphore_post(const struct semaphore *semaphore, int64_t count, int64_t *after);

/*
 * Set the value (0 to semaphore_max()) and wake the waiters that can proceed. System V:
 * SETVAL of semctl(2), which also clears the undo adjustments. -1 with errno.
 */
int semaphore_set_value(const struct semaphore *semaphore, int64_t value);

/*
 * Report errno of a wait or a post of count ("/s: would block: the value is 0"), and
 * return its status. Silent after a termination signal.
 */
enum status semaphore_error(const struct semaphore *semaphore, int64_t count);

/* -1 with errno. */
int64_t semaphore_value(const struct semaphore *semaphore);

struct semaphore_facts {
	int64_t value;
	int64_t waiters;
	int64_t waiters_for_zero; /* System V */
	int64_t last_pid;         /* System V: of the last semop(2); 0: none yet */
};

/* -1 with errno. */
int semaphore_facts(const struct semaphore *semaphore, struct semaphore_facts *facts);

/*
 * Wait for one permit, run the command, and post exactly once: before this returns; or,
 * if this process is killed, after the command, which is killed too, has ended. The
 * command's status, or that of a failure before it was started (base/status.h,
 * status_before_command).
 */
enum status semaphore_run(const struct semaphore *semaphore,
                          const struct deadline *deadline, char **argv);

/* -------------------------------- System V only; other families fail with EOPNOTSUPP */

/*
 * The values of all semaphores of the set at one moment: GETALL of semctl(2). 0, and
 * *values is to be freed; or -1 with errno.
 */
int semaphore_values(const struct semaphore *set, unsigned short **values, size_t *count);

/*
 * semop(2): all operations or none; one that has IPC_NOWAIT does not wait. 0, or -1 with
 * errno, which semaphore_op_error() reports. The flags of the operations are changed.
 */
struct sembuf;
int semaphore_op(const struct semaphore *set, struct sembuf *operations, size_t count,
                 const struct deadline *deadline);
enum status semaphore_op_error(const struct semaphore *set,
                               const struct sembuf *operations, size_t count);

/* A named POSIX semaphore: as shm_posix_open_node() of shm/posix.h. */
enum status semaphore_open_node(const struct name *name, int *fd);

#endif
