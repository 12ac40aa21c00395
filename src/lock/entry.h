/* SPDX-License-Identifier: MIT */
/*
 * Locks on a file, as lockinfo lists them.
 */
#ifndef LOCK_ENTRY_H
#define LOCK_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct lock_entry {
	pid_t pid;        /* 0: unknown */
	char command[64]; /* empty if pid is 0, or if the process has just ended */
	char kind[12];    /* ofd, posix, flock, lease …, mutex, rwlock */
	bool waits;       /* requested, not held */
	bool owner_died;  /* in memory: the last owner died holding it (EOWNERDEAD) */
	bool shared;
	bool any_mode;         /* in memory: shared or not is unknown */
	int64_t start, length; /* as in struct lock_attributes */
};

/*
 * Parse a line of /proc/locks, or of /proc/PID/fdinfo/FD after "lock:", whose words are
 * cut off in it. True, with all but command set, if the lock is on this file. A pid that
 * the kernel does not report (-1, of an open file description) is 0. See proc_locks(5).
 */
bool lock_entry_parse(struct lock_entry *entry, char *line, dev_t device, ino_t inode);

/* The same for a lock on any file, which is returned. */
bool lock_entry_parse_any(struct lock_entry *entry, char *line, dev_t *device,
                          ino_t *inode);

/* Have the two the same kind, state, mode and range? The pid is not compared. */
bool lock_entry_is_same_lock(const struct lock_entry *a, const struct lock_entry *b);

/* Set command from /proc/PID/comm. */
void lock_entry_set_command(struct lock_entry *entry);

/* All zeros is an empty list. */
struct lock_list {
	struct lock_entry *entries;
	size_t count, room;
};

/* Append a copy: false with errno ENOMEM. */
bool lock_list_add(struct lock_list *list, const struct lock_entry *entry);

/* Keep one of the entries that are the same lock of the same known process. */
void lock_list_remove_duplicates(struct lock_list *list);

/* Holders first; by start of the range, then by pid. */
void lock_list_sort(struct lock_list *list);
void lock_list_free(struct lock_list *list);

#endif
