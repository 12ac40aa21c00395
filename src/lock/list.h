/*
 * Who holds a lock on a file, and who waits for one.
 *
 * The kernel lists the locks in /proc/locks, but says neither who has inherited one of an
 * open file nor, of such a lock, anything about its owner. /proc/PID/fdinfo tells that,
 * of the processes that the caller may look at. See proc_locks(5), proc_pid_fdinfo(5).
 */
#ifndef LOCK_LIST_H
#define LOCK_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

struct lock_entry {
	pid_t pid;        /* 0: not to be found out */
	char command[64]; /* empty where pid is 0, or it has just ended */
	char kind[12];    /* ofd, posix, flock, lease …, mutex, rwlock */
	bool waits;
	bool owner_died; /* in memory: a holder was killed, and nobody has made it good */
	bool shared;
	int64_t start, length; /* as in struct lock_attributes */
};

struct lock_list {
	struct lock_entry *entries;
	size_t count, room;
};

/*
 * All of them, holders first. *list is to be freed, whatever the status. STATUS_NOT_FOUND
 * where there is no such file.
 */
enum status lock_list_read(struct lock_list *list, const char *path);

/* The same of shm:NAME+OFFSET (lock/memory.h). Who waits is not known. */
enum status lock_list_read_memory(struct lock_list *list, const char *name);
void lock_list_free(struct lock_list *list);

#endif
