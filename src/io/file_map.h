/* SPDX-License-Identifier: MIT */
/*
 * A regular file, mapped whole: mmap(2).
 *
 * An access to the part of a mapping that the file has lost raises SIGBUS. So this
 * process accesses none of it: write(2) and read(2) do, in the kernel, and fail with
 * EFAULT instead.
 */
#ifndef IO_FILE_MAP_H
#define IO_FILE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "io/output.h"

struct file_map {
	const char *path; /* owned by the caller; must outlive the mapping */
	int fd;
	int64_t size; /* in bytes, when it was opened; 0: nothing is mapped */
	char *bytes;  /* for system calls only */
};

enum file_map_access {
	FILE_MAP_READ,
	FILE_MAP_WRITE_PRIVATE, /* MAP_PRIVATE: requires permission to read the file only
	                         */
	FILE_MAP_WRITE_SHARED,  /* MAP_SHARED: file_map_store() changes the file */
};

/*
 * Open and map a file; `fd:N` is the one that is open at N. To be closed by
 * file_map_close(). Failures are reported: what is
 * not a regular file, standard output itself, and a file of /proc, whose size is 0 though
 * it is not empty.
 */
enum status file_map_open(struct file_map *map, const char *path,
                          enum file_map_access access);
void file_map_close(struct file_map *map);

/* Write text to the mapping, all of it within the size. Failures are reported. */
enum status file_map_store(const struct file_map *map, int64_t offset, const char *text);

/* The bytes to be written: from `offset`, at most `length`. */
struct file_map_range {
	int64_t offset, length;
};

/*
 * Write a range of the mapping to standard output. Failures are reported, also an offset
 * past the end. *ended: the output takes
 * no more or a termination signal arrived, so that no other file need be tried.
 */
enum status file_map_print(const struct file_map *map, struct file_map_range range,
                           struct output *output, bool *ended);

#endif
