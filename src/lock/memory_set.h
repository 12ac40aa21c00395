/* SPDX-License-Identifier: MIT */
/*
 * Some locks in shared memory, opened and mapped, to be acquired together.
 */
#ifndef LOCK_MEMORY_SET_H
#define LOCK_MEMORY_SET_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/status.h"
#include "base/value_mode.h"
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

/* The locks that are to be opened. */
struct memory_set_request {
	const struct lock_memory_kind *kind;
	const char *const *names; /* operands: shm:NAME or shm:NAME+OFFSET */
	int count;
	struct value_mode mode; /* of an object that does not exist */
	bool shared;            /* to be acquired for readers */
	bool verbose;           /* report what lock/report.h does */
};

struct memory_set {
	const struct lock_memory_kind *kind;
	int count;
	struct memory_lock locks[LOCK_SET_MAX];
};

/*
 * Open the locks, at most LOCK_SET_MAX, and put them into the order of their objects and
 * offsets, each once, so that processes which acquire the same locks cannot deadlock. An
 * object that does not exist is created with the mode and an initialized lock. One of
 * another user is refused as owner_check_file() says, and if mode.given, so is one with
 * other permission bits. Failures are reported; nothing is to be closed then.
 */
enum status memory_set_open(struct memory_set *locks,
                            const struct memory_set_request *request);
void memory_set_close(struct memory_set *locks);

#endif
