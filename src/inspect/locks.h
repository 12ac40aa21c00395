/* SPDX-License-Identifier: MIT */
/*
 * The locks of all files: proc_locks(5), and proc_pid_fdinfo(5) of the processes that
 * have them.
 */
#ifndef INSPECT_LOCKS_H
#define INSPECT_LOCKS_H

#include <sys/stat.h>

#include "inspect/census.h"

/*
 * Append the locks, and the processes that wait for them as far as the kernel reports
 * them (it does not for locks of open file descriptions).
 */
void locks_list(struct census *census);

/* Are there locks on the file? To be called for each descriptor. */
bool locks_has_file(const struct census *census, const struct stat *st);

/*
 * The locks that an open file holds: `fdinfo` is the text of its file in /proc. Each gets
 * the holder; new ones, of a file of which a lock was listed, are added. A lock without a
 * name gets that of the file.
 */
void locks_add_holders(struct census *census, const struct stat *st, const char *path,
                       char *fdinfo, struct census_holder *holder);

/*
 * The index, `first` or later, of a lock of the file that is in the way of one that is
 * waited for, or OBJECT_NONE.
 */
int locks_find_conflict(const struct census *census, const struct stat *st,
                        const struct census_waiter *waiter, size_t first);

/* Of a lock that no process was found to have: the one that acquired it, if that exists.
 */
void locks_add_hidden_holders(struct census *census);

#endif
