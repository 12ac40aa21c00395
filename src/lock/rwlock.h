/* SPDX-License-Identifier: MIT */
/*
 * A read-write lock in shared memory that is released if a holder dies. Its layout is our
 * own, since the read-write lock of no C library survives the death of a reader: a robust
 * word for the writer, and one for each reader. A writer acquires its word, which keeps
 * new readers out, and waits for the readers' words: so it waits for readers that hold
 * the lock, and for none that come later.
 */
#ifndef LOCK_RWLOCK_H
#define LOCK_RWLOCK_H

#include "lock/memory_kind.h"

enum { RWLOCK_BYTES = 4096, RWLOCK_READERS = LOCK_MEMORY_READERS_MAX };

extern const struct lock_memory_kind rwlock_kind;

#endif
