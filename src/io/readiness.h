/* SPDX-License-Identifier: MIT */
/*
 * Readiness notification (--ready-fd FD): a command that waits for events writes a
 * newline to FD as soon as it misses no event, so that the process that started it can
 * continue. An fd less than 0 means no notification.
 */
#ifndef IO_READINESS_H
#define IO_READINESS_H

#include <limits.h>
#include <stdint.h>

#include "base/status.h"

#define READINESS_FD(s, member)                                                          \
	NUMBER(0, "ready-fd", s, member, 0, "FD", 0, INT_MAX,                            \
	       "write a newline to FD when no event can be missed any more",             \
	       .value = OPERAND_FD)

/*
 * Check that it is open. To be called before another descriptor is opened, which could
 * get its number. A failure is reported.
 */
enum status readiness_check(int64_t fd);

/* Write the newline. A failure is reported. */
enum status readiness_notify(int64_t fd);

#endif
