/* SPDX-License-Identifier: MIT */
/*
 * Messages that are sent one after the other: operands, or those of standard input. The
 * caller supplies the function that sends one.
 */
#ifndef STREAM_SENDER_H
#define STREAM_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "base/value.h"
#include "io/error.h"
#include "io/progress.h"
#include "stream/answers.h"
#include "stream/frame.h"

struct sender {
	const char *name;       /* of the destination, for messages */
	struct timeout timeout; /* see the functions below */
	const struct frame_priorities
	    *priorities;      /* that are read before each message; NULL: none */
	int64_t priority;     /* of all messages, if none are read */
	size_t longest;       /* maximum length; 0, for operands: checked by the kernel */
	int64_t period;       /* nanoseconds from one message to the next; 0: none */
	enum value_when when; /* show the progress */
	bool acknowledge; /* answer each message of standard input: stream/answers.h */
	uint64_t sent;    /* number of messages */
	void *target;     /* the argument of the two functions */
	/* Send a message; a failure is reported. */
	enum status (*send)(void *target, const struct frame *frame,
	                    const struct deadline *deadline);
	/* Report a message that is too long. */
	enum status (*report_too_long)(const void *target, const struct frame *frame);
	/* used by the functions below */
	int64_t next_turn;       /* of the next message: nanoseconds of CLOCK_MONOTONIC */
	struct answers *answers; /* NULL: none are given */
	struct progress progress;
};

/* "3 messages sent, then: ", see error_after(). */
const char *sender_sent_prefix(struct error_prefix *prefix, const struct sender *sender);

/*
 * For `send`, before it waits: write the answers that are held. If that fails, which will
 * be reported, it returns this status and does not send the message.
 */
enum status sender_before_wait(const struct sender *sender);

/*
 * Send the operands, up to NULL, after all of them were checked. The timeout is for all
 * of them together, or with a period for each one.
 */
enum status sender_send_operands(struct sender *sender, char **messages);

/*
 * Send the messages of standard input; the timeout is for each one. Afterwards, also
 * after a termination signal, the offset of a file is as frame_reader_end() sets it. With
 * `acknowledge` a message that cannot be sent is answered with its status, unless that is
 * one of a signal, and it is the last one; no answer is held during a wait.
 */
enum status sender_send_input(struct sender *sender, enum framing framing);

#endif
