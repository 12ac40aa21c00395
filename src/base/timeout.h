/* SPDX-License-Identifier: MIT */
/*
 * How long a command may wait: a duration. base/deadline.h has the time when it ends.
 */
#ifndef BASE_TIMEOUT_H
#define BASE_TIMEOUT_H

#include <stdint.h>

/* As -n and -t set it. All zeros: no limit. */
struct timeout {
	enum { TIMEOUT_NONE, TIMEOUT_ZERO, TIMEOUT_AFTER } kind;
	int64_t nanoseconds; /* TIMEOUT_AFTER */
};

#endif
