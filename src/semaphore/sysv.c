/*
 * Sets of semaphores of System V: semget(2), semop(2), semctl(2).
 *
 * A new set
 *
 * is all zeros, and its values come by a second call. Nothing makes the two one: a set
 * that is filled before it has a key cannot be given one. So the values are not set but
 * added, by semop(2): who comes in between and takes, waits until there is something to
 * take, and what he gives is not overwritten. What remains is a zero that is seen in
 * between. The kernel tells it from another: of a semaphore that was never operated on,
 * GETPID is 0. Whoever is about to rely on a zero looks at that, and waits for the
 * values where the set is new enough for them to be under way.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <time.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/file.h"
#include "object/sysv.h"
#include "semaphore/family.h"

static const struct sysv_kind semaphore_sysv_kind = {.object = "semaphore set"};

enum { SEMVMX = 32767 }; /* <linux/sem.h>; the most that can be undone (SEMAEM) too */

/* ------------------------------------------------------------ a set's state */

/* semctl(2): what IPC_INFO is told about needs no set. */
static struct seminfo semaphore_sysv_limits(void)
{
	struct seminfo info = {0};
	semctl(0, 0, IPC_INFO, &info);
	return info;
}

static int semaphore_sysv_stat(int id, struct semid_ds *set)
{
	*set = (struct semid_ds){0};
	return semctl(id, 0, IPC_STAT, set);
}

/* Is this zero one that whoever makes the set is about to change? */
static bool semaphore_sysv_is_being_made(int id, int index)
{
	const time_t a_while = 2; /* seconds that the two calls are at most apart */
	struct semid_ds set;
	return semctl(id, index, GETPID) == 0 && semaphore_sysv_stat(id, &set) == 0 &&
	       set.sem_otime == 0 && labs(time(NULL) - set.sem_ctime) <= a_while;
}

/*
 * Until it is made. Then who has seen a zero looks once more: it may have been made
 * between his look and this one. False where a signal asked to end.
 */
static bool semaphore_sysv_wait_until_made(int id, int index)
{
	while (semaphore_sysv_is_being_made(id, index))
		if (deadline_sleep(1000000) < 0)
			return false;
	return true;
}

static enum status semaphore_sysv_no_such_index(const struct semaphore *semaphore,
                                                int index)
{
	struct semid_ds set;
	if (semaphore_sysv_stat(semaphore->id, &set) < 0)
		return error_as(STATUS_FAILED, "%s: the set has no semaphore %d",
		                semaphore->name->text, index);
	return error_as(STATUS_FAILED, "%s: the set has no semaphore %d, only 0 to %lu",
	                semaphore->name->text, index, (unsigned long)set.sem_nsems - 1);
}

/* EINVAL is a set that is not there, for semctl(2) also an index beyond it. */
static enum status semaphore_sysv_error(const struct semaphore *semaphore)
{
	struct semid_ds set;
	switch (errno) {
	case EIDRM:
		return error_as(STATUS_NOT_FOUND, "%s: the set was removed while waiting",
		                semaphore->name->text);
	case EFBIG:
		return semaphore_sysv_no_such_index(semaphore, semaphore->name->index);
	case EINVAL:
		if (semaphore_sysv_stat(semaphore->id, &set) == 0 || errno == EACCES)
			return semaphore_sysv_no_such_index(semaphore,
			                                    semaphore->name->index);
		errno = ENOENT;
		break;
	case ERANGE:
		return error_as(STATUS_FAILED,
		                "%s: what is to be undone would pass SEMAEM (%d)",
		                semaphore->name->text, SEMVMX);
	case ENOSPC:
		return error_as(STATUS_FAILED,
		                "%s: the system can note no more that is to be undone "
		                "(SEMMNU, SEMUME)",
		                semaphore->name->text);
	default: break;
	}
	return sysv_error(semaphore->name, &semaphore_sysv_kind, "");
}

/* ----------------------------------------------------------------- making */

/* Add the value to each of them, as many at a time as a call takes. */
static int add_initial_values(int id, const struct semaphore_attributes *attributes)
{
	struct sembuf operations[500]; /* SEMOPM as the kernel has it by itself */
	size_t most = sizeof operations / sizeof *operations;
	for (int64_t first = 0; first < attributes->count;) {
		size_t part = 0;
		for (; part < most && first + (int64_t)part < attributes->count; part++)
			operations[part] = (struct sembuf){
			    .sem_num = (unsigned short)(first + (int64_t)part),
			    .sem_op = (short)attributes->value,
			    .sem_flg = IPC_NOWAIT};
		int result = semop(id, operations, part);
		if (result < 0 && errno == E2BIG && part > 1)
			most = part / 2;
		else if (result < 0 && errno != EAGAIN) /* 0 was to be, and one gave */
			return -1;
		else
			first += (int64_t)part;
	}
	return 0;
}

static int semaphore_sysv_set_mode(int id, mode_t bits)
{
	struct semid_ds set;
	if (semaphore_sysv_stat(id, &set) < 0)
		return -1;
	set.sem_perm.mode = bits;
	return semctl(id, 0, IPC_SET, &set);
}

/* -1 with errno; then there is none. */
static int semaphore_sysv_create_exclusive(key_t key,
                                           const struct semaphore_attributes *attributes)
{
	const mode_t needed = S_IRUSR | S_IWUSR; /* to give it its values */
	mode_t bits = attributes->mode.bits;
	int id = semget(key, (int)attributes->count,
	                IPC_CREAT | IPC_EXCL | (int)(bits | needed));
	if (id < 0)
		return -1;
	if (add_initial_values(id, attributes) == 0 &&
	    ((bits & needed) == needed || semaphore_sysv_set_mode(id, bits) == 0))
		return id;
	int error = errno;
	semctl(id, 0, IPC_RMID);
	errno = error;
	return -1;
}

static enum status
semaphore_sysv_create_error(const struct name *name,
                            const struct semaphore_attributes *attributes)
{
	struct seminfo info = semaphore_sysv_limits();
	if (errno == EINVAL && attributes->count > info.semmsl)
		return error_as(STATUS_FAILED,
		                "%s: %lld semaphores are more than a set may have, "
		                "kernel.sem SEMMSL (%d)",
		                name->text, (long long)attributes->count, info.semmsl);
	if (errno == ENOSPC)
		return error_as(STATUS_FAILED,
		                "%s: the system has as many sets as kernel.sem SEMMNI "
		                "(%d), or semaphores as SEMMNS (%d) lets it have",
		                name->text, info.semmni, info.semmns);
	if (errno == EINVAL || errno == EIDRM)
		return error_as(STATUS_FAILED, "%s: removed while it was made",
		                name->text);
	return error_errno("%s", name->text);
}

/* It is there already: is it what was asked for? */
static enum status
semaphore_sysv_check_existing(int id, const struct name *name,
                              const struct semaphore_attributes *attributes)
{
	struct semid_ds set;
	semaphore_sysv_wait_until_made(id, (int)attributes->count - 1);
	if (semaphore_sysv_stat(id, &set) < 0)
		return error_errno("%s", name->text);
	if ((int64_t)set.sem_nsems != attributes->count)
		return error_as(STATUS_EXISTS,
		                "%s: exists, but with %lu semaphores, not %lld",
		                name->text, (unsigned long)set.sem_nsems,
		                (long long)attributes->count);
	enum status status =
	    file_check_mode(name->text, set.sem_perm.mode & 0777, &attributes->mode);
	if (status != STATUS_OK)
		return status;
	/* who made it was killed before it had its values: all would wait for ever */
	if (attributes->value > 0 && set.sem_otime == 0 &&
	    semctl(id, (int)attributes->count - 1, GETPID) == 0)
		return error_as(STATUS_EXISTS, "%s: exists, but was never given a value",
		                name->text);
	return STATUS_OK;
}

static enum status semaphore_sysv_ensure(const struct name *name,
                                         const struct semaphore_attributes *attributes,
                                         struct semaphore_created *created)
{
	/* again where it went away in between, but not for ever */
	for (int tries = 0; tries < 100; tries++) {
		created->id = semget(name->number, 0, 0);
		if (created->id >= 0)
			return semaphore_sysv_check_existing(created->id, name,
			                                     attributes);
		if (errno != ENOENT)
			break;
		created->id = semaphore_sysv_create_exclusive(name->number, attributes);
		created->is_new = created->id >= 0;
		if (created->is_new)
			return STATUS_OK;
		if (errno != EEXIST)
			break;
	}
	return semaphore_sysv_create_error(name, attributes);
}

/* No signal but KILL ends it between making the set and giving it its values. */
static enum status semaphore_sysv_create(const struct name *name,
                                         const struct semaphore_attributes *attributes,
                                         struct semaphore_created *created)
{
	struct termsig termsig;
	bool private = name->address == NAME_PRIVATE;
	enum status status = STATUS_OK;
	termsig_block(&termsig);
	if (attributes->ensure && !private) {
		status = semaphore_sysv_ensure(name, attributes, created);
	} else {
		created->id = semaphore_sysv_create_exclusive(
		    private ? IPC_PRIVATE : name->number, attributes);
		created->is_new = created->id >= 0;
		if (!created->is_new)
			status = semaphore_sysv_create_error(name, attributes);
	}
	return termsig_end(&termsig, status);
}

/* ------------------------------------------------------------------ using */

static int semaphore_sysv_id(const struct name *name)
{
	return name->address == NAME_BY_ID ? name->number : semget(name->number, 0, 0);
}

static enum status semaphore_sysv_open(struct semaphore *semaphore,
                                       enum semaphore_access access)
{
	(void)access; /* the kernel looks at each call */
	semaphore->id = semaphore_sysv_id(semaphore->name);
	return semaphore->id >= 0 ? STATUS_OK
	                          : sysv_error(semaphore->name, &semaphore_sysv_kind, "");
}

static void semaphore_sysv_close(struct semaphore *semaphore)
{
	semaphore->id = -1;
}

static enum status semaphore_sysv_unlink(const struct name *name, bool missing_is_fine)
{
	int id = semaphore_sysv_id(name);
	if (id >= 0 && semctl(id, 0, IPC_RMID) == 0)
		return STATUS_OK;
	if (errno == EINVAL || errno == EIDRM)
		errno = ENOENT;
	if (errno == ENOENT && missing_is_fine)
		return STATUS_OK;
	return sysv_error(name, &semaphore_sysv_kind, "");
}

/* Undo operations that were done; false where that would have to wait. */
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
	/* who is told to end does not learn that it is done */
	if (result == 0 && termsig_pending() != 0 &&
	    reverse_operations(id, operations, count)) {
		result = -1;
		error = EINTR;
	}
	termsig_end(&termsig, STATUS_OK);
	errno = error;
	return result;
}

static int semaphore_sysv_op(int id, struct sembuf *operations, size_t count,
                             const struct deadline *deadline)
{
	static const struct timespec none;
	bool waits = deadline->timeout.kind != TIMEOUT_ZERO;
	for (size_t i = 0; i < count; i++) {
		/* else it would be queued for the moment that a time-out of 0 takes */
		if (!waits)
			operations[i].sem_flg |= IPC_NOWAIT;
		if (operations[i].sem_op == 0)
			semaphore_sysv_wait_until_made(id, operations[i].sem_num);
	}
	if (semtimedop(id, operations, count, &none) == 0)
		return 0;
	if (errno != EAGAIN || !waits)
		return -1;
	return semaphore_sysv_op_blocking(id, operations, count, deadline);
}

int semaphore_op(const struct semaphore *set, struct sembuf *operations, size_t count,
                 const struct deadline *deadline)
{
	return semaphore_sysv_op(set->id, operations, count, deadline);
}

enum status semaphore_op_error(const struct semaphore *set,
                               const struct sembuf *operations, size_t count)
{
	const char *name = set->name->text;
	struct semid_ds facts;
	switch (errno) {
	case EAGAIN:
		return error_as(STATUS_WOULD_BLOCK, "%s: not all of it can be done now",
		                name);
	case ETIMEDOUT:
		return error_as(STATUS_TIMED_OUT,
		                "%s: timed out: not all of it can be done", name);
	case ERANGE:
		return error_as(STATUS_FAILED,
		                "%s: a value would pass SEMVMX (%d), or what is to be "
		                "undone SEMAEM (%d)",
		                name, SEMVMX, SEMVMX);
	case E2BIG:
		return error_as(STATUS_FAILED,
		                "%s: %zu operations are more than kernel.sem SEMOPM "
		                "(%d)",
		                name, count, semaphore_sysv_limits().semopm);
	case EFBIG:
		for (size_t i = 0; semaphore_sysv_stat(set->id, &facts) == 0 && i < count;
		     i++)
			if (operations[i].sem_num >= facts.sem_nsems)
				return semaphore_sysv_no_such_index(
				    set, operations[i].sem_num);
		return error_as(STATUS_FAILED, "%s: the set has not so many semaphores",
		                name);
	default: return semaphore_sysv_error(set);
	}
}

/* An index beyond what a sembuf holds is beyond every set. */
static int semaphore_sysv_op_one(const struct semaphore *semaphore, int64_t change,
                                 const struct deadline *deadline)
{
	struct sembuf operation = {
	    .sem_num = (unsigned short)semaphore->name->index,
	    .sem_op = (short)change,
	    .sem_flg = (short)(semaphore->undo ? SEM_UNDO : 0),
	};
	if (semaphore->name->index != operation.sem_num) {
		errno = EFBIG;
		return -1;
	}
	return semaphore_sysv_op(semaphore->id, &operation, 1, deadline);
}

static int semaphore_sysv_wait(const struct semaphore *semaphore, int64_t count,
                               const struct deadline *deadline)
{
	int result = semaphore_sysv_op_one(semaphore, -count, deadline);
	if (result == 0 || errno != EAGAIN)
		return result;
	if (semaphore_sysv_wait_until_made(semaphore->id, semaphore->name->index))
		return semaphore_sysv_op_one(semaphore, -count, deadline);
	errno = EAGAIN;
	return -1;
}

static int semaphore_sysv_post(const struct semaphore *semaphore, int64_t count)
{
	int result = semaphore_sysv_op_one(semaphore, count, &DEADLINE_NOW);
	if (result < 0 && errno == ERANGE)
		errno = EOVERFLOW;
	return result;
}

static int64_t semaphore_sysv_value(const struct semaphore *semaphore)
{
	int index = semaphore->name->index;
	int now = semctl(semaphore->id, index, GETVAL);
	if (now == 0 && semaphore_sysv_wait_until_made(semaphore->id, index))
		now = semctl(semaphore->id, index, GETVAL);
	return now;
}

static int semaphore_sysv_facts(const struct semaphore *semaphore,
                                struct semaphore_facts *facts)
{
	int index = semaphore->name->index;
	*facts = (struct semaphore_facts){
	    .value = semaphore_sysv_value(semaphore),
	    .waiters = semctl(semaphore->id, index, GETNCNT),
	    .waiters_for_zero = semctl(semaphore->id, index, GETZCNT),
	    .last_pid = semctl(semaphore->id, index, GETPID),
	};
	bool known = facts->value >= 0 && facts->waiters >= 0 &&
	             facts->waiters_for_zero >= 0 && facts->last_pid >= 0;
	return known ? 0 : -1;
}

int semaphore_set_value(const struct semaphore *semaphore, int64_t value)
{
	/* semctl(2) has the caller define it; passed as the pointer that it is as wide as
	 */
	union semun {
		struct semid_ds *buf;
		int val;
	} argument = {.buf = NULL};
	int index = semaphore->name->index;
	semaphore_sysv_wait_until_made(semaphore->id, index);
	argument.val = (int)value;
	return semctl(semaphore->id, index, SETVAL, argument.buf);
}

const struct semaphore_family semaphore_sysv_family = {
    .limit = "SEMVMX",
    .max = SEMVMX,
    .create = semaphore_sysv_create,
    .open = semaphore_sysv_open,
    .close = semaphore_sysv_close,
    .unlink = semaphore_sysv_unlink,
    .wait = semaphore_sysv_wait,
    .post = semaphore_sysv_post,
    .value = semaphore_sysv_value,
    .facts = semaphore_sysv_facts,
    .error = semaphore_sysv_error,
};
