/* SPDX-License-Identifier: MIT */
/*
 * The names in a directory, by getdents64(2): large directories with few system calls.
 */
#ifndef BASE_DIRECTORY_H
#define BASE_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

struct directory {
	int fd;
	size_t next, length;
	bool whole; /* a read that leaves room for more is the last one */
	_Alignas(8) char bytes[16384];
};

/* A descriptor, close-on-exec, of the directory `path` in `at`; -1 with errno. */
int directory_open(int at, const char *path);

/*
 * The root directory of a file system (fsopen(2)), in a mount without a place in the file
 * tree, which ends with the descriptor. -1 with errno: EPERM without the privilege.
 */
int directory_open_detached(const char *type);

/* Begin with an open directory, which stays the caller's. */
void directory_begin(struct directory *directory, int fd);

/* The same with a directory of /proc, of which the kernel reads all that has room. */
void directory_begin_proc(struct directory *directory, int fd);

/*
 * The next name, valid until the next call; not "." and "..". NULL at the end, or if the
 * directory cannot be read any more (a process that ended).
 */
const char *directory_next(struct directory *directory);

#endif
