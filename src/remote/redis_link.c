/* SPDX-License-Identifier: MIT */
/*
 * The commands of the greeting, which log in and choose the database, are the first ones
 * of a connection; the connection is ready when the reply to the last of them has come.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "base/vec.h"
#include "io/error.h"
#include "remote/redis_link.h"

enum { GREETING_MUST = -1, GREETING_MAY = -2, GREETING_LAST = -3 };

static const int64_t millisecond = 1000000;

void redis_link_begin(struct redis_link *link, const struct redis_server *server)
{
	*link = (struct redis_link){.server = server};
}

static void close_link(struct redis_link *link)
{
	if (link->context != NULL)
		redisFree(link->context);
	link->context = NULL;
	link->is_ready = false;
	link->first = link->count = 0;
}

void redis_link_end(struct redis_link *link)
{
	close_link(link);
	free(link->expected);
	link->expected = NULL;
}

void redis_link_lose(struct redis_link *link, const char *reason)
{
	const int64_t shortest = 50 * millisecond, longest = 2000 * millisecond;
	int64_t now = deadline_clock();
	if (link->is_ready && now - link->ready_at > 2 * longest) {
		link->is_reported = false;
		link->pause = 0;
	}
	if (link->server->must_answer)
		error_as(STATUS_FAILED, "%s: %s", link->server->shown, reason);
	else if (!link->is_reported)
		error_as(STATUS_FAILED, "%s: %s; connecting again", link->server->shown,
		         reason);
	link->is_reported = true;
	close_link(link);
	link->pause = link->pause == 0 ? shortest : 2 * link->pause;
	if (link->pause > longest)
		link->pause = longest;
	link->retry_at = now + link->pause;
}

/* ------------------------------------------------------------------ commands */

void redis_command_bytes(struct redis_command *command, const char *bytes, size_t length)
{
	command->words[command->count] = bytes;
	command->lengths[command->count++] = length;
}

void redis_command_text(struct redis_command *command, const char *text)
{
	redis_command_bytes(command, text, strlen(text));
}

void redis_command_texts(struct redis_command *command, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		redis_command_text(command, *texts);
}

void redis_command_number(struct redis_command *command, int64_t number)
{
	char *text = command->numbers[command->count];
	snprintf(text, sizeof command->numbers[0], "%lld", (long long)number);
	redis_command_text(command, text);
}

static struct redis_expected *expected_at(const struct redis_link *link, size_t index)
{
	return &link->expected[(link->first + index) & (link->room - 1)];
}

static bool grow_expected(struct redis_link *link)
{
	struct redis_expected *larger =
	    vec_grow_ring(link->expected, link->first, &link->room, sizeof *larger);
	if (larger == NULL)
		return false;
	link->expected = larger;
	return true;
}

bool redis_link_send(struct redis_link *link, struct redis_command *command,
                     struct redis_expected expected)
{
	if (link->context == NULL)
		return false;
	if ((link->count == link->room && !grow_expected(link)) ||
	    redisAppendCommandArgv(link->context, command->count, command->words,
	                           command->lengths) != REDIS_OK) {
		redis_link_lose(link, error_text(ENOMEM));
		return false;
	}
	*expected_at(link, link->count++) = expected;
	return true;
}

size_t redis_link_unwritten(const struct redis_link *link)
{
	return link->context != NULL ? sdslen(link->context->obuf) : 0;
}

/* ---------------------------------------------------------------- connecting */

/* A peer that has vanished is noticed, at the latest after half a minute. */
static void watch_peer(int fd)
{
	const int on = 1, seconds = 10, count = 2, lost = 30 * 1000;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost, sizeof lost);
}

void redis_link_send_words(struct redis_link *link, int purpose, const char *const *words)
{
	struct redis_command command = {.count = 0};
	redis_command_texts(&command, words);
	redis_link_send(link, &command, (struct redis_expected){.purpose = purpose});
}

static void greet(struct redis_link *link)
{
	const struct redis_server *server = link->server;
	if (server->password != NULL && server->user != NULL)
		redis_link_send_words(
		    link, GREETING_MUST,
		    (const char *[]){"AUTH", server->user, server->password, NULL});
	else if (server->password != NULL)
		redis_link_send_words(link, GREETING_MUST,
		                      (const char *[]){"AUTH", server->password, NULL});
	if (server->database > 0) {
		struct redis_command command = {.count = 0};
		redis_command_text(&command, "SELECT");
		redis_command_number(&command, server->database);
		redis_link_send(link, &command,
		                (struct redis_expected){.purpose = GREETING_MUST});
	}
	redis_link_send_words(link, GREETING_MAY,
	                      (const char *[]){"CLIENT", "SETNAME", "ipctool", NULL});
	redis_link_send_words(link, GREETING_LAST, (const char *[]){"PING", NULL});
}

static const char *context_reason(const redisContext *context)
{
	return context->err == REDIS_ERR_EOF ? "the server has closed the connection"
	                                     : context->errstr;
}

static void lose_by_context(struct redis_link *link)
{
	char reason[sizeof link->context->errstr];
	snprintf(reason, sizeof reason, "%s", context_reason(link->context));
	redis_link_lose(link, reason);
}

static void connect_link(struct redis_link *link)
{
	const struct redis_server *server = link->server;
	link->context = server->path != NULL
	                    ? redisConnectUnixNonBlock(server->path)
	                    : redisConnectNonBlock(server->host, server->port);
	link->attempts++;
	link->give_up_at = deadline_clock() + 10000 * millisecond;
	if (link->context == NULL)
		redis_link_lose(link, error_text(ENOMEM));
	else if (link->context->err != 0)
		lose_by_context(link);
	else {
		fcntl(link->context->fd, F_SETFD, FD_CLOEXEC);
		if (server->path == NULL)
			watch_peer(link->context->fd);
		greet(link);
	}
}

/* ------------------------------------------------------------------- replies */

static redisReply *next_reply(struct redis_link *link)
{
	void *reply = NULL;
	if (link->context == NULL)
		return NULL;
	if (redisGetReplyFromReader(link->context, &reply) != REDIS_OK) {
		lose_by_context(link);
		return NULL;
	}
	if (reply != NULL && link->count == 0) {
		freeReplyObject(reply);
		redis_link_lose(link, "a reply without a command");
		return NULL;
	}
	return reply;
}

static struct redis_expected take_expected(struct redis_link *link)
{
	struct redis_expected expected = *expected_at(link, 0);
	link->first = (link->first + 1) & (link->room - 1);
	link->count--;
	return expected;
}

/* May a command be denied to a user who may do all that is needed? */
static bool is_harmless(int purpose, const redisReply *reply)
{
	return purpose == GREETING_MAY ||
	       (purpose == GREETING_LAST && redis_reply_is(reply, "NOPERM"));
}

static enum status read_greeting(struct redis_link *link)
{
	redisReply *reply;
	while (!link->is_ready && (reply = next_reply(link)) != NULL) {
		struct redis_expected expected = take_expected(link);
		enum status status = STATUS_OK;
		if (reply->type == REDIS_REPLY_ERROR &&
		    !is_harmless(expected.purpose, reply)) {
			if (redis_reply_is_later(reply))
				redis_link_lose(link, reply->str);
			else
				status = redis_reply_error(link->server, NULL, reply);
		} else if (expected.purpose == GREETING_LAST) {
			link->is_ready = true;
			link->connections++;
			link->ready_at = deadline_clock();
		}
		freeReplyObject(reply);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

redisReply *redis_link_reply(struct redis_link *link, struct redis_expected *expected)
{
	redisReply *reply = link->is_ready ? next_reply(link) : NULL;
	if (reply != NULL)
		*expected = take_expected(link);
	return reply;
}

/* ---------------------------------------------------------------------- step */

void redis_link_flush(struct redis_link *link)
{
	int done = 0;
	if (redis_link_unwritten(link) > 0 &&
	    redisBufferWrite(link->context, &done) != REDIS_OK)
		lose_by_context(link);
}

enum status redis_link_step(struct redis_link *link)
{
	if (link->context == NULL && deadline_clock() >= link->retry_at)
		connect_link(link);
	redis_link_flush(link);
	if (link->context != NULL && redisBufferRead(link->context) != REDIS_OK)
		lose_by_context(link);
	enum status status = read_greeting(link);
	if (link->context != NULL && !link->is_ready &&
	    deadline_clock() >= link->give_up_at)
		redis_link_lose(link, error_text(ETIMEDOUT));
	if (status == STATUS_OK && link->server->must_answer && link->is_reported)
		return STATUS_FAILED;
	return status;
}

short redis_link_events(const struct redis_link *link)
{
	return (short)(POLLIN | (redis_link_unwritten(link) > 0 ? POLLOUT : 0));
}

int64_t redis_link_wait(const struct redis_link *link)
{
	if (link->is_ready)
		return INT64_MAX;
	int64_t at = link->context == NULL ? link->retry_at : link->give_up_at;
	int64_t left = at - deadline_clock();
	return left > 0 ? left : 0;
}

int redis_link_poll(const struct redis_link *link, const struct deadline *deadline)
{
	int64_t left = deadline_left(deadline), wait = redis_link_wait(link);
	struct deadline next = wait < left ? deadline_in(wait) : *deadline;
	struct pollfd fd = {.fd = link->context != NULL ? link->context->fd : -1,
	                    .events = redis_link_events(link)};
	if (deadline_poll(&next, &fd, 1) >= 0)
		return 0;
	return errno == ETIMEDOUT && wait < left ? 0 : -1;
}

enum status redis_link_await(struct redis_link *link, const struct deadline *deadline)
{
	enum status status;
	while ((status = redis_link_step(link)) == STATUS_OK && !link->is_ready)
		if (redis_link_poll(link, deadline) < 0)
			return error_errno("%s", link->server->shown);
	return status;
}

/* -------------------------------------------------------------------- errors */

bool redis_reply_is(const redisReply *reply, const char *word)
{
	size_t length = strlen(word);
	return reply->type == REDIS_REPLY_ERROR && reply->len >= length &&
	       memcmp(reply->str, word, length) == 0 &&
	       (reply->str[length] == ' ' || reply->str[length] == '\0');
}

bool redis_reply_is_later(const redisReply *reply)
{
	static const char *const words[] = {
	    "LOADING",    "OOM",
	    "MISCONF",    "READONLY",
	    "BUSY",       "TRYAGAIN",
	    "MASTERDOWN", "CLUSTERDOWN",
	    "NOREPLICAS", "ERR max number of clients reached"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (redis_reply_is(reply, words[i]))
			return true;
	return false;
}

enum status redis_reply_error(const struct redis_server *server, const char *object,
                              const redisReply *reply)
{
	const char *name = object != NULL ? object : server->shown;
	if (redis_reply_is(reply, "WRONGTYPE"))
		return error_as(STATUS_FAILED, "%s: is not a stream", name);
	if (redis_reply_is(reply, "NOAUTH"))
		return error_as(STATUS_FAILED, "%s: the server asks for a password",
		                server->shown);
	if (redis_reply_is(reply, "WRONGPASS"))
		return error_as(STATUS_FAILED, "%s: the user or the password is wrong",
		                server->shown);
	if (redis_reply_is(reply, "MOVED") || redis_reply_is(reply, "ASK"))
		return error_as(STATUS_FAILED,
		                "%s: is on another server of the cluster: %s", name,
		                reply->str);
	return error_as(STATUS_FAILED, "%s: %s", name, reply->str);
}
