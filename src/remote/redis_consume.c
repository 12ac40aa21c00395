/* SPDX-License-Identifier: MIT */
/*
 * The connections of a consumer: `reader` has one XREADGROUP that waits for new entries,
 * `link` has all other commands, which must not wait for its reply.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/deadline.h"
#include "io/error.h"
#include "remote/redis_consume.h"

enum {
	READ_WAIT = 5000, /* milliseconds that a XREADGROUP waits at most */
	READ_MOST = 1000, /* entries that it asks for at most */
};

static struct redis_session *redis_session(struct engine_session *base)
{
	return (struct redis_session *)base;
}

void redis_consume_command(const struct redis_session *session,
                           struct redis_command *command, const char *name)
{
	redis_command_texts(command, (const char *[]){name, session->options->stream,
	                                              session->options->group, NULL});
}

bool redis_consume_is_greeted(const struct redis_session *session)
{
	return session->link.is_ready && session->greeted == session->link.connections;
}

enum status redis_consume_error(struct redis_session *session, struct redis_link *link,
                                const char *object, const redisReply *reply)
{
	const struct redis_options *options = session->options;
	bool no_group = redis_reply_is(reply, "NOGROUP");
	if (no_group && !options->create)
		return error_as(STATUS_NOT_FOUND,
		                "%s: no such stream, or it has no group '%s' "
		                "(--create makes them)",
		                options->stream, options->group);
	if (!no_group && !redis_reply_is_later(reply))
		return redis_reply_error(
		    session->server, object != NULL ? object : options->stream, reply);
	if (no_group && link != &session->link)
		redis_link_lose(&session->link, reply->str);
	redis_link_lose(link, reply->str);
	return STATUS_OK;
}

/* ------------------------------------------------------------------- polling */

/* Have epoll(7) wait for the descriptor of a link as it is now. */
static void poll_link(struct redis_session *session, const struct redis_link *link,
                      struct redis_polled *polled)
{
	short events = redis_link_events(link);
	bool is_new = polled->attempts != link->attempts;
	if (link->context == NULL || (!is_new && polled->events == events))
		return;
	struct epoll_event event = {.events = (uint32_t)(unsigned short)events};
	epoll_ctl(session->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
	          link->context->fd, &event);
	*polled = (struct redis_polled){.attempts = link->attempts, .events = events};
}

static int64_t until(int64_t time, int64_t now)
{
	return time > now ? time - now : 0;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void consume_fd(struct engine_session *base, struct pollfd *fd,
                       int64_t *nanoseconds)
{
	struct redis_session *session = redis_session(base);
	int64_t now = deadline_clock();
	redis_link_flush(&session->link);
	redis_link_flush(&session->reader);
	poll_link(session, &session->link, &session->polled[0]);
	poll_link(session, &session->reader, &session->polled[1]);
	fd->fd = session->epoll;
	fd->events = POLLIN;
	*nanoseconds =
	    least(redis_link_wait(&session->link), redis_link_wait(&session->reader));
	if (!session->link.is_ready)
		return;
	*nanoseconds = least(*nanoseconds, until(session->keep_at, now));
	if (!session->is_checking && session->wanted > session->ready.count)
		*nanoseconds = least(*nanoseconds, until(session->check_at, now));
}

/* ---------------------------------------------------------------- deliveries */

static bool has_delivery(const struct redis_session *session, const char *entry)
{
	return redis_deliveries_find(&session->ready, entry) != NULL ||
	       redis_deliveries_find(&session->given, entry) != NULL ||
	       redis_deliveries_find(&session->settling, entry) != NULL;
}

enum status redis_consume_deliver(struct redis_session *session,
                                  const redisReply *entries)
{
	for (size_t i = 0; i < entries->elements; i++) {
		struct redis_delivery *delivery =
		    redis_delivery_read(entries->element[i]);
		if (delivery == NULL && errno == ENOENT)
			continue;
		if (delivery == NULL && errno == EINVAL)
			return error_as(STATUS_FAILED, "%s: a reply without an entry",
			                session->server->shown);
		if (delivery == NULL)
			return error_errno("a message");
		if (has_delivery(session, delivery->entry)) {
			free(delivery);
			continue;
		}
		redis_deliveries_add(&session->ready, delivery);
		if (!delivery->is_message)
			redis_settle_unseen(session, &session->ready, delivery,
			                    ENGINE_GIVE_UP);
	}
	return STATUS_OK;
}

/* [[STREAM, [ENTRY, ...]]], or nil after the time of BLOCK */
static enum status read_new_entries(struct redis_session *session,
                                    const redisReply *reply)
{
	session->is_reading = false;
	if (reply->type == REDIS_REPLY_NIL)
		return STATUS_OK;
	if (reply->type == REDIS_REPLY_ERROR)
		return redis_consume_error(session, &session->reader, NULL, reply);
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1 ||
	    reply->element[0]->type != REDIS_REPLY_ARRAY ||
	    reply->element[0]->elements != 2)
		return error_as(STATUS_FAILED, "%s: a reply without a stream",
		                session->server->shown);
	return redis_consume_deliver(session, reply->element[0]->element[1]);
}

static enum status read_reply(struct redis_session *session, struct redis_link *link,
                              const struct redis_expected *expected, redisReply *reply)
{
	switch (expected->purpose) {
	case REDIS_IGNORED: return STATUS_OK;
	case REDIS_CREATE:
		session->has_group = true;
		if (reply->type != REDIS_REPLY_ERROR ||
		    redis_reply_is(reply, "BUSYGROUP"))
			return STATUS_OK;
		return redis_consume_error(session, link, NULL, reply);
	case REDIS_READER_ID:
		session->reader_id =
		    reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
		return STATUS_OK;
	case REDIS_READ: return read_new_entries(session, reply);
	case REDIS_CLAIM: return redis_claim_reply(session, reply);
	default:
		return redis_settle_reply(session, expected->subject, expected->purpose,
		                          reply);
	}
}

static enum status read_replies(struct redis_session *session, struct redis_link *link)
{
	struct redis_expected expected;
	redisReply *reply;
	enum status status = STATUS_OK;
	while (status == STATUS_OK &&
	       (reply = redis_link_reply(link, &expected)) != NULL) {
		if (expected.purpose == REDIS_CHECK) {
			freeReplyObject(session->overdue);
			session->overdue = reply;
			status = redis_claim_checked(session);
		} else {
			status = read_reply(session, link, &expected, reply);
			freeReplyObject(reply);
		}
	}
	return status;
}

/* ------------------------------------------------------------------ commands */

/* Another connection knows nothing of what was sent before. */
static void greet(struct redis_session *session)
{
	const struct redis_options *options = session->options;
	session->greeted = session->link.connections;
	session->base.connections = session->greeted;
	session->has_group = !options->create;
	session->is_checking = false;
	if (options->create)
		redis_link_send_words(&session->link, REDIS_CREATE,
		                      (const char *[]){"XGROUP", "CREATE",
		                                       options->stream, options->group,
		                                       "0", "MKSTREAM", NULL});
	redis_claim_keep(session);
	for (struct redis_delivery *each = session->settling.first; each != NULL;
	     each = each->next)
		redis_settle_send(session, each);
	session->check_at = deadline_clock();
}

static void read_more(struct redis_session *session)
{
	const struct redis_options *options = session->options;
	struct redis_command command = {.count = 0};
	if (session->is_reading || session->is_ending || !session->reader.is_ready ||
	    !session->has_group || session->wanted <= session->ready.count)
		return;
	size_t room = session->wanted - session->ready.count;
	redis_command_texts(&command,
	                    (const char *[]){"XREADGROUP", "GROUP", options->group,
	                                     options->consumer, "COUNT", NULL});
	redis_command_number(&command, (int64_t)(room < READ_MOST ? room : READ_MOST));
	redis_command_text(&command, "BLOCK");
	redis_command_number(&command, READ_WAIT);
	redis_command_texts(&command,
	                    (const char *[]){"STREAMS", options->stream, ">", NULL});
	session->is_reading = redis_link_send(
	    &session->reader, &command, (struct redis_expected){.purpose = REDIS_READ});
}

static void greet_reader(struct redis_session *session)
{
	session->reader_greeted = session->reader.connections;
	session->reader_id = 0;
	session->is_reading = false;
	redis_link_send_words(&session->reader, REDIS_READER_ID,
	                      (const char *[]){"CLIENT", "ID", NULL});
}

/* Nothing more is taken: give back the messages that the caller has not seen, and end the
 * wait for others. */
static void hand_back(struct redis_session *session)
{
	while (session->ready.first != NULL)
		redis_settle_unseen(session, &session->ready, session->ready.first,
		                    ENGINE_RELEASE);
	if (session->reader_id == 0 || !session->is_reading || !session->link.is_ready)
		return;
	struct redis_command command = {.count = 0};
	redis_command_texts(&command, (const char *[]){"CLIENT", "UNBLOCK", NULL});
	redis_command_number(&command, session->reader_id);
	redis_link_send(&session->link, &command,
	                (struct redis_expected){.purpose = REDIS_IGNORED});
	session->reader_id = 0;
}

static enum status consume_step(struct engine_session *base)
{
	struct redis_session *session = redis_session(base);
	enum status status = redis_link_step(&session->link);
	if (status == STATUS_OK)
		status = redis_link_step(&session->reader);
	if (status == STATUS_OK)
		status = read_replies(session, &session->link);
	if (status == STATUS_OK)
		status = read_replies(session, &session->reader);
	if (status != STATUS_OK)
		return status;
	session->is_checking = session->is_checking && session->link.is_ready;
	session->is_reading = session->is_reading && session->reader.is_ready;
	base->is_connected = session->link.is_ready && session->reader.is_ready;
	if (session->link.is_ready && !redis_consume_is_greeted(session))
		greet(session);
	if (session->reader.is_ready &&
	    session->reader_greeted != session->reader.connections)
		greet_reader(session);
	if (session->is_ending)
		hand_back(session);
	if (session->link.is_ready && deadline_clock() >= session->keep_at)
		redis_claim_keep(session);
	if (session->link.is_ready && session->has_group && !session->is_ending)
		redis_claim_check(session);
	return STATUS_OK;
}

/* -------------------------------------------------------- the engine's table */

static void consume_want(struct engine_session *base, size_t messages)
{
	struct redis_session *session = redis_session(base);
	session->wanted = messages;
	read_more(session);
}

static bool consume_delivery(struct engine_session *base, struct engine_message *message)
{
	struct redis_session *session = redis_session(base);
	struct redis_delivery *first = session->ready.first;
	if (session->wanted == 0 || first == NULL)
		return false;
	redis_deliveries_remove(&session->ready, first);
	redis_deliveries_add(&session->given, first);
	*message = first->message;
	session->wanted--;
	return true;
}

static void consume_settle(struct engine_session *base,
                           const struct engine_message *message,
                           const struct engine_settlement *settlement)
{
	struct redis_session *session = redis_session(base);
	struct redis_delivery *delivery = message->handle;
	redis_deliveries_remove(&session->given, delivery);
	redis_deliveries_add(&session->settling, delivery);
	delivery->settlement = *settlement;
	if (redis_consume_is_greeted(session))
		redis_settle_send(session, delivery);
}

static bool consume_is_settled(struct engine_session *base)
{
	struct redis_session *session = redis_session(base);
	session->is_ending = true;
	hand_back(session);
	return session->settling.count == 0 && !session->is_reading &&
	       !session->is_checking;
}

static void consume_close(struct engine_session *base)
{
	struct redis_session *session = redis_session(base);
	redis_link_end(&session->link);
	redis_link_end(&session->reader);
	redis_deliveries_free(&session->ready);
	redis_deliveries_free(&session->given);
	redis_deliveries_free(&session->settling);
	freeReplyObject(session->overdue);
	close(session->epoll);
}

static const struct engine redis_consumer = {
    .name = "redis",
    .fd = consume_fd,
    .step = consume_step,
    .want = consume_want,
    .delivery = consume_delivery,
    .settle = consume_settle,
    .is_settled = consume_is_settled,
    .close = consume_close,
};

enum status redis_open_consume(struct redis_session *session,
                               const struct redis_server *server,
                               const struct redis_options *options)
{
	*session = (struct redis_session){
	    .base.engine = &redis_consumer, .server = server, .options = options};
	session->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (session->epoll < 0)
		return error_errno_as(STATUS_RUN_ERROR, "epoll_create1");
	redis_link_begin(&session->link, server);
	redis_link_begin(&session->reader, server);
	return STATUS_OK;
}
