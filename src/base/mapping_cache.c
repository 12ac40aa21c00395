/* SPDX-License-Identifier: MIT */
#include "base/mapping_cache.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct mapping_cache_entry {
	void *memory; /* NULL: free */
	size_t length;
	struct stat st;
	char path[288];
};

/*
 * Of the process: that is what a mapping belongs to, and a child has both by fork(2).
 * Allocated when the first is kept: in the program they would only be a page to load.
 */
static struct mapping_cache_entry *entries;
static unsigned next_victim;

static struct mapping_cache_entry *find_entry(const char *path)
{
	for (int i = 0; entries != NULL && i < MAPPING_CACHE_MAX; i++)
		if (entries[i].memory != NULL && strcmp(entries[i].path, path) == 0)
			return &entries[i];
	return NULL;
}

static void unmap_entry(struct mapping_cache_entry *entry)
{
	munmap(entry->memory, entry->length);
	entry->memory = NULL;
}

/*
 * Not ctime: the first store to a mapped page changes it, so that each of two shells
 * would unmap what the other one has used.
 */
static bool is_unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_mode == b->st_mode && a->st_nlink == b->st_nlink &&
	       a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
	       a->st_size == b->st_size;
}

void *mapping_cache_take(const char *path, struct stat *st)
{
	int error = errno;
	struct mapping_cache_entry *entry = find_entry(path);
	void *memory = NULL;
	if (entry == NULL)
		return NULL;
	if (lstat(path, st) == 0 && is_unchanged(st, &entry->st)) {
		memory = entry->memory;
		entry->memory = NULL;
	} else {
		unmap_entry(entry);
	}
	errno = error;
	return memory;
}

/* The entry for a path that is kept now; NULL: no memory for it. */
static struct mapping_cache_entry *entry_to_fill(const char *path)
{
	if (entries == NULL)
		entries = calloc(MAPPING_CACHE_MAX, sizeof *entries);
	if (entries == NULL)
		return NULL;
	/* of a call that was made in the meantime, in a trap */
	struct mapping_cache_entry *entry = find_entry(path);
	for (int i = 0; entry == NULL && i < MAPPING_CACHE_MAX; i++)
		if (entries[i].memory == NULL)
			entry = &entries[i];
	if (entry == NULL)
		entry = &entries[next_victim++ % MAPPING_CACHE_MAX];
	if (entry->memory != NULL)
		unmap_entry(entry);
	return entry;
}

void mapping_cache_keep(const char *path, const struct stat *st, void *memory,
                        size_t length)
{
	int error = errno;
	struct mapping_cache_entry *entry = NULL;
	if (strlen(path) < sizeof entry->path)
		entry = entry_to_fill(path);
	if (entry != NULL) {
		entry->st = *st;
		entry->length = length;
		strcpy(entry->path, path);
		entry->memory = memory;
	} else {
		munmap(memory, length);
	}
	errno = error;
}

void mapping_cache_drop(const char *path)
{
	int error = errno;
	for (int i = 0; entries != NULL && i < MAPPING_CACHE_MAX; i++)
		if (entries[i].memory != NULL &&
		    (path == NULL || strcmp(entries[i].path, path) == 0))
			unmap_entry(&entries[i]);
	if (path == NULL) {
		free(entries);
		entries = NULL;
	}
	errno = error;
}
