/* SPDX-License-Identifier: MIT */
/*
 * Copy the contents of a shared memory object to standard output.
 */
#ifndef SHM_COPY_OUT_H
#define SHM_COPY_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/value.h"
#include "shm/segment.h"

struct copy_out {
	int64_t offset, length; /* of the range; it may reach past the end */
	bool no_splice;         /* copy each byte, do not pass pages to a pipe */
	enum value_when progress;
	const char
	    *into; /* --into: to the variable, which is also reported as the output */
};

/*
 * Write a range of the object, up to its size when it was opened. Failures are reported;
 * STATUS_FAILED if the offset is past the end, or if standard output is the object
 * itself. Within a pair of base/termsig.h, a termination signal stops it between blocks.
 */
enum status copy_out(const struct segment *segment, const struct copy_out *options);

#endif
