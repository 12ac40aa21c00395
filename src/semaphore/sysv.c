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
#include "io/file.h"
#include "io/report.h"
#include "object/sysv.h"
#include "semaphore/family.h"

static const struct sysv_kind sets = {.object = "semaphore set"};

enum { SEMVMX = 32767 }; /* <linux/sem.h>; the most that can be undone (SEMAEM) too */

/* ------------------------------------------------------------ a set's state */

/* semctl(2): what IPC_INFO is told about needs no set. */
static struct seminfo limits(void)
{
	struct seminfo info = {0};
	semctl(0, 0, IPC_INFO, &info);
	return info;
}

static int look_at(int id, struct semid_ds *set)
{
	*set = (struct semid_ds){0};
	return semctl(id, 0, IPC_STAT, set);
}

/* Is this zero one that whoever makes the set is about to change? */
static bool is_being_made(int id, int index)
{
	const time_t a_while = 2; /* seconds that the two calls are at most apart */
	struct semid_ds set;
	return semctl(id, index, GETPID) == 0 && look_at(id, &set) == 0 &&
	       set.sem_otime == 0 && labs(time(NULL) - set.sem_ctime) <= a_while;
}

/*
 * Until it is made. Then who has seen a zero looks once more: it may have been made
 * between his look and this one. False where a signal asked to end.
 */
static bool wait_until_made(int id, int index)
{
	while (is_being_made(id, index))
		if (deadline_pause(1000000) < 0)
			return false;
	return true;
}

static enum status no_such_index(const struct semaphore *semaphore, int index)
{
	struct semid_ds set;
	if (look_at(semaphore->id, &set) < 0)
		return fail_as(STATUS_FAILED, "%s: the set has no semaphore %d",
		               semaphore->name->text, index);
	return fail_as(STATUS_FAILED, "%s: the set has no semaphore %d, only 0 to %lu",
	               semaphore->name->text, index, (unsigned long)set.sem_nsems - 1);
}

/* EINVAL is a set that is not there, for semctl(2) also an index beyond it. */
static enum status failed(const struct semaphore *semaphore)
{
	struct semid_ds set;
	switch (errno) {
	case EIDRM:
		return fail_as(STATUS_MISSING, "%s: the set was removed while waiting",
		               semaphore->name->text);
	case EFBIG: return no_such_index(semaphore, semaphore->name->index);
	case EINVAL:
		if (look_at(semaphore->id, &set) == 0 || errno == EACCES)
			return no_such_index(semaphore, semaphore->name->index);
		errno = ENOENT;
		break;
	case ERANGE:
		return fail_as(STATUS_FAILED,
		               "%s: what is to be undone would pass SEMAEM (%d)",
		               semaphore->name->text, SEMVMX);
	case ENOSPC:
		return fail_as(STATUS_FAILED,
		               "%s: the system can note no more that is to be undone "
		               "(SEMMNU, SEMUME)",
		               semaphore->name->text);
	default: break;
	}
	return sysv_failed(semaphore->name, &sets, "");
}

/* ----------------------------------------------------------------- making */

/* Add the value to each of them, as many at a time as a call takes. */
static int give_values(int id, const struct semaphore_shape *shape)
{
	struct sembuf operations[500]; /* SEMOPM as the kernel has it by itself */
	size_t most = sizeof operations / sizeof *operations;
	for (int64_t first = 0; first < shape->count;) {
		size_t part = 0;
		for (; part < most && first + (int64_t)part < shape->count; part++)
			operations[part] = (struct sembuf){
			    .sem_num = (unsigned short)(first + (int64_t)part),
			    .sem_op = (short)shape->value,
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

static int give_mode(int id, mode_t bits)
{
	struct semid_ds set;
	if (look_at(id, &set) < 0)
		return -1;
	set.sem_perm.mode = bits;
	return semctl(id, 0, IPC_SET, &set);
}

/* -1 with errno; then there is none. */
static int make(key_t key, const struct semaphore_shape *shape)
{
	const mode_t needed = S_IRUSR | S_IWUSR; /* to give it its values */
	mode_t bits = shape->mode.bits;
	int id =
	    semget(key, (int)shape->count, IPC_CREAT | IPC_EXCL | (int)(bits | needed));
	if (id < 0)
		return -1;
	if (give_values(id, shape) == 0 &&
	    ((bits & needed) == needed || give_mode(id, bits) == 0))
		return id;
	int error = errno;
	semctl(id, 0, IPC_RMID);
	errno = error;
	return -1;
}

static enum status make_failed(const struct name *name,
                               const struct semaphore_shape *shape)
{
	struct seminfo info = limits();
	if (errno == EINVAL && shape->count > info.semmsl)
		return fail_as(STATUS_FAILED,
		               "%s: %lld semaphores are more than a set may have, "
		               "kernel.sem SEMMSL (%d)",
		               name->text, (long long)shape->count, info.semmsl);
	if (errno == ENOSPC)
		return fail_as(STATUS_FAILED,
		               "%s: the system has as many sets as kernel.sem SEMMNI "
		               "(%d), or semaphores as SEMMNS (%d) lets it have",
		               name->text, info.semmni, info.semmns);
	if (errno == EINVAL || errno == EIDRM)
		return fail_as(STATUS_FAILED, "%s: removed while it was made",
		               name->text);
	return fail("%s", name->text);
}

/* It is there already: is it what was asked for? */
static enum status check_existing(int id, const struct name *name,
                                  const struct semaphore_shape *shape)
{
	struct semid_ds set;
	wait_until_made(id, (int)shape->count - 1);
	if (look_at(id, &set) < 0)
		return fail("%s", name->text);
	if ((int64_t)set.sem_nsems != shape->count)
		return fail_as(
		    STATUS_EXISTS, "%s: exists, but with %lu semaphores, not %lld",
		    name->text, (unsigned long)set.sem_nsems, (long long)shape->count);
	enum status status =
	    file_expect_mode(name->text, set.sem_perm.mode & 0777, &shape->mode);
	if (status != STATUS_DONE)
		return status;
	/* who made it was killed before it had its values: all would wait for ever */
	if (shape->value > 0 && set.sem_otime == 0 &&
	    semctl(id, (int)shape->count - 1, GETPID) == 0)
		return fail_as(STATUS_EXISTS, "%s: exists, but was never given a value",
		               name->text);
	return STATUS_DONE;
}

static enum status ensure(const struct name *name, const struct semaphore_shape *shape,
                          struct semaphore_made *made)
{
	/* again where it went away in between, but not for ever */
	for (int tries = 0; tries < 100; tries++) {
		made->id = semget(name->number, 0, 0);
		if (made->id >= 0)
			return check_existing(made->id, name, shape);
		if (errno != ENOENT)
			break;
		made->id = make(name->number, shape);
		made->is_new = made->id >= 0;
		if (made->is_new)
			return STATUS_DONE;
		if (errno != EEXIST)
			break;
	}
	return make_failed(name, shape);
}

/* No signal but KILL ends it between making the set and giving it its values. */
static enum status create(const struct name *name, const struct semaphore_shape *shape,
                          struct semaphore_made *made)
{
	struct interrupt interrupt;
	bool private = name->address == PRIVATE;
	enum status status = STATUS_DONE;
	interrupt_defer(&interrupt);
	if (shape->ensure && !private) {
		status = ensure(name, shape, made);
	} else {
		made->id = make(private ? IPC_PRIVATE : name->number, shape);
		made->is_new = made->id >= 0;
		if (!made->is_new)
			status = make_failed(name, shape);
	}
	return interrupt_end(&interrupt, status);
}

/* ------------------------------------------------------------------ using */

static int id_of(const struct name *name)
{
	return name->address == BY_ID ? name->number : semget(name->number, 0, 0);
}

static enum status open_set(struct semaphore *semaphore, enum semaphore_access access)
{
	(void)access; /* the kernel looks at each call */
	semaphore->id = id_of(semaphore->name);
	return semaphore->id >= 0 ? STATUS_DONE : sysv_failed(semaphore->name, &sets, "");
}

static void close_set(struct semaphore *semaphore)
{
	semaphore->id = -1;
}

static enum status remove_set(const struct name *name, bool missing_is_fine)
{
	int id = id_of(name);
	if (id >= 0 && semctl(id, 0, IPC_RMID) == 0)
		return STATUS_DONE;
	if (errno == EINVAL || errno == EIDRM)
		errno = ENOENT;
	if (errno == ENOENT && missing_is_fine)
		return STATUS_DONE;
	return sysv_failed(name, &sets, "");
}

/* Undo operations that were done; false where that would have to wait. */
static bool reverse(int id, struct sembuf *operations, size_t count)
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

static int operate_by_waiting(int id, struct sembuf *operations, size_t count,
                              const struct deadline *deadline)
{
	struct interrupt interrupt;
	interrupt_begin(&interrupt);
	int result = deadline_semop(deadline, id, operations, count);
	int error = errno;
	/* who is told to end does not learn that it is done */
	if (result == 0 && interrupt_pending() != 0 && reverse(id, operations, count)) {
		result = -1;
		error = EINTR;
	}
	interrupt_end(&interrupt, STATUS_DONE);
	errno = error;
	return result;
}

static int operate(int id, struct sembuf *operations, size_t count,
                   const struct deadline *deadline)
{
	static const struct timespec none;
	bool waits = deadline->patience.kind != NOT_AT_ALL;
	for (size_t i = 0; i < count; i++) {
		/* else it would be queued for the moment that a time-out of 0 takes */
		if (!waits)
			operations[i].sem_flg |= IPC_NOWAIT;
		if (operations[i].sem_op == 0)
			wait_until_made(id, operations[i].sem_num);
	}
	if (semtimedop(id, operations, count, &none) == 0)
		return 0;
	if (errno != EAGAIN || !waits)
		return -1;
	return operate_by_waiting(id, operations, count, deadline);
}

int semaphore_operate(const struct semaphore *set, struct sembuf *operations,
                      size_t count, const struct deadline *deadline)
{
	return operate(set->id, operations, count, deadline);
}

enum status semaphore_operate_failed(const struct semaphore *set,
                                     const struct sembuf *operations, size_t count)
{
	const char *name = set->name->text;
	struct semid_ds facts;
	switch (errno) {
	case EAGAIN:
		return fail_as(STATUS_NOT_NOW, "%s: not all of it can be done now", name);
	case ETIMEDOUT:
		return fail_as(STATUS_TIMED_OUT,
		               "%s: timed out: not all of it can be done", name);
	case ERANGE:
		return fail_as(STATUS_FAILED,
		               "%s: a value would pass SEMVMX (%d), or what is to be "
		               "undone SEMAEM (%d)",
		               name, SEMVMX, SEMVMX);
	case E2BIG:
		return fail_as(STATUS_FAILED,
		               "%s: %zu operations are more than kernel.sem SEMOPM "
		               "(%d)",
		               name, count, limits().semopm);
	case EFBIG:
		for (size_t i = 0; look_at(set->id, &facts) == 0 && i < count; i++)
			if (operations[i].sem_num >= facts.sem_nsems)
				return no_such_index(set, operations[i].sem_num);
		return fail_as(STATUS_FAILED, "%s: the set has not so many semaphores",
		               name);
	default: return failed(set);
	}
}

/* An index beyond what a sembuf holds is beyond every set. */
static int operate_on_one(const struct semaphore *semaphore, int64_t change,
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
	return operate(semaphore->id, &operation, 1, deadline);
}

static int take(const struct semaphore *semaphore, int64_t count,
                const struct deadline *deadline)
{
	int result = operate_on_one(semaphore, -count, deadline);
	if (result == 0 || errno != EAGAIN)
		return result;
	if (wait_until_made(semaphore->id, semaphore->name->index))
		return operate_on_one(semaphore, -count, deadline);
	errno = EAGAIN;
	return -1;
}

static int give(const struct semaphore *semaphore, int64_t count)
{
	static const struct deadline now = {.patience = {.kind = NOT_AT_ALL}};
	int result = operate_on_one(semaphore, count, &now);
	if (result < 0 && errno == ERANGE)
		errno = EOVERFLOW;
	return result;
}

static int64_t value(const struct semaphore *semaphore)
{
	int index = semaphore->name->index;
	int now = semctl(semaphore->id, index, GETVAL);
	if (now == 0 && wait_until_made(semaphore->id, index))
		now = semctl(semaphore->id, index, GETVAL);
	return now;
}

static int facts_of(const struct semaphore *semaphore, struct semaphore_facts *facts)
{
	int index = semaphore->name->index;
	*facts = (struct semaphore_facts){
	    .value = value(semaphore),
	    .waiters = semctl(semaphore->id, index, GETNCNT),
	    .waiters_for_zero = semctl(semaphore->id, index, GETZCNT),
	    .last_pid = semctl(semaphore->id, index, GETPID),
	};
	bool known = facts->value >= 0 && facts->waiters >= 0 &&
	             facts->waiters_for_zero >= 0 && facts->last_pid >= 0;
	return known ? 0 : -1;
}

int semaphore_set(const struct semaphore *semaphore, int64_t value)
{
	/* semctl(2) has the caller define it; passed as the pointer that it is as wide as
	 */
	union semun {
		struct semid_ds *buf;
		int val;
	} argument = {.buf = NULL};
	int index = semaphore->name->index;
	wait_until_made(semaphore->id, index);
	argument.val = (int)value;
	return semctl(semaphore->id, index, SETVAL, argument.buf);
}

const struct semaphore_family semaphores_system_v = {
    .limit = "SEMVMX",
    .max = SEMVMX,
    .create = create,
    .open = open_set,
    .close = close_set,
    .unlink = remove_set,
    .take = take,
    .give = give,
    .value = value,
    .facts = facts_of,
    .failed = failed,
};
