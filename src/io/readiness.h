/*
 * --ready-fd FD: a command that waits for what others do writes a newline there when it
 * can miss nothing any more, so that whoever started it can go on. Less than 0: nobody
 * asked for it.
 */
#ifndef IO_READINESS_H
#define IO_READINESS_H

#include <limits.h>
#include <stdint.h>

#include "base/status.h"

#define READINESS_FD(s, member)                                                          \
	NUMBER(0, "ready-fd", s, member, 0, "FD", 0, INT_MAX,                            \
	       "write a newline to FD when nothing can be missed any more",              \
	       .value = OPERAND_FD)

/* Is it open? To be asked before a descriptor of ours can take its number. */
enum status readiness_check(int64_t fd);

enum status readiness_notify(int64_t fd);

#endif
