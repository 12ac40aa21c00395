/*
 * How long a command may wait: a length of time, which base/deadline.h makes a moment of.
 */
#ifndef BASE_TIMEOUT_H
#define BASE_TIMEOUT_H

#include <stdint.h>

/* What -n and -t say. All zeros is: without limit. */
struct timeout {
	enum { TIMEOUT_NONE, TIMEOUT_ZERO, TIMEOUT_AFTER } kind;
	int64_t nanoseconds; /* TIMEOUT_AFTER */
};

#endif
