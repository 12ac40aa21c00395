/* SPDX-License-Identifier: MIT */
/*
 * The locks on a file, and in shared memory: the processes that hold them and those that
 * wait for them. Functions that return a status have reported their failure.
 */
#ifndef LOCK_LIST_H
#define LOCK_LIST_H

#include <sys/types.h>

#include "base/status.h"
#include "lock/entry.h"

/*
 * All locks on a file, holders first: /proc/locks, completed by what the processes
 * themselves report (lock/search.h). To be freed by lock_list_free(), whatever the
 * status. STATUS_NOT_FOUND if the file does not exist.
 */
enum status lock_list_read(struct lock_list *list, const char *path);

/* The same for the file with this device and inode number. */
enum status lock_list_read_file(struct lock_list *list, dev_t device, ino_t inode);

/*
 * The holders of the lock shm:NAME+OFFSET (lock/memory.h), to be freed in the same way.
 * Requires read permission. Waiters are not known.
 */
enum status lock_list_read_memory(struct lock_list *list, const char *name);

#endif
