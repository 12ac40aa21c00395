/* SPDX-License-Identifier: MIT */
/*
 * Copying a FIFO to standard output. See fifo(7), poll(2), splice(2).
 */
#ifndef IO_FIFO_READ_H
#define IO_FIFO_READ_H

#include <stdbool.h>

#include "base/deadline.h"
#include "base/status.h"

/*
 * Wait for a writer and copy until the last writer has closed the FIFO; with `keep`, wait
 * for further writers until the deadline or a termination signal. An output that is a
 * pipe or a regular file is written by splice(2), which reads no byte that it does not
 * write.
 *
 * The deadline is for the whole. When it passes, what can be read is still copied once;
 * then STATUS_TIMED_OUT. Without waiting (TIMEOUT_ZERO), STATUS_WOULD_BLOCK if nothing
 * could be read. A failure is reported; but STATUS_SIGPIPE, if standard output has no
 * reader, is not.
 */
enum status fifo_read(const char *path, bool keep, const struct deadline *deadline);

#endif
