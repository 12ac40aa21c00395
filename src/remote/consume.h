/* SPDX-License-Identifier: MIT */
/*
 * Messages of an engine to a COMMAND that stays, which is given each as a netstring and
 * answers a line for each (stream/coprocess.h); the engine is told after that line. Its
 * counterpart at the other end of an engine is mqsend --ack, or any worker of mqrecv
 * --exec --stay.
 *
 * At most `window` messages are kept that were delivered and not answered. If COMMAND
 * ends, the oldest of those that it was given has failed, because it may be the reason;
 * the others are given to the next one.
 */
#ifndef REMOTE_CONSUME_H
#define REMOTE_CONSUME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/timeout.h"

struct engine_session;

struct consume_options {
	struct timeout timeout; /* without a message */
	int64_t count;          /* receive as many messages; 0: without limit */
	int64_t window;
	int64_t retries; /* give up what has failed oftener; -1: never */
	struct timeout delay;
	bool with_priority;
};

enum { CONSUME_WINDOW_MAX = 4096, CONSUME_WINDOW = 64 };

/* The defaults of a member that is a struct consume_options. */
#define CONSUME_DEFAULTS                                                                 \
	{                                                                                \
		.window = CONSUME_WINDOW, .retries = -1, .delay = {                      \
			TIMEOUT_AFTER,                                                   \
			1000000000                                                       \
		}                                                                        \
	}

/* Rows of an option table, for such a member. */
#define CONSUME_OPTIONS(s, member)                                                       \
	FLAG('P', "priorities", s, member.with_priority, 0,                              \
	     "write PRIO<tab> before each, 0 for a message without one"),                \
	    NUMBER('c', "count", s, member.count, 0, "N", 1, INT64_MAX,                  \
	           "receive N messages"),                                                \
	    NUMBER(0, "window", s, member.window, 0, "N", 1, CONSUME_WINDOW_MAX,         \
	           "hold at most N messages that COMMAND has not answered"),             \
	    NUMBER(0, "retry", s, member.retries, 0, "N", 0, INT32_MAX,                  \
	           "give up a message that has failed more than N times"),               \
	    DURATION(0, "delay", s, member.delay, 0, "DURATION",                         \
	             "deliver a failed message again after DURATION")

/*
 * Until a termination signal: 128 + N, after what COMMAND was given is answered; until
 * `count` messages were received and settled: STATUS_OK; until the time-out:
 * STATUS_TIMED_OUT; or until the engine fails, or COMMAND cannot be executed. The session
 * is the caller's.
 */
enum status consume_run(struct engine_session *session,
                        const struct consume_options *options, char **command);

#endif
