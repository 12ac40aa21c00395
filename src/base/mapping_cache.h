/* SPDX-License-Identifier: MIT */
/*
 * Mapped files that a shell keeps from one call of a builtin to the next, which then
 * needs neither open(2) nor mmap(2). At most MAPPING_CACHE_MAX; for small files, since a
 * file that was removed keeps its memory while it is mapped.
 *
 *     void *memory = mapping_cache_take(path, &st);
 *     if (memory == NULL)
 *             memory = open and map, with st from fstat(2);
 *     use(memory);
 *     mapping_cache_keep(path, &st, memory, length);
 *
 * A mapping that was taken belongs to the caller, so that calls nest. It is returned only
 * if the path leads to the file that is mapped, which by its device and inode number is
 * certain as long as it is mapped, and if the file has the mode, owner, size and number
 * of names that it had when it was opened: open(2) would succeed as it did then. An
 * access control list (acl(5)) that was changed since is not noticed, and neither are the
 * contents, which the caller examines.
 *
 * For a process that lasts, not for the program. The functions leave errno as it was.
 */
#ifndef BASE_MAPPING_CACHE_H
#define BASE_MAPPING_CACHE_H

#include <stddef.h>
#include <sys/stat.h>

enum { MAPPING_CACHE_MAX = 4 };

/* NULL if none is kept or the file is another one or was changed; else *st is its state.
 */
void *mapping_cache_take(const char *path, struct stat *st);

/* The memory belongs to the cache, which may unmap it at once. */
void mapping_cache_keep(const char *path, const struct stat *st, void *memory,
                        size_t length);

/* Unmap what is kept of this path, or with NULL all. */
void mapping_cache_drop(const char *path);

#endif
