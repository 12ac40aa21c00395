/* SPDX-License-Identifier: MIT */
/*
 * The family of System V semaphores: opening, reading and setting one semaphore of a set.
 */
#include <errno.h>
#include <stdlib.h>

#include "semaphore/family.h"
#include "semaphore/sysv.h"

static enum status semaphore_sysv_open(struct semaphore *semaphore,
                                       enum semaphore_access access)
{
	(void)access; /* the kernel checks the permission at each call */
	return sysv_find(&semaphore->id, semaphore->name, &semaphore_sysv_kind);
}

static void semaphore_sysv_close(struct semaphore *semaphore)
{
	semaphore->id = -1;
}

static enum status semaphore_sysv_unlink(const struct name *name, bool missing_is_fine)
{
	enum status status = sysv_unlink(name, &semaphore_sysv_kind, missing_is_fine);
	return status == STATUS_NOT_FOUND && missing_is_fine ? STATUS_OK : status;
}

static int64_t semaphore_sysv_value(const struct semaphore *semaphore)
{
	int index = semaphore->name->index;
	int now = semctl(semaphore->id, index, GETVAL);
	if (now == 0 && semaphore_sysv_wait_until_initialized(semaphore->id, index,
	                                                      SEMAPHORE_SYSV_INIT_BRIEF))
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

static bool all_are_zero(const unsigned short *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (values[i] != 0)
			return false;
	return true;
}

static int semaphore_sysv_values(const struct semaphore *semaphore,
                                 unsigned short **values, size_t *count)
{
	struct semid_ds set;
	if (semaphore_sysv_stat(semaphore->id, &set) < 0)
		return -1;
	*count = set.sem_nsems;
	*values = calloc(*count, sizeof **values);
	if (*values == NULL) {
		errno = ENOMEM; /* not that of mmap(2), which may be EAGAIN */
		return -1;
	}
	int result = semctl(semaphore->id, 0, GETALL, *values);
	/* the creator adds all values in one operation */
	if (result == 0 && all_are_zero(*values, *count) &&
	    semaphore_sysv_wait_until_initialized(semaphore->id, 0,
	                                          SEMAPHORE_SYSV_INIT_BRIEF))
		result = semctl(semaphore->id, 0, GETALL, *values);
	if (result < 0)
		free(*values);
	return result;
}

static int semaphore_sysv_set_value(const struct semaphore *semaphore, int64_t value)
{
	/* semctl(2) has the caller define it; passed by its pointer, which is as wide */
	union semun {
		struct semid_ds *buf;
		int val;
	} argument = {.buf = NULL};
	int index = semaphore->name->index;
	semaphore_sysv_wait_until_initialized(semaphore->id, index,
	                                      SEMAPHORE_SYSV_INIT_WAIT);
	argument.val = (int)value;
	return semctl(semaphore->id, index, SETVAL, argument.buf);
}

const struct semaphore_family semaphore_sysv_family = {
    .limit = "SEMVMX",
    .max = SEMAPHORE_SYSV_VALUE_MAX,
    .create = semaphore_sysv_create,
    .open = semaphore_sysv_open,
    .close = semaphore_sysv_close,
    .unlink = semaphore_sysv_unlink,
    .wait = semaphore_sysv_wait,
    .await = semaphore_sysv_await,
    .post = semaphore_sysv_post,
    .value = semaphore_sysv_value,
    .facts = semaphore_sysv_facts,
    .set_value = semaphore_sysv_set_value,
    .values = semaphore_sysv_values,
    .op = semaphore_sysv_op,
    .op_error = semaphore_sysv_op_error,
    .error = semaphore_sysv_error,
};
