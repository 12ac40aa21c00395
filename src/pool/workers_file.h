/* SPDX-License-Identifier: MIT */
/*
 * The file that says how many commands run at once, and can be changed while they run:
 * --workers-file.
 */
#ifndef POOL_WORKERS_FILE_H
#define POOL_WORKERS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"

struct workers_file {
	const char *path; /* NULL: none */
	bool failed;      /* reported; not again until it has been read */
	struct deadline next;
};

/* Read the number, 0 to POOL_WORKERS_MAX. A failure is reported. */
enum status workers_file_begin(struct workers_file *file, const char *path,
                               int64_t *workers);

/*
 * Read it again. If it cannot be read, or is no such number, that is reported once, and
 * *workers stays as it is; likewise, without a report, if it is empty: a shell that
 * writes to it truncates it first.
 */
void workers_file_update(struct workers_file *file, int64_t *workers);

#endif
