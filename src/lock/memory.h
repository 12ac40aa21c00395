/*
 * Hold locks in shared memory (lock/mutex.h) while a command runs.
 *
 * The kernel frees such a word as its owner ends, not as the command of the owner does.
 * So besides its keeper's word each holder has a lock on a byte of the object
 * (lock/lock.h, a lock of the open file), which its starter keeps until the command is
 * dead: who takes the word from a keeper that was killed waits for that.
 */
#ifndef LOCK_MEMORY_H
#define LOCK_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "lock/mutex.h"

/*
 * Take all, in the order of their objects and offsets, run the command, give them back:
 * its status, or that of a failure before (base/status.h, status_before_command). names
 * are as a user wrote them, shm:NAME or shm:NAME+OFFSET, at most LOCK_SET_MAX
 * (lock/lock.h). An object that is not there is made, with the mode 0600, whole from the
 * beginning.
 *
 * Where the holder before was killed this is said, and the command has
 * LOCKRUN_OWNER_DIED=1 in its environment. What the command was changing when it was
 * killed itself is marked in the same way; the mark is gone when a command has ended with
 * status 0 that held it exclusively.
 */
enum status lock_memory_run(const struct lock_memory_kind *kind, bool shared,
                            const char *const *names, int count,
                            const struct deadline *deadline, char **argv);

/* Look at one. Needs no more than read permission. *offset is where it lies. */
enum status lock_memory_inspect(const char *name, const char **kind, int64_t *offset,
                                struct lock_memory_facts *facts);

#endif
