/* SPDX-License-Identifier: MIT */
/*
 * Reports of --verbose about locks: lines for people (io/report.h), from lock/list.h. A
 * list that cannot be read is reported as a failure, without consequence.
 */
#ifndef LOCK_REPORT_H
#define LOCK_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "lock/lock.h"

/* That this file, or lock in shared memory, is locked, after what time since `started`,
 * of deadline_clock(). */
void lock_report_locked(const char *name, int64_t started);

/*
 * That the files are locked, after what time since `started`. For each also the locks of
 * other processes that these do not exclude although they mean to: flock(2) does not see
 * the locks of fcntl(2), which do not see its own.
 */
void lock_report_acquired(const struct lock_set *locks);

/* Which processes hold the lock that the last failure was about. */
void lock_report_holders(const struct lock_set *locks);

/* Which processes hold the lock shm:NAME so that a shared one, or any, is refused. */
void lock_report_memory_holders(const char *name, bool shared);

#endif
