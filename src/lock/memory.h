/* SPDX-License-Identifier: MIT */
/*
 * Run a command while locks in shared memory are held (lock/mutex.h, lock/rwlock.h).
 *
 * The kernel releases a robust word when its owner, the holder process, ends, not when
 * the command ends. So besides the word each holder has a lock on a byte of the object
 * (lock/lock.h, of the open file description), which the process that started the holder
 * process keeps until the command has ended: a process that acquires the word of a holder
 * process that was killed waits for that.
 */
#ifndef LOCK_MEMORY_H
#define LOCK_MEMORY_H

#include <stdbool.h>

#include "base/deadline.h"
#include "base/status.h"
#include "lock/memory_set.h"

/*
 * Acquire all locks, run the command, release them: its status, or that of a failure
 * before it was started (base/status.h, status_before_command).
 *
 * If the last owner of a lock died holding it, that is reported, and the command has
 * LOCKRUN_OWNER_DIED=1 in its environment. A command that is itself killed by a signal
 * marks the locks in the same way; the mark is removed when a command that held them
 * exclusively has ended with status 0.
 *
 * Sets *conflict if the failure was that another process holds a lock.
 */
enum status lock_memory_run(const struct memory_set_request *request,
                            const struct deadline *deadline, char **argv, bool *conflict);

#endif
