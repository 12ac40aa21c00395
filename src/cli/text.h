/* SPDX-License-Identifier: MIT */
/*
 * A text that is put together piece by piece in a buffer of the caller's. A text that is
 * too long is cut; the length goes on counting, as that of snprintf(3) does.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>

#include "base/status.h"

struct cli_text {
	char *at;
	size_t size, length;
};

void cli_text_put(struct cli_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* To standard output. */
enum status cli_text_write(const struct cli_text *text);

#endif
