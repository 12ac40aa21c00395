/* SPDX-License-Identifier: MIT */
/*
 * The locks in shared memory that processes hold: robust mutexes, and the read-write
 * locks of lock/rwlock.h. A thread keeps a list of those that it holds, which the kernel
 * releases if it ends. See get_robust_list(2), lock/robust.h.
 *
 * Of a mutex that is not robust the kernel knows nothing, nor of one that no process
 * holds.
 */
#ifndef INSPECT_MEMORY_LOCKS_H
#define INSPECT_MEMORY_LOCKS_H

#include "inspect/waits_thread.h"

/* Append the locks that a thread holds, with the thread's process as their holder. */
void memory_locks_read(const struct waits_thread *thread);

/*
 * After all processes: each process that waits for a word of such a lock waits for the
 * lock too, by a waiter of its own.
 */
void memory_locks_add_waiters(struct census *census);

#endif
