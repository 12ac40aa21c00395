/* SPDX-License-Identifier: MIT */
/*
 * Redis streams as an engine (remote/engine.h).
 *
 * A message is an entry with the field `message`, and the fields `priority` and `id` if
 * it has them. It is stored when the server has replied: in its memory, and as safe as
 * its appendfsync and the number of replicas that are waited for make it.
 *
 * To consume, a session has two connections: one waits for new entries, the other one
 * does all the rest. A delivered entry stays in the group's list of pending entries until
 * it is settled. An entry that was pending for `idle` without being kept
 * is delivered again, to whatever consumer looks first; a session keeps what it has. A
 * message that failed is given such a time that it is due after its delay.
 */
#ifndef REMOTE_REDIS_H
#define REMOTE_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "remote/engine.h"
#include "remote/redis_delivery.h"
#include "remote/redis_link.h"

struct redis_options {
	const char *stream;
	/* to publish */
	int64_t max_length; /* entries that are kept, about; 0: all */
	int64_t replicas;   /* that must have a message before it is stored */
	/* to consume */
	const char *group, *consumer;
	const char *dead; /* dead-letter stream; NULL: none */
	int64_t idle;     /* nanoseconds; at least a millisecond */
	bool create;      /* the stream and the group, if they do not exist */
	bool remove;      /* entries that are done are deleted from the stream */
};

/* Results of published messages, in their order. */
struct redis_results {
	struct engine_result *items; /* a ring */
	size_t room, first, count;
	size_t final; /* the first ones of them that may be returned */
	bool ask_replicas;
};

/* A descriptor that epoll(7) waits for. */
struct redis_polled {
	unsigned attempts; /* of the connection whose descriptor it is */
	short events;
};

struct redis_session {
	struct engine_session base;
	const struct redis_server *server;
	const struct redis_options *options;
	struct redis_link link;
	unsigned greeted; /* link.connections for which the rest was done */
	/* to publish */
	struct redis_results results;
	bool is_refusing; /* the server, and that was reported */
	/* to consume */
	struct redis_link reader;
	unsigned reader_greeted;
	int epoll;
	struct redis_polled polled[2];
	/* ready: for the caller; given: with the caller; settling: not confirmed yet */
	struct redis_deliveries ready, given, settling;
	size_t wanted;
	bool has_group; /* as far as this connection knows */
	bool is_reading, is_checking, is_ending;
	int64_t reader_id;           /* of the connection; 0: not known */
	int64_t keep_at, check_at;   /* deadline_clock() */
	int64_t due_until, due_step; /* messages that failed are due until then */
	redisReply *overdue;         /* of XPENDING, while they are claimed */
};

/*
 * Open a session: no connection is made yet. To consume there may be a failure, which is
 * reported; then there is nothing to close.
 */
void redis_open_publish(struct redis_session *session, const struct redis_server *server,
                        const struct redis_options *options);
enum status redis_open_consume(struct redis_session *session,
                               const struct redis_server *server,
                               const struct redis_options *options);

#endif
