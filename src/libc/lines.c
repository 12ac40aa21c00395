/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "libc/lines.h"

char *lines_next(struct lines *lines)
{
	size_t length = 0;
	bool is_line = false;
	for (;;) {
		if (lines->at == lines->end) {
			ssize_t count =
			    read(lines->fd, lines->bytes, sizeof lines->bytes);
			if (count <= 0)
				break;
			lines->at = 0;
			lines->end = (size_t)count;
		}
		char byte = lines->bytes[lines->at++];
		is_line = true;
		if (byte == '\n')
			break;
		if (length < sizeof lines->line - 1)
			lines->line[length++] = byte;
	}
	lines->line[length] = '\0';
	return is_line ? lines->line : NULL;
}
