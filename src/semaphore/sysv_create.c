/* SPDX-License-Identifier: MIT */
/*
 * Creating a System V semaphore set with its values
 *
 * A new set has only zeros, and its values come by a second call. Nothing joins the two:
 * a set that was initialized without a key cannot be given one. So the values are not set
 * but added, by semop(2): a process that waits between the two calls waits on until the
 * value is large enough, and a post between them is not overwritten. A zero that is read
 * between them remains. It can be recognized: GETPID is 0 for a semaphore that was never
 * operated on. A process that is about to rely on a zero checks that, and waits for the
 * values if the set is so new that its creator may be about to set them.
 */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/termsig.h"
#include "io/error.h"
#include "io/file.h"
#include "semaphore/sysv.h"

/* Add the value to each semaphore, as many in a call as the kernel accepts. */
static int add_initial_values(int id, const struct semaphore_attributes *attributes)
{
	struct sembuf operations[500]; /* the kernel's default of SEMOPM */
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
		else if (result < 0 &&
		         errno != EAGAIN) /* value 0, and one was posted to */
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

/* The id, or -1 with errno, and no set is left. */
static int semaphore_sysv_create_exclusive(key_t key,
                                           const struct semaphore_attributes *attributes)
{
	const mode_t needed = S_IRUSR | S_IWUSR; /* to initialize it */
	mode_t bits = attributes->mode.bits;
	int id = semget(key, (int)attributes->count,
	                IPC_CREAT | IPC_EXCL | (int)(bits | needed));
	if (id < 0)
		return -1;
	if (add_initial_values(id, attributes) == 0 &&
	    ((bits & needed) == needed || semaphore_sysv_set_mode(id, bits) == 0))
		return id;
	sysv_discard(id, &semaphore_sysv_kind);
	return -1;
}

static enum status
semaphore_sysv_create_error(const struct name *name,
                            const struct semaphore_attributes *attributes)
{
	struct seminfo info = semaphore_sysv_limits(), higher = info;
	struct limit_advice advice;
	if (errno == EINVAL && attributes->count > info.semmsl) {
		higher.semmsl = (int)attributes->count;
		return error_as(STATUS_FAILED,
		                "%s: %lld semaphores exceed kernel.sem SEMMSL (%d)%s",
		                name->text, (long long)attributes->count, info.semmsl,
		                semaphore_sysv_limit_advice(&advice, &higher));
	}
	if (errno == ENOSPC) {
		higher.semmni = (int)limit_next(info.semmni, SYSV_IDS_MAX);
		higher.semmns = (int)limit_next(info.semmns, INT_MAX);
		return error_as(STATUS_FAILED,
		                "%s: the limit of sets, kernel.sem SEMMNI (%d), or of "
		                "semaphores, SEMMNS (%d), is reached%s",
		                name->text, info.semmni, info.semmns,
		                semaphore_sysv_limit_advice(&advice, &higher));
	}
	if (errno == EINVAL || errno == EIDRM)
		return error_as(STATUS_FAILED, "%s: removed while it was created",
		                name->text);
	return error_errno("%s", name->text);
}

/* Compare the existing set with the requested one. */
static enum status
semaphore_sysv_check_existing(int id, const struct name *name,
                              const struct semaphore_attributes *attributes)
{
	struct semid_ds set;
	if (sysv_stat(id, &semaphore_sysv_kind, &set) < 0)
		return error_errno("%s", name->text);
	enum status status = sysv_check_owner(name, &set.sem_perm, attributes->mode.bits);
	if (status != STATUS_OK)
		return status;
	semaphore_sysv_wait_until_initialized(id, (int)attributes->count - 1,
	                                      SEMAPHORE_SYSV_INIT_ENSURE);
	if (semaphore_sysv_stat(id, &set) < 0)
		return error_errno("%s", name->text);
	if ((int64_t)set.sem_nsems != attributes->count)
		return error_as(STATUS_EXISTS,
		                "%s: exists, but with %lu semaphores, not %lld",
		                name->text, (unsigned long)set.sem_nsems,
		                (long long)attributes->count);
	status =
	    file_check_mode(name->text, set.sem_perm.mode & 0777, attributes->mode.bits);
	if (status != STATUS_OK)
		return status;
	/* its creator was killed before it set the values: a wait would never end */
	if (attributes->value > 0 && set.sem_otime == 0 &&
	    semctl(id, (int)attributes->count - 1, GETPID) == 0)
		return error_as(STATUS_EXISTS, "%s: exists, but was never initialized",
		                name->text);
	return STATUS_OK;
}

static enum status semaphore_sysv_ensure(const struct name *name,
                                         const struct semaphore_attributes *attributes,
                                         struct semaphore_created *created)
{
	/* another process may remove it between the two calls */
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

enum status semaphore_sysv_create(const struct name *name,
                                  const struct semaphore_attributes *attributes,
                                  struct semaphore_created *created)
{
	struct termsig termsig;
	bool private = name->address == NAME_PRIVATE;
	enum status status = sysv_check_create(name);
	if (status != STATUS_OK)
		return status;
	/* between creating the set and initializing it only SIGKILL ends the process */
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
