/* SPDX-License-Identifier: MIT */
/*
 * A line of /proc/PID/maps, see proc_pid_maps(5).
 */
#ifndef INSPECT_MAPPING_H
#define INSPECT_MAPPING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mapping {
	uint64_t start, end; /* addresses, without `end` itself */
	uint64_t offset;     /* in the file, of start */
	dev_t device;
	uint64_t inode; /* 0: of no file; of a System V segment its id */
	bool writable, shared;
	const char *path; /* as the kernel prints it, "" if none; points into the line */
};

/* False for any other line. */
bool mapping_parse(struct mapping *mapping, const char *line);

/* Memory of a System V segment: its inode is not one of a file. */
bool mapping_is_segment(const struct mapping *mapping);

#endif
