/* SPDX-License-Identifier: MIT */
/*
 * An engine such as NATS JetStream or Redis, for the code that all engines share: a
 * session, and a table of functions.
 *
 * A program of an engine (remote/nats_program.c) opens a session by its own options and
 * gives it to publish_run() or consume_run(), which are the only ones that call these
 * functions, from one thread. None of them waits, but as long as it takes to try once to
 * connect; remote/engine.h has no function to wait: fd() says what to poll.
 *
 * The engine connects again by itself as often as it takes, and counts the connections.
 */
#ifndef REMOTE_ENGINE_H
#define REMOTE_ENGINE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
	ENGINE_MESSAGE_MAX = 64 << 20, /* bytes of a message that is read or given */
	ENGINE_ID_MAX = 255,
};

struct engine_message {
	const char *bytes;
	size_t length;
	int64_t priority; /* 0 or greater; -1: none */
	const char *id;   /* to publish: NUL-terminated, at most ENGINE_ID_MAX bytes, no
	                     blanks; NULL: none */
	/* consumed: how often it was delivered, this time included; 0: not known */
	int64_t deliveries;
	void *handle; /* consumed: the engine's own */
};

enum engine_outcome {
	ENGINE_STORED,  /* as safe as the engine makes a message */
	ENGINE_REFUSED, /* this message, and always: reported */
	ENGINE_LATER,   /* not stored; the engine may take it if it is given again */
	ENGINE_FAILED,  /* neither this message nor another: reported */
};

struct engine_result {
	uint64_t number;
	enum engine_outcome outcome;
};

enum engine_verdict {
	ENGINE_DONE,    /* acknowledge it */
	ENGINE_FAIL,    /* deliver it again after the delay */
	ENGINE_GIVE_UP, /* never again: to the dead-letter stream if there is one */
	ENGINE_RELEASE, /* untried: deliver it again at once, to any consumer */
};

/* The end of a message that was delivered. */
struct engine_settlement {
	enum engine_verdict verdict;
	int64_t delay; /* ENGINE_FAIL: nanoseconds */
	int status;    /* ENGINE_FAIL, ENGINE_GIVE_UP: what the worker answered */
};

/* The first member of the struct that an engine's session is. */
struct engine_session {
	const struct engine *engine;
	bool is_connected;
	/* Each connection after the first: what was published without a result is not
	 * stored, or stored without a result that will come. It is published again. */
	unsigned connections;
	int64_t keep_interval; /* nanoseconds: see engine->keep() */
};

struct engine {
	const char *name; /* "nats" */

	/*
	 * The descriptor and the events to poll for (-1: none), and the nanoseconds after
	 * which step() is called in any case (INT64_MAX: never).
	 */
	void (*fd)(struct engine_session *session, struct pollfd *fd,
	           int64_t *nanoseconds);

	/*
	 * Read and write what is possible, connect again. STATUS_OK, also without a
	 * connection; otherwise it is reported, and for good: the password is wrong, the
	 * stream was removed.
	 */
	enum status (*step)(struct engine_session *session);

	/*
	 * Send it. The message is the caller's, and stays as it is until its result.
	 * Numbers grow; the same number is sent again after ENGINE_LATER or on another
	 * connection. False: not now (no connection, the output is full), try after the
	 * next step().
	 */
	bool (*publish)(struct engine_session *session, uint64_t number,
	                const struct engine_message *message);

	/* The next result, in any order; false: none now. */
	bool (*result)(struct engine_session *session, struct engine_result *result);

	/*
	 * At most `most` more messages may be delivered, counted from now. Called before
	 * every delivery(); the number has been decreased only by what was delivered, or
	 * is 0: ask for no more.
	 */
	void (*want)(struct engine_session *session, size_t most);

	/*
	 * The next message that was delivered; false: none now. Its bytes are the
	 * engine's, until settle().
	 */
	bool (*delivery)(struct engine_session *session, struct engine_message *message);

	/* The last that happens to a message, connected or not. */
	void (*settle)(struct engine_session *session,
	               const struct engine_message *message,
	               const struct engine_settlement *settlement);

	/*
	 * The message is still being worked on: the engine must not deliver it to others.
	 * Called for each unsettled message every session->keep_interval nanoseconds.
	 * NULL: none.
	 */
	void (*keep)(struct engine_session *session,
	             const struct engine_message *message);

	/*
	 * Is everything that was settled with the engine, as far as it says? Asked at the
	 * end, between calls of step(), for a limited time.
	 */
	bool (*is_settled)(struct engine_session *session);

	/* Close the connection, release all. */
	void (*close)(struct engine_session *session);
};

#endif
