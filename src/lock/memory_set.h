/*
 * Some locks in shared memory, opened and mapped, to be acquired together.
 */
#ifndef LOCK_MEMORY_SET_H
#define LOCK_MEMORY_SET_H

#include <sys/types.h>

#include "base/status.h"
#include "lock/lock.h"
#include "lock/memory_kind.h"
#include "shm/segment.h"

struct memory_lock {
	struct name name, memory; /* of the lock; of the object that it is in */
	struct segment segment;
	struct segment_mapping mapping;
	dev_t device; /* of the object */
	ino_t inode;
	struct lock_memory_hold hold; /* while it is held */
};

struct memory_set {
	const struct lock_memory_kind *kind;
	int count;
	struct memory_lock locks[LOCK_SET_MAX];
};

/*
 * Open the locks, at most LOCK_SET_MAX, and put them into the order of their objects and
 * offsets, each once, so that processes which acquire the same locks cannot deadlock.
 * names are operands: shm:NAME or shm:NAME+OFFSET. An object that does not exist is
 * created with mode 0600 and an initialized lock. Failures are reported; nothing is to be
 * closed then.
 */
enum status memory_set_open(struct memory_set *locks, const struct lock_memory_kind *kind,
                            const char *const *names, int count);
void memory_set_close(struct memory_set *locks);

#endif
