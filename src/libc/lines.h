/* SPDX-License-Identifier: MIT */
/* The lines of a file. */
#ifndef LIBC_LINES_H
#define LIBC_LINES_H

#include <stddef.h>

/* Begins as {.fd = the result of open(2)}; a file that cannot be opened has no lines. */
struct lines {
	int fd;
	size_t at, end;
	char bytes[1024], line[1024];
};

/* The next line without its newline, and cut if it is long; NULL after the last one. */
char *lines_next(struct lines *lines);

#endif
