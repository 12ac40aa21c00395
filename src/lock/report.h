/*
 * Reports of --verbose about locks on files: lines for people (io/report.h), from
 * lock/list.h. A list that cannot be read is reported as a failure, without consequence.
 */
#ifndef LOCK_REPORT_H
#define LOCK_REPORT_H

#include "lock/lock.h"

/*
 * That the files are locked, after what time since `started`. For each also the locks of
 * other processes that these do not exclude although they mean to: flock(2) does not see
 * the locks of fcntl(2), which do not see its own.
 */
void lock_report_acquired(const struct lock_set *locks);

/* Which processes hold the lock that the last failure was about. */
void lock_report_holders(const struct lock_set *locks);

#endif
