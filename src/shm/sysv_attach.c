/* SPDX-License-Identifier: MIT */
/*
 * Attaching a System V segment, and allocating its pages before they are accessed, by a
 * call that fails where the access would raise SIGBUS.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "base/termsig.h"
#include "shm/sysv.h"

static int shm_sysv_get(int32_t key)
{
	return shmget(key, 0, 0);
}

int shm_sysv_control(int id, int command, void *argument)
{
	return shmctl(id, command, argument);
}

const struct sysv_kind shm_sysv_kind = {
    .object = "shared memory segment",
    .maker = "shmcreate",
    .get = shm_sysv_get,
    .control = shm_sysv_control,
    .stat_any = SHM_STAT_ANY,
};

/* EINVAL: Linux before 5.14, which allocates the pages at the first access. */
int shm_sysv_populate(const struct segment *segment, int64_t offset, int64_t length,
                      enum shm_sysv_populate_for access)
{
	int64_t inside = offset % sysconf(_SC_PAGESIZE);
	int result = 0;
	if (length > 0)
		do
			result = madvise(segment->memory + offset - inside,
			                 (size_t)(length + inside), (int)access);
		while (result < 0 && errno == EINTR && termsig_pending() == 0);
	if (result == 0 || errno == EINVAL)
		return 0;
	/* where an access would raise SIGBUS: no huge pages are left */
	if (errno == EFAULT)
		errno = ENOMEM;
	return -1;
}

int shm_sysv_attach(struct segment *segment, int id, int flags)
{
	struct shmid_ds ds;
	if (shmctl(id, IPC_STAT, &ds) < 0)
		return -1;
	void *at = shmat(id, NULL, flags);
	if (at == (void *)-1)
		return -1;
	segment->memory = at;
	segment->size = (int64_t)ds.shm_segsz;
	return 0;
}
