/* SPDX-License-Identifier: MIT */
/*
 * Operations on System V semaphores: semop(2), with a deadline and without loss by
 * termination signals.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "semaphore/sysv.h"

/* Reverse operations that were done; false if that would have to wait. */
static bool reverse_operations(int id, struct sembuf *operations, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		operations[i].sem_op = (short)-operations[i].sem_op;
		operations[i].sem_flg |= IPC_NOWAIT;
	}
	for (size_t i = 0; i < count / 2; i++) {
		struct sembuf other = operations[i];
		operations[i] = operations[count - 1 - i];
		operations[count - 1 - i] = other;
	}
	return semop(id, operations, count) == 0;
}

static int semaphore_sysv_op_blocking(int id, struct sembuf *operations, size_t count,
                                      const struct deadline *deadline)
{
	struct termsig termsig;
	termsig_begin(&termsig);
	int result = deadline_semop(deadline, id, operations, count);
	int error = errno;
	/* a caller that is to end is not told that they were done */
	if (result == 0 && termsig_pending() != 0 &&
	    reverse_operations(id, operations, count)) {
		result = -1;
		error = EINTR;
	}
	termsig_end(&termsig, STATUS_OK);
	errno = error;
	return result;
}

int semaphore_sysv_op(const struct semaphore *set, struct sembuf *operations,
                      size_t count, const struct deadline *deadline)
{
	struct timespec none = {0};
	bool waits = deadline->timeout.kind != TIMEOUT_ZERO;
	for (size_t i = 0; i < count; i++) {
		/* otherwise a time-out of 0 would queue it for a moment */
		if (!waits)
			operations[i].sem_flg |= IPC_NOWAIT;
		if (operations[i].sem_op == 0)
			semaphore_sysv_wait_until_initialized(
			    set->id, operations[i].sem_num,
			    (operations[i].sem_flg & IPC_NOWAIT) != 0
			        ? SEMAPHORE_SYSV_INIT_BRIEF
			        : SEMAPHORE_SYSV_INIT_WAIT);
	}
	/* not the library's: on s390x that of musl passes the time-out in a place where
	 * the kernel's ipc(2) does not read it, and waits without limit */
	if (syscall(SYS_semtimedop, set->id, operations, count, &none) == 0)
		return 0;
	/* EINTR: semop(2) is not restarted after a stop, signal(7) */
	if ((errno != EAGAIN && errno != EINTR) || !waits)
		return -1;
	return semaphore_sysv_op_blocking(set->id, operations, count, deadline);
}

/* EFBIG: the first index that the set does not have. */
static enum status semaphore_sysv_op_index_error(const struct semaphore *set,
                                                 const struct sembuf *operations,
                                                 size_t count)
{
	struct semid_ds facts;
	size_t i = 0;
	if (semaphore_sysv_stat(set->id, &facts) < 0)
		return error_as(STATUS_FAILED, "%s: semaphore index out of range",
		                set->name->text);
	while (i + 1 < count && operations[i].sem_num < facts.sem_nsems)
		i++;
	return semaphore_sysv_index_error(set, operations[i].sem_num);
}

enum status semaphore_sysv_op_error(const struct semaphore *set,
                                    const struct sembuf *operations, size_t count)
{
	const char *name = set->name->text;
	struct limit_advice advice;
	struct seminfo higher;
	int most;
	switch (errno) {
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK,
		                "%s: would block: not all operations can be done", name);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: not all operations can be done", name);
	case ERANGE:
		return error_as(STATUS_FAILED,
		                "%s: a value would exceed SEMVMX (%d), or an undo "
		                "adjustment SEMAEM (%d)",
		                name, SEMAPHORE_SYSV_VALUE_MAX, SEMAPHORE_SYSV_VALUE_MAX);
	case E2BIG:
		higher = semaphore_sysv_limits();
		most = higher.semopm;
		higher.semopm = (int)count;
		return error_as(
		    STATUS_FAILED, "%s: %zu operations exceed kernel.sem SEMOPM (%d)%s",
		    name, count, most, semaphore_sysv_limit_advice(&advice, &higher));
	case EFBIG: return semaphore_sysv_op_index_error(set, operations, count);
	default: return semaphore_sysv_error(set);
	}
}

/* The second of the two operations undoes the first one; count says how many there are.
 */
static int semaphore_sysv_op_change(const struct semaphore *semaphore, int64_t change,
                                    size_t count, const struct deadline *deadline)
{
	struct sembuf operations[] = {
	    {.sem_num = (unsigned short)semaphore->name->index,
	     .sem_op = (short)change,
	     .sem_flg = (short)(semaphore->undo ? SEM_UNDO : 0)},
	    {.sem_num = (unsigned short)semaphore->name->index, .sem_op = (short)-change},
	};
	/* an index that a sembuf cannot hold is out of range in every set */
	if (semaphore->name->index != operations[0].sem_num) {
		errno = EFBIG;
		return -1;
	}
	return semaphore_sysv_op(semaphore, operations, count, deadline);
}

static int semaphore_sysv_op_one(const struct semaphore *semaphore, int64_t change,
                                 const struct deadline *deadline)
{
	return semaphore_sysv_op_change(semaphore, change, 1, deadline);
}

/* semop(2): all or none, so the value is never seen less. */
int semaphore_sysv_await(const struct semaphore *semaphore, int64_t count,
                         const struct deadline *deadline)
{
	return semaphore_sysv_op_change(semaphore, -count, 2, deadline);
}

int semaphore_sysv_wait(const struct semaphore *semaphore, int64_t count,
                        const struct deadline *deadline)
{
	int result = semaphore_sysv_op_one(semaphore, -count, deadline);
	if (result == 0 || errno != EAGAIN)
		return result;
	if (semaphore_sysv_wait_until_initialized(semaphore->id, semaphore->name->index,
	                                          SEMAPHORE_SYSV_INIT_BRIEF))
		return semaphore_sysv_op_one(semaphore, -count, deadline);
	errno = EAGAIN;
	return -1;
}

int semaphore_sysv_post(const struct semaphore *semaphore, int64_t count, int64_t *after)
{
	int result = semaphore_sysv_op_one(semaphore, count, &DEADLINE_NOW);
	if (result < 0 && errno == ERANGE)
		errno = EOVERFLOW;
	if (result == 0 && after != NULL)
		*after = semctl(semaphore->id, semaphore->name->index, GETVAL);
	return result;
}
