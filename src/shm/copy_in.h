/* SPDX-License-Identifier: MIT */
/*
 * Write text or standard input to a shared memory object.
 */
#ifndef SHM_COPY_IN_H
#define SHM_COPY_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/value.h"
#include "shm/segment.h"

enum { COPY_IN_REPLACE = -1 };

struct copy_in {
	const char *text; /* NULL: standard input up to its end */
	/* Write in place from this byte on. COPY_IN_REPLACE: from the beginning, and the
	 * object ends with the last byte written, unless its size is fixed. */
	int64_t offset;
	bool grow; /* with an offset: past the end too */
	enum value_when progress;
};

/*
 * Write all of it; *written is the number of bytes, also on failure. Failures are
 * reported. If the length is known beforehand (text, a regular file), memory is allocated
 * first, and input that does not fit is refused before anything is written; a stream is
 * written up to the end. A termination signal stops it between blocks: call it within a
 * pair of base/termsig.h.
 */
enum status copy_in(const struct segment *segment, const struct copy_in *options,
                    int64_t *written);

#endif
