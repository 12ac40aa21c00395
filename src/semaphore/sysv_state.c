/* SPDX-License-Identifier: MIT */
/*
 * The state of a System V semaphore set, and its errors.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/deadline.h"
#include "io/error.h"
#include "semaphore/sysv.h"

static int semaphore_sysv_get(int32_t key)
{
	return semget(key, 0, 0);
}

static int semaphore_sysv_control(int id, int command, void *argument)
{
	return semctl(id, 0, command, argument);
}

const struct sysv_kind semaphore_sysv_kind = {
    .object = "semaphore set",
    .maker = "semop create",
    .get = semaphore_sysv_get,
    .control = semaphore_sysv_control,
    .stat_any = SEM_STAT_ANY,
};

struct seminfo semaphore_sysv_limits(void)
{
	struct seminfo info = {0};
	semctl(0, 0, IPC_INFO, &info); /* of no set: the id does not matter */
	return info;
}

const char *semaphore_sysv_limit_advice(struct limit_advice *advice,
                                        const struct seminfo *higher)
{
	return limit_sysctl(advice, "kernel.sem", "\"%d %d %d %d\"", higher->semmsl,
	                    higher->semmns, higher->semopm, higher->semmni);
}

int semaphore_sysv_stat(int id, struct semid_ds *set)
{
	*set = (struct semid_ds){0};
	return semctl(id, 0, IPC_STAT, set);
}

/* Is the semaphore 0 because the creator has not set the values yet? */
static bool semaphore_sysv_is_being_initialized(int id, int index)
{
	const time_t calls_apart_max = 2; /* seconds between semget(2) and semop(2) */
	struct semid_ds set;
	return semctl(id, index, GETPID) == 0 && semaphore_sysv_stat(id, &set) == 0 &&
	       set.sem_otime == 0 && labs(time(NULL) - set.sem_ctime) <= calls_apart_max;
}

bool semaphore_sysv_wait_until_initialized(int id, int index,
                                           enum semaphore_sysv_init_time at_most)
{
	struct deadline end = deadline_in(INT64_C(1000000) * (int64_t)at_most);
	while (semaphore_sysv_is_being_initialized(id, index) && deadline_left(&end) > 0)
		if (deadline_sleep(1000000) < 0)
			return false;
	return true;
}

enum status semaphore_sysv_index_error(const struct semaphore *semaphore, int index)
{
	struct semid_ds set;
	if (semaphore_sysv_stat(semaphore->id, &set) < 0)
		return error_as(STATUS_FAILED, "%s: semaphore index %d is out of range",
		                semaphore->name->text, index);
	return error_as(STATUS_FAILED,
	                "%s: semaphore index %d is out of range (0 to %lu)",
	                semaphore->name->text, index, (unsigned long)set.sem_nsems - 1);
}

enum status semaphore_sysv_error(const struct semaphore *semaphore)
{
	const char *name = semaphore->name->text;
	struct semid_ds set;
	switch (errno) {
	case EIDRM:
		return error_as(STATUS_NOT_FOUND, "%s: the set was removed while waiting",
		                name);
	case EFBIG: return semaphore_sysv_index_error(semaphore, semaphore->name->index);
	case EINVAL: /* no such set; of semctl(2) also an index out of range */
		if (semaphore_sysv_stat(semaphore->id, &set) == 0 || errno == EACCES)
			return semaphore_sysv_index_error(semaphore,
			                                  semaphore->name->index);
		errno = ENOENT;
		break;
	case ERANGE:
		return error_as(STATUS_FAILED,
		                "%s: the undo adjustment would exceed SEMAEM (%d)", name,
		                SEMAPHORE_SYSV_VALUE_MAX);
	case ENOSPC:
		return error_as(STATUS_FAILED,
		                "%s: no more SEM_UNDO structures (SEMMNU, SEMUME)", name);
	default: break;
	}
	return sysv_error(semaphore->name, &semaphore_sysv_kind, "");
}
