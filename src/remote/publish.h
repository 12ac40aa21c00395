/* SPDX-License-Identifier: MIT */
/*
 * Messages of standard input to an engine, a line of standard output for each, in their
 * order, when the engine has stored it: the worker of mqrecv --exec --stay.
 *
 * A message is sent as soon as it is read, without waiting for those before it, as long
 * as fewer than `window` are unanswered. Its bytes are kept until then: after the loss of
 * the connection, and if the engine takes no message for now, it is sent again.
 */
#ifndef REMOTE_PUBLISH_H
#define REMOTE_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "remote/prefix.h"

struct engine_session;

struct publish_options {
	struct remote_prefix prefix;
	int64_t window;
};

enum { PUBLISH_WINDOW_MAX = 4096, PUBLISH_WINDOW = 64 };

/* Rows of an option table, for a member that is a struct publish_options. */
#define PUBLISH_OPTIONS(s, member)                                                       \
	FLAG(0, "id", s, member.prefix.with_id, 0,                                       \
	     "read ID<tab> at the start of each, as mqrecv --id writes it"),             \
	    FLAG('P', "priorities", s, member.prefix.with_priority, 0,                   \
	         "read PRIO<tab> before each, after the ID"),                            \
	    NUMBER(0, "window", s, member.window, 0, "N", 1, PUBLISH_WINDOW_MAX,         \
	           "send at most N messages that are not stored yet")

/*
 * Until the end of standard input, when all are stored: STATUS_OK; until a message is
 * refused for good, or the engine fails: STATUS_FAILED, reported; or until a termination
 * signal: 128 + N, when those that were sent are stored or some seconds have passed. The
 * session is the caller's. `name` is for messages.
 */
enum status publish_run(struct engine_session *session,
                        const struct publish_options *options);

#endif
