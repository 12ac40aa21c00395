/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/procfs.h"
#include "io/error.h"
#include "lock/list.h"
#include "lock/search.h"

static enum status read_proc_locks(struct lock_list *list, dev_t device, ino_t inode)
{
	struct lock_entry entry;
	bool added = true;
	char *text = procfs_read_all("/proc/locks"), *rest = text, *line;
	if (text == NULL)
		return error_errno("/proc/locks");
	while (added && (line = procfs_next_line(&rest)) != NULL)
		if (lock_entry_parse(&entry, line, device, inode))
			added = lock_list_add(list, &entry);
	free(text);
	return added ? STATUS_OK : error_errno("/proc/locks");
}

static bool is_lock_listed(const struct lock_list *holders, const struct lock_entry *lock)
{
	for (size_t i = 0; i < holders->count; i++)
		if (lock_entry_is_same_lock(&holders->entries[i], lock))
			return true;
	return false;
}

static bool is_ofd_waiter(const struct lock_entry *entry)
{
	return entry->waits && strcmp(entry->kind, "ofd") == 0;
}

/*
 * The kernel reports no pid for a waiter for a lock of an open file description, but
 * the processes that wait in such a call have been found. Which process waits for which
 * lock is known only if all wait for the same.
 */
static void set_waiter_pids(struct lock_list *list, const struct lock_list *waiters)
{
	const struct lock_entry *first = NULL;
	size_t next = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct lock_entry *entry = &list->entries[i];
		if (!is_ofd_waiter(entry))
			continue;
		if (first != NULL && !lock_entry_is_same_lock(first, entry))
			return;
		first = entry;
	}
	for (size_t i = 0; i < list->count && next < waiters->count; i++)
		if (is_ofd_waiter(&list->entries[i]))
			list->entries[i].pid = waiters->entries[next++].pid;
}

/* The holders that were found, and from /proc/locks what none of them reports. */
static enum status merge_lock_lists(struct lock_list *list, const struct lock_list *locks,
                                    const struct lock_list *holders)
{
	bool added = true;
	for (size_t i = 0; i < holders->count && added; i++)
		added = lock_list_add(list, &holders->entries[i]);
	for (size_t i = 0; i < locks->count && added; i++)
		if (locks->entries[i].waits ||
		    !is_lock_listed(holders, &locks->entries[i]))
			added = lock_list_add(list, &locks->entries[i]);
	if (!added)
		return error_errno("/proc/locks");
	/* two descriptors of one process may report one lock */
	lock_list_remove_duplicates(list);
	for (size_t i = 0; i < list->count; i++)
		lock_entry_set_command(&list->entries[i]);
	lock_list_sort(list);
	return STATUS_OK;
}

enum status lock_list_read_file(struct lock_list *list, dev_t device, ino_t inode)
{
	struct lock_list locks = {0};
	struct lock_search search = {.device = device, .inode = inode};
	*list = (struct lock_list){0};
	enum status status = read_proc_locks(&locks, device, inode);
	if (status == STATUS_OK)
		status = lock_search_processes(&search);
	if (status == STATUS_OK) {
		set_waiter_pids(&locks, &search.waiters);
		status = merge_lock_lists(list, &locks, &search.holders);
	}
	lock_list_free(&locks);
	lock_search_free(&search);
	return status;
}

enum status lock_list_read(struct lock_list *list, const char *path)
{
	struct stat st;
	*list = (struct lock_list){0};
	if (stat(path, &st) < 0)
		return error_errno("%s", path);
	return lock_list_read_file(list, st.st_dev, st.st_ino);
}
