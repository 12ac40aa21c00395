/* SPDX-License-Identifier: MIT */
#include "lock/report.h"

#include <stdio.h>
#include <string.h>

#include "base/quantity.h"
#include "io/report.h"
#include "lock/list.h"

static const char *kind_name(enum lock_api api)
{
	static const char *const names[] = {
	    [LOCK_OFD] = "ofd", [LOCK_POSIX] = "posix", [LOCK_FLOCK] = "flock"};
	return names[api];
}

/* The last byte of a range; a length of 0 is to the end. */
static int64_t range_end(int64_t start, int64_t length)
{
	return length == 0 ? INT64_MAX : start + length - 1;
}

static bool has_common_bytes(const struct lock_entry *entry,
                             const struct lock_attributes *attributes)
{
	return entry->start <= range_end(attributes->start, attributes->length) &&
	       attributes->start <= range_end(entry->start, entry->length);
}

/* Is it held, by one of the two system calls, and would the two exclude each other? */
static bool is_rival(const struct lock_entry *entry,
                     const struct lock_attributes *attributes, bool same_call)
{
	bool is_flock = strcmp(entry->kind, "flock") == 0;
	bool is_fcntl =
	    strcmp(entry->kind, "ofd") == 0 || strcmp(entry->kind, "posix") == 0;
	return !entry->waits && (is_flock || is_fcntl) &&
	       (is_flock == (attributes->api == LOCK_FLOCK)) == same_call &&
	       !(entry->shared && attributes->shared) &&
	       has_common_bytes(entry, attributes);
}

/* Other processes that have inherited a lock are in the list too. */
static bool is_first_of_lock(const struct lock_list *list, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (lock_entry_is_same_lock(&list->entries[k], &list->entries[i]))
			return false;
	return true;
}

/* excluded_not_by: the kind of our own lock, or NULL if it is excluded. */
static void report_rival(const char *name, const struct lock_entry *entry,
                         const char *excluded_not_by)
{
	char who[128] = "a process that cannot be examined";
	if (entry->pid != 0)
		snprintf(who, sizeof who, "process %d (%s)", (int)entry->pid,
		         entry->command);
	if (excluded_not_by == NULL)
		report_info("%s: %s holds a lock of kind %s", name, who, entry->kind);
	else
		report_info("%s: %s holds a lock of kind %s, which one of kind %s does "
		            "not exclude",
		            name, who, entry->kind, excluded_not_by);
}

static void report_rivals(const struct lock_set *locks, int i, bool same_call)
{
	const struct lock_file *file = &locks->locks[i];
	enum lock_api api = locks->attributes.api;
	struct lock_list list;
	if (lock_list_read_file(&list, file->device, file->inode) == STATUS_OK)
		for (size_t k = 0; k < list.count; k++)
			if (is_rival(&list.entries[k], &locks->attributes, same_call) &&
			    is_first_of_lock(&list, k))
				report_rival(file->path, &list.entries[k],
				             same_call ? NULL : kind_name(api));
	lock_list_free(&list);
}

void lock_report_locked(const char *name, int64_t started)
{
	char time[QUANTITY_TEXT];
	quantity_time(time, deadline_clock() - started);
	report_info("%s: locked after %s", name, time);
}

void lock_report_acquired(const struct lock_set *locks)
{
	for (int i = 0; i < locks->count; i++) {
		lock_report_locked(locks->locks[i].path, locks->started);
		report_rivals(locks, i, false);
	}
}

void lock_report_holders(const struct lock_set *locks)
{
	report_rivals(locks, locks->failed, true);
}

void lock_report_memory_holders(const char *name, bool shared)
{
	struct lock_list list;
	if (lock_list_read_memory(&list, name) == STATUS_OK)
		for (size_t i = 0; i < list.count; i++)
			/* one that its owner has left is held by no process */
			if (!list.entries[i].owner_died &&
			    !(shared && list.entries[i].shared))
				report_rival(name, &list.entries[i], NULL);
	lock_list_free(&list);
}
