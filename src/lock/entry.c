/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/procfs.h"
#include "base/value.h"
#include "base/vec.h"
#include "lock/entry.h"

/* -------------------------------------------------------------------- one lock */

static void set_lock_kind(char kind[12], const char *word)
{
	static const char *const ours[][2] = {
	    {"OFDLCK", "ofd"}, {"POSIX", "posix"}, {"FLOCK", "flock"}};
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcmp(word, ours[i][0]) == 0)
			word = ours[i][1];
	size_t length = 0;
	for (; *word != '\0' && length < 11; word++)
		kind[length++] =
		    *word >= 'A' && *word <= 'Z' ? (char)(*word - 'A' + 'a') : *word;
	kind[length] = '\0';
}

/* "fe:00:10985558": the device in hexadecimal, the inode in decimal. */
static bool parse_file(const char *word, dev_t *device, ino_t *inode)
{
	const char *end;
	unsigned high = (unsigned)value_strtoull(word, &end, 16);
	unsigned low = *end == ':' ? (unsigned)value_strtoull(end + 1, &end, 16) : 0;
	*device = makedev(high, low);
	*inode = *end == ':' ? value_strtoull(end + 1, NULL, 10) : 0;
	return *end == ':';
}

/* "1: -> OFDLCK ADVISORY  WRITE -1 fe:00:10985558 0 EOF" */
bool lock_entry_parse_any(struct lock_entry *entry, char *line, dev_t *device,
                          ino_t *inode)
{
	procfs_next_word(&line);
	char *kind = procfs_next_word(&line);
	*entry = (struct lock_entry){.waits = strcmp(kind, "->") == 0};
	if (entry->waits)
		kind = procfs_next_word(&line);
	procfs_next_word(&line);
	entry->shared = strcmp(procfs_next_word(&line), "WRITE") != 0;
	int64_t pid = (int64_t)value_strtoull(procfs_next_word(&line), NULL, 10);
	if (!parse_file(procfs_next_word(&line), device, inode))
		return false;
	set_lock_kind(entry->kind, kind);
	entry->pid = pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
	entry->start = (int64_t)value_strtoull(procfs_next_word(&line), NULL, 10);
	const char *end = procfs_next_word(&line);
	if (strcmp(end, "EOF") != 0)
		entry->length =
		    (int64_t)(value_strtoull(end, NULL, 10) - (uint64_t)entry->start + 1);
	return true;
}

bool lock_entry_parse(struct lock_entry *entry, char *line, dev_t device, ino_t inode)
{
	dev_t its_device;
	ino_t its_inode;
	return lock_entry_parse_any(entry, line, &its_device, &its_inode) &&
	       its_device == device && its_inode == inode;
}

bool lock_entry_is_same_lock(const struct lock_entry *a, const struct lock_entry *b)
{
	return strcmp(a->kind, b->kind) == 0 && a->waits == b->waits &&
	       a->shared == b->shared && a->start == b->start && a->length == b->length;
}

void lock_entry_set_command(struct lock_entry *entry)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/comm", (int)entry->pid);
	char *text = entry->pid > 0 ? procfs_read_all(path) : NULL;
	if (text == NULL)
		return;
	size_t length = strlen(text);
	/* the newline at the end is the kernel's, another one is of the name */
	if (length > 0 && text[length - 1] == '\n')
		text[length - 1] = '\0';
	snprintf(entry->command, sizeof entry->command, "%s", text);
	free(text);
}

/* -------------------------------------------------------------------- the list */

bool lock_list_add(struct lock_list *list, const struct lock_entry *entry)
{
	if (list->count == list->room) {
		void *more = vec_grow(list->entries, &list->room, sizeof *entry);
		if (more == NULL)
			return false;
		list->entries = more;
	}
	list->entries[list->count++] = *entry;
	return true;
}

void lock_list_remove_duplicates(struct lock_list *list)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct lock_entry *entry = &list->entries[i];
		bool seen = false;
		for (size_t k = 0; k < kept && !seen; k++)
			seen = list->entries[k].pid == entry->pid && entry->pid != 0 &&
			       lock_entry_is_same_lock(&list->entries[k], entry);
		if (!seen)
			list->entries[kept++] = *entry;
	}
	list->count = kept;
}

static int compare_lock_entries(const void *a, const void *b)
{
	const struct lock_entry *x = a, *y = b;
	if (x->waits != y->waits)
		return x->waits ? 1 : -1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

void lock_list_sort(struct lock_list *list)
{
	if (list->count > 1)
		qsort(list->entries, list->count, sizeof *list->entries,
		      compare_lock_entries);
}

void lock_list_free(struct lock_list *list)
{
	free(list->entries);
	*list = (struct lock_list){0};
}
