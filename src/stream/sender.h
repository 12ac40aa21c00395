/*
 * Messages that are sent, one after the other: operands, or those of standard input.
 * Where they go to is the business of who sends them.
 */
#ifndef STREAM_SENDER_H
#define STREAM_SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"
#include "base/value.h"
#include "io/error.h"
#include "io/progress.h"
#include "stream/frame.h"

struct sender {
	const char *name;       /* of where they go, for what is reported */
	struct timeout timeout; /* of -n and -t */
	const struct frame_priorities
	    *priorities;      /* read in front of each; NULL: none are */
	int64_t priority;     /* of each where none is read */
	size_t longest;       /* bytes of a message; of operands 0: the kernel says so */
	int64_t period;       /* nanoseconds from one to the next; 0: none has to pass */
	enum value_when when; /* show how far it is */
	uint64_t sent;        /* so far */
	void *target;         /* what the two functions are given */
	/* Send one; a failure is reported. */
	enum status (*send)(void *target, const struct frame *frame,
	                    const struct deadline *deadline);
	/* Report one that is too long. */
	enum status (*report_too_long)(const void *target, const struct frame *frame);
	/* the feed's own */
	int64_t next_turn; /* of the next one: nanoseconds of CLOCK_MONOTONIC */
	struct progress progress;
};

/* "3 messages sent, then: ", see error_after(). */
const char *sender_sent_prefix(struct error_prefix *prefix, const struct sender *sender);

/*
 * All of them, after all have been looked at; the patience is for all together, but for
 * each where there is a period.
 */
enum status sender_send_operands(struct sender *sender, char **messages);

/*
 * All of standard input; the patience is for each message. What was read ahead and not
 * sent is given back, as frame_reader_end() does it, also where a signal asks to end.
 */
enum status sender_send_input(struct sender *sender, enum framing framing);

#endif
