/* SPDX-License-Identifier: MIT */
/*
 * Permission bits of an object, from text.
 */
#ifndef BASE_VALUE_MODE_H
#define BASE_VALUE_MODE_H

#include <stdbool.h>
#include <sys/types.h>

struct value_mode {
	bool given;
	mode_t bits;
	mode_t base; /* of symbolic modes, if given */
};

/*
 * A parser as those of base/value.h: octal, or symbolic as in chmod(1) (u=rw,g+r),
 * relative to mode->bits before the first call; of several modes the last one is used. As
 * in mkfifo(1) only permission bits are allowed. A symbolic clause without u, g, o, a is
 * subject to the umask.
 */
const char *value_mode(const char *text, struct value_mode *mode);

#endif
