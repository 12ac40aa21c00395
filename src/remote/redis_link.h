/* SPDX-License-Identifier: MIT */
/*
 * A connection to a Redis server, by hiredis, that is made again as often as it is lost.
 *
 * No function waits, but for the resolver. Commands are collected and written together;
 * replies come in the order of the commands, and each is returned with what the command
 * was for. Replies to the commands of a connection that was lost never come.
 */
#ifndef REMOTE_REDIS_LINK_H
#define REMOTE_REDIS_LINK_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "base/status.h"

/* The address of a server, and how to log in. All texts are the caller's, and outlive the
 * connection. */
struct redis_server {
	const char *shown; /* for messages: the URL without its password */
	const char *path;  /* of its unix socket; NULL: host and port */
	const char *host;
	int port;
	const char *user, *password; /* NULL: none */
	int64_t database;
	bool must_answer; /* that it cannot be reached is final */
};

/* A command whose reply is still to come. */
struct redis_expected {
	int purpose; /* the caller's; negative: the connection's own */
	/* the caller's */
	void *subject;
	uint64_t number;
};

struct redis_link {
	const struct redis_server *server;
	redisContext *context; /* NULL: not connected */
	bool is_ready;         /* connected, and the password accepted */
	unsigned connections;  /* that became ready */
	unsigned attempts;     /* each has another descriptor */
	bool is_reported;      /* that it was lost, in the last seconds */
	int64_t retry_at;      /* without a connection: deadline_clock() */
	int64_t give_up_at;    /* until is_ready */
	int64_t ready_at;
	int64_t pause; /* nanoseconds before the next attempt */
	/* a ring: `first` is what the next reply is for; room is a power of two, or 0 */
	struct redis_expected *expected;
	size_t room, first, count;
};

void redis_link_begin(struct redis_link *link, const struct redis_server *server);
void redis_link_end(struct redis_link *link);

/*
 * Connect if it is time to, write and read what is possible. STATUS_OK, also without a
 * connection; otherwise it is reported and final: the password is wrong.
 */
enum status redis_link_step(struct redis_link *link);

/* Write what was collected; a failure is found by the next step. */
void redis_link_flush(struct redis_link *link);

/* The next reply and what it is for, to be freed by freeReplyObject(); NULL: none now. */
redisReply *redis_link_reply(struct redis_link *link, struct redis_expected *expected);

/* The words of a command. */
enum { REDIS_WORDS_MAX = 64 };
struct redis_command {
	int count;
	const char *words[REDIS_WORDS_MAX];
	size_t lengths[REDIS_WORDS_MAX];
	char numbers[REDIS_WORDS_MAX][24];
};

/* Add a word: a text, bytes, a number. They are not copied until it is sent. */
void redis_command_text(struct redis_command *command, const char *text);
void redis_command_texts(struct redis_command *command, const char *const *texts);
void redis_command_bytes(struct redis_command *command, const char *bytes, size_t length);
void redis_command_number(struct redis_command *command, int64_t number);

/* Collect a command. False: not connected, or no memory; then the connection is closed.
 */
bool redis_link_send(struct redis_link *link, struct redis_command *command,
                     struct redis_expected expected);
/* Collect a command of words only; NULL ends them. */
void redis_link_send_words(struct redis_link *link, int purpose,
                           const char *const *words);

/* Bytes that are collected and not written yet. */
size_t redis_link_unwritten(const struct redis_link *link);

/* The events of poll(2) for context->fd, and the nanoseconds until step() has work. */
short redis_link_events(const struct redis_link *link);
int64_t redis_link_wait(const struct redis_link *link);

/*
 * Wait until step() has work: 0, or -1 with errno as deadline_poll(). Or until it is
 * connected and logged in: a failure is reported.
 */
int redis_link_poll(const struct redis_link *link, const struct deadline *deadline);
enum status redis_link_await(struct redis_link *link, const struct deadline *deadline);

/*
 * Close it and connect again after a pause, which doubles until a connection holds for
 * some seconds. `reason` is reported, but not again before that.
 */
void redis_link_lose(struct redis_link *link, const char *reason);

/*
 * The error replies that mean "not now": the server is loading its data, has no memory
 * left, cannot save, has become a replica… All others will come again.
 */
bool redis_reply_is_later(const redisReply *reply);

/* Is it an error that begins with this word? */
bool redis_reply_is(const redisReply *reply, const char *word);

/* "REDIS: OBJECT: the error of the server", with a hint where one is known. */
enum status redis_reply_error(const struct redis_server *server, const char *object,
                              const redisReply *reply);

#endif
