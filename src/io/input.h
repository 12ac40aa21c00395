/* SPDX-License-Identifier: MIT */
/*
 * Standard input, without a buffer: bytes that were not requested are not read.
 */
#ifndef IO_INPUT_H
#define IO_INPUT_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Read at most size bytes: the number of bytes, 0 at the end of file, or -1 with errno,
 * EINTR after a termination signal (base/termsig.h). Waits even if the descriptor is
 * non-blocking.
 */
ssize_t input_read(void *bytes, size_t size);

/* The same for any descriptor, until a deadline: -1 with errno EAGAIN, ETIMEDOUT too. */
struct deadline;
ssize_t input_read_from(int fd, const struct deadline *deadline, void *bytes,
                        size_t size);

/*
 * The number of bytes that remain in a regular file; -1 if it is not known. A file may
 * still grow or shrink.
 */
int64_t input_remaining(void);

#endif
