/* SPDX-License-Identifier: MIT */
/*
 * An answer on standard output for each message that was sent: --ack. A line "0" says
 * that the message is in the kernel, another number is the status with which it failed.
 * Answers are gathered; the caller writes them before every wait.
 *
 *     status = answers_begin(&answers, "/jobs");
 *     … answers_add(&answers, STATUS_OK) … answers_write(&answers) …
 *     status = answers_end(&answers);
 */
#ifndef STREAM_ANSWERS_H
#define STREAM_ANSWERS_H

#include <stddef.h>

#include "base/status.h"
#include "io/output.h"

struct answers {
	const char *name; /* of the destination, for messages */
	struct output output;
	struct output_failure failure; /* of the first write that failed */
	size_t unanswered;             /* messages that were sent, since then */
	size_t length, sent;           /* sent: how many of the lines are "0" */
	char text[512];
};

/* To be called before a message is sent: fails as output_begin(). */
enum status answers_begin(struct answers *answers, const char *name);

/*
 * Add the answer to the next message, and write the lines if there is no room for
 * another; fails as answers_write().
 */
enum status answers_add(struct answers *answers, enum status answer);

/*
 * Write the lines that were added. A failure is not reported before the end:
 * STATUS_FAILED, STATUS_SIGPIPE if the pipe has no reader, 128 + N after a termination
 * signal while the reader did not read. Then nothing more is written, and later calls
 * return the same. After a signal it writes what it can without waiting.
 */
enum status answers_write(struct answers *answers);

/*
 * Write the lines that are left. A failure, of earlier calls too, is reported with the
 * number of messages that were sent and not answered; silent after a signal and for
 * STATUS_SIGPIPE if every message was answered.
 */
enum status answers_end(struct answers *answers);

#endif
