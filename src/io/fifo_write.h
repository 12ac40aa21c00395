/* SPDX-License-Identifier: MIT */
/*
 * Writing to a FIFO. See fifo(7), pipe(7).
 */
#ifndef IO_FIFO_WRITE_H
#define IO_FIFO_WRITE_H

#include "base/status.h"
#include "base/timeout.h"

/*
 * Wait for a reader and write the text, or standard input if it is NULL. The timeout is
 * for opening and the text together, and again for each block of standard input. Up to
 * PIPE_BUF bytes of text are written completely or not at all. A failure is reported.
 */
enum status fifo_write(const char *path, const char *text, struct timeout timeout);

#endif
