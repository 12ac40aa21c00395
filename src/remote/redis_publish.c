/* SPDX-License-Identifier: MIT */
/*
 * XADD for each message, without waiting for the reply to the one before; the replies
 * come in that order. With --replicas a WAIT follows those that are written together; its
 * reply counts the replicas that have all that came before it on this connection.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"
#include "io/error.h"
#include "remote/redis.h"

enum purpose { PURPOSE_ADD, PURPOSE_WAIT };

enum {
	UNWRITTEN_MAX = 1 << 20, /* bytes */
	REPLICAS_WAIT = 1000,    /* milliseconds that a WAIT takes at most */
};

static struct redis_session *redis_session(struct engine_session *base)
{
	return (struct redis_session *)base;
}

static void ask_replicas(struct redis_session *session)
{
	if (!session->results.ask_replicas || !session->link.is_ready)
		return;
	struct redis_command command = {.count = 0};
	redis_command_text(&command, "WAIT");
	redis_command_number(&command, session->options->replicas);
	redis_command_number(&command, REPLICAS_WAIT);
	session->results.ask_replicas = false;
	redis_link_send(&session->link, &command,
	                (struct redis_expected){.purpose = PURPOSE_WAIT});
}

static void publish_fd(struct engine_session *base, struct pollfd *fd,
                       int64_t *nanoseconds)
{
	struct redis_link *link = &redis_session(base)->link;
	ask_replicas(redis_session(base));
	redis_link_flush(link);
	fd->fd = link->context != NULL ? link->context->fd : -1;
	fd->events = redis_link_events(link);
	*nanoseconds = redis_link_wait(link);
}

/* ------------------------------------------------------------------- results */

static struct engine_result *result_at(const struct redis_results *results, size_t index)
{
	return &results->items[(results->first + index) % results->room];
}

static enum status add_result(struct redis_session *session, uint64_t number,
                              enum engine_outcome outcome)
{
	struct redis_results *results = &session->results;
	if (results->count == results->room) {
		struct engine_result *larger = vec_grow_ring(
		    results->items, results->first, &results->room, sizeof *larger);
		if (larger == NULL)
			return error_errno("results of %zu messages", results->count + 1);
		results->items = larger;
	}
	*result_at(results, results->count++) =
	    (struct engine_result){.number = number, .outcome = outcome};
	if (session->options->replicas == 0)
		results->final = results->count;
	return STATUS_OK;
}

static bool publish_result(struct engine_session *base, struct engine_result *result)
{
	struct redis_results *results = &redis_session(base)->results;
	if (results->final == 0)
		return false;
	*result = *result_at(results, 0);
	results->first = (results->first + 1) % results->room;
	results->final--;
	results->count--;
	return true;
}

/* ------------------------------------------------------------------- replies */

/* A message that the server takes later. On another connection all are sent again: the
 * server may have become a replica for good, and the master have its address. */
static enum status refused_for_now(struct redis_session *session, uint64_t number,
                                   const redisReply *reply)
{
	if (!redis_reply_is(reply, "OOM") && !redis_reply_is(reply, "MISCONF")) {
		redis_link_lose(&session->link, reply->str);
		return STATUS_OK;
	}
	if (!session->is_refusing)
		error_as(STATUS_FAILED, "%s: %s; trying again", session->server->shown,
		         reply->str);
	session->is_refusing = true;
	return add_result(session, number, ENGINE_LATER);
}

/* The reply to an XADD. */
static enum status added(struct redis_session *session, uint64_t number,
                         const redisReply *reply)
{
	if (redis_reply_is_later(reply))
		return refused_for_now(session, number, reply);
	if (reply->type == REDIS_REPLY_ERROR)
		return redis_reply_error(session->server, session->options->stream,
		                         reply);
	if (reply->type != REDIS_REPLY_STRING)
		return error_as(STATUS_FAILED, "%s: the reply to XADD is not an ID",
		                session->server->shown);
	session->is_refusing = false;
	return add_result(session, number, ENGINE_STORED);
}

/* The reply to a WAIT: it stands for all the XADDs before it. */
static enum status waited(struct redis_session *session, const redisReply *reply)
{
	struct redis_results *results = &session->results;
	if (reply->type == REDIS_REPLY_ERROR)
		return redis_reply_error(session->server, NULL, reply);
	if (reply->integer >= session->options->replicas)
		results->final = results->count;
	else
		results->ask_replicas = true;
	return STATUS_OK;
}

static enum status read_replies(struct redis_session *session)
{
	struct redis_expected expected;
	redisReply *reply;
	enum status status = STATUS_OK;
	while (status == STATUS_OK &&
	       (reply = redis_link_reply(&session->link, &expected)) != NULL) {
		status = expected.purpose == PURPOSE_WAIT
		             ? waited(session, reply)
		             : added(session, expected.number, reply);
		freeReplyObject(reply);
	}
	return status;
}

/* Results that wait for replicas are void on another connection: it cannot ask for them.
 */
static void note_connection(struct redis_session *session)
{
	session->base.is_connected = session->link.is_ready;
	if (session->greeted == session->link.connections)
		return;
	session->greeted = session->link.connections;
	session->base.connections = session->link.connections;
	session->results.count = session->results.final;
	session->results.ask_replicas = false;
}

static enum status publish_step(struct engine_session *base)
{
	struct redis_session *session = redis_session(base);
	enum status status = redis_link_step(&session->link);
	note_connection(session);
	return status == STATUS_OK ? read_replies(session) : status;
}

/* ------------------------------------------------------------------ messages */

static bool publish_message(struct engine_session *base, uint64_t number,
                            const struct engine_message *message)
{
	struct redis_session *session = redis_session(base);
	const struct redis_options *options = session->options;
	struct redis_command command = {.count = 0};
	if (!session->link.is_ready ||
	    redis_link_unwritten(&session->link) >= UNWRITTEN_MAX)
		return false;
	redis_command_texts(&command, (const char *[]){"XADD", options->stream, NULL});
	if (options->max_length > 0) {
		redis_command_texts(&command, (const char *[]){"MAXLEN", "~", NULL});
		redis_command_number(&command, options->max_length);
	}
	redis_command_text(&command, "*");
	redis_delivery_fields(&command, message);
	session->results.ask_replicas = options->replicas > 0;
	return redis_link_send(
	    &session->link, &command,
	    (struct redis_expected){.purpose = PURPOSE_ADD, .number = number});
}

static void publish_close(struct engine_session *base)
{
	struct redis_session *session = redis_session(base);
	redis_link_end(&session->link);
	free(session->results.items);
}

static const struct engine redis_publisher = {
    .name = "redis",
    .fd = publish_fd,
    .step = publish_step,
    .publish = publish_message,
    .result = publish_result,
    .close = publish_close,
};

void redis_open_publish(struct redis_session *session, const struct redis_server *server,
                        const struct redis_options *options)
{
	*session = (struct redis_session){
	    .base.engine = &redis_publisher, .server = server, .options = options};
	redis_link_begin(&session->link, server);
}
