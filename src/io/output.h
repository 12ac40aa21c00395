/* SPDX-License-Identifier: MIT */
/*
 * Standard output, without a buffer: the bytes are written when the call returns.
 *
 * Functions that return a status have reported their failure: STATUS_FAILED with the
 * reason ("standard output: No space left on device"). Not reported are STATUS_SIGPIPE,
 * if a pipe has no reader, and 128 + N, after a termination signal (base/termsig.h) while
 * the reader did not read. SIGPIPE is ignored: see call_ignore_sigpipe().
 */
#ifndef IO_OUTPUT_H
#define IO_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

/*
 * With --into (io/shell_variable.h) the functions below that name no descriptor write to
 * the variable, and never wait. Then standard output must be neither polled nor written.
 */
bool output_is_variable(void);

/* Write all the bytes. */
enum status output_write(const void *bytes, size_t length);

/* Formatted text, cut off after 1 KiB. */
enum status output_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The decimal digits of a number and a newline. */
enum status output_number(uint64_t number);

/* Write to any descriptor; `what` names it in messages. */
enum status output_write_to(int fd, const char *what, const void *bytes, size_t length);

/*
 * Standard output for a command that must not lose the data it holds, and that notices
 * when the reader of a pipe closes it.
 */
struct output {
	int reader;     /* poll(2) it for POLLERR while waiting: no reader; -1: none */
	bool may_block; /* write(2) may wait for another process */
	bool nowait;    /* pwritev2(2) supports RWF_NOWAIT */
};

/* To be called before any data is held: fails if the output certainly cannot be written.
 */
enum status output_begin(struct output *output);

/* Can PIPE_BUF bytes be written without waiting? */
bool output_is_writable(const struct output *output);

/*
 * Write all the bytes: 0, or -1 with errno (EINTR after a termination signal), which is
 * not reported; *written is the number of bytes written. No termination signal is missed
 * while it waits.
 */
int output_try_write(struct output *output, const void *bytes, size_t length,
                     size_t *written);

/*
 * For a command that polls standard output together with other descriptors: write as many
 * of the bytes as possible without waiting. Their number, or -1 with errno, EAGAIN if
 * none.
 */
ssize_t output_write_nonblock(struct output *output, const void *bytes, size_t length);

/* Report errno of a failed write to standard output; returns the status as above. */
enum status output_error(void);

/*
 * The same for a command that reports the loss of the data itself: the status
 * (STATUS_SIGPIPE, 128 + N of a termination signal, or STATUS_FAILED), and the reason for
 * its message.
 */
struct output_failure {
	enum status status;
	const char *name; /* "standard output", or the name of the variable */
	const char *reason;
};
struct output_failure output_failure(void);

#endif
