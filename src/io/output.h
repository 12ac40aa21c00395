/*
 * Standard output. No buffer: what is written is out when the call returns.
 *
 * Each reports its own failure and returns the status: STATUS_FAILED with the
 * reason ("standard output: No space left on device"), STATUS_SIGPIPE
 * silently where a pipe's reader went away, 128 + N where a signal asked to end
 * (base/termsig.h) while the reader was not reading.
 * SIGPIPE is ignored around every applet by the front ends.
 */
#ifndef IO_OUTPUT_H
#define IO_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"

/* All the bytes. */
enum status output_write(const void *bytes, size_t length);

/* At most 1 KiB of formatted text. */
enum status output_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A number's decimal digits and a newline. */
enum status output_number(uint64_t number);

/* To any descriptor; `what` names it in the message. */
enum status output_write_to(int fd, const char *what, const void *bytes, size_t length);

/*
 * For a command that holds what it writes until it is written, and puts it back
 * otherwise: standard output with the reader that may leave it.
 */
struct output {
	int reader; /* poll it for errors while waiting, to see a reader leave; -1: none
	             */
	bool may_block; /* to write to it may take as long as somebody else likes */
	bool nowait;    /* the kernel can write to it without waiting */
};

/* Before anything is held: reports an output that can certainly not be written. */
enum status output_begin(struct output *output);

/* Would PIPE_BUF bytes be taken now, without waiting? */
bool output_is_writable(const struct output *output);

/*
 * All the bytes, or -1 with errno (EINTR where a signal asked to end), with nothing
 * reported; *written says how many went out. No signal is overlooked while it blocks.
 */
int output_try_write(struct output *output, const void *bytes, size_t length,
                     size_t *written);

/*
 * For a command that polls standard output beside others, and found it writable: as many
 * of the bytes as go now. How many, or -1 with errno: EAGAIN where none do.
 */
ssize_t output_write_nonblock(struct output *output, const void *bytes, size_t length);

/* After a failure with errno: report it, and the status, as the other functions do. */
enum status output_error(void);

/*
 * The same for a command that held what could not be written and reports itself what
 * became of it: the status (STATUS_SIGPIPE, 128 + N of a termination signal, or
 * STATUS_FAILED), and the reason for the message.
 */
struct output_failure {
	enum status status;
	const char *reason;
};
struct output_failure output_failure(void);

#endif
