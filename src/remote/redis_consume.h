/* SPDX-License-Identifier: MIT */
/*
 * Functions of a consumer's session (redis.h) that its parts share.
 */
#ifndef REMOTE_REDIS_CONSUME_H
#define REMOTE_REDIS_CONSUME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "remote/redis.h"

enum redis_purpose {
	REDIS_IGNORED, /* nothing depends on the reply */
	REDIS_CREATE,
	REDIS_READER_ID,
	REDIS_READ,   /* new entries */
	REDIS_CHECK,  /* which entries are overdue */
	REDIS_CLAIM,  /* these */
	REDIS_DEAD,   /* a dead letter; subject: the delivery */
	REDIS_SETTLE, /* the last command for the delivery, subject */
};

/* "COMMAND STREAM GROUP" */
void redis_consume_command(const struct redis_session *session,
                           struct redis_command *command, const char *name);

/* Is there a connection on which what came before was sent again? */
bool redis_consume_is_greeted(const struct redis_session *session);

/* redis_settle.c: what is done with a message after its answer */

/* A delivery of session->settling: its next command. */
void redis_settle_send(struct redis_session *session, struct redis_delivery *delivery);

/* The reply to it, or to REDIS_DEAD. */
enum status redis_settle_reply(struct redis_session *session,
                               struct redis_delivery *delivery, int purpose,
                               const redisReply *reply);

/* Not to be given to the caller: move it from `list`. */
void redis_settle_unseen(struct redis_session *session, struct redis_deliveries *list,
                         struct redis_delivery *delivery, enum engine_verdict verdict);

/* redis_claim.c: messages of consumers that were killed, and those that failed */

/* All that this session has is kept from being claimed by others. */
void redis_claim_keep(struct redis_session *session);

/* Ask for what is overdue, if it is time to and there is room. */
void redis_claim_check(struct redis_session *session);

/* The replies to REDIS_CHECK, which is session->overdue, and to REDIS_CLAIM. */
enum status redis_claim_checked(struct redis_session *session);
enum status redis_claim_reply(struct redis_session *session, const redisReply *reply);

/* A message that failed is due after the delay. */
void redis_claim_expect(struct redis_session *session, int64_t delay);

/* Entries that were delivered, to session->ready, but those that are here already. */
enum status redis_consume_deliver(struct redis_session *session,
                                  const redisReply *entries);

/* An error reply: the connection is made again, or it is reported and final. */
enum status redis_consume_error(struct redis_session *session, struct redis_link *link,
                                const char *object, const redisReply *reply);

#endif
