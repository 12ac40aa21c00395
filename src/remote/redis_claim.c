/* SPDX-License-Identifier: MIT */
/*
 * XPENDING lists the entries that were pending for `idle`, with the numbers of their
 * deliveries; XCLAIM takes those that still are. XAUTOCLAIM would do it at once, but does
 * not say how often an entry was delivered.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "io/error.h"
#include "remote/redis_consume.h"

enum { CLAIMED_AT_ONCE = 50 };

static const int64_t millisecond = 1000000;

static int64_t bounded(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

/* ------------------------------------------------------------------- keeping */

static void keep_list(struct redis_session *session, const struct redis_deliveries *list)
{
	const struct redis_delivery *each = list->first;
	while (each != NULL) {
		struct redis_command command = {.count = 0};
		redis_consume_command(session, &command, "XCLAIM");
		redis_command_text(&command, session->options->consumer);
		redis_command_number(&command, 0);
		for (int i = 0; i < CLAIMED_AT_ONCE && each != NULL; i++) {
			redis_command_text(&command, each->entry);
			each = each->next;
		}
		redis_command_text(&command, "JUSTID");
		redis_link_send(&session->link, &command,
		                (struct redis_expected){.purpose = REDIS_IGNORED});
	}
}

void redis_claim_keep(struct redis_session *session)
{
	keep_list(session, &session->ready);
	keep_list(session, &session->given);
	session->keep_at = deadline_clock() + session->options->idle / 3;
}

/* ------------------------------------------------------------------ checking */

void redis_claim_expect(struct redis_session *session, int64_t delay)
{
	int64_t due = deadline_clock() + delay + millisecond;
	session->due_step = bounded(delay / 8, 5 * millisecond, 1000 * millisecond);
	session->due_until = due;
	if (due < session->check_at)
		session->check_at = due;
}

/* A message that failed later is due later. */
static void plan_check(struct redis_session *session)
{
	int64_t now = deadline_clock(), idle = session->options->idle;
	int64_t pause = bounded(idle / 4, 20 * millisecond, 1000 * millisecond);
	if (now < session->due_until && session->due_step < pause)
		pause = session->due_step;
	session->check_at = now + pause;
}

void redis_claim_check(struct redis_session *session)
{
	if (session->is_checking || session->wanted <= session->ready.count ||
	    deadline_clock() < session->check_at)
		return;
	struct redis_command command = {.count = 0};
	redis_consume_command(session, &command, "XPENDING");
	redis_command_text(&command, "IDLE");
	redis_command_number(&command, session->options->idle / millisecond);
	redis_command_texts(&command, (const char *[]){"-", "+", NULL});
	redis_command_number(&command, CLAIMED_AT_ONCE);
	session->is_checking = redis_link_send(
	    &session->link, &command, (struct redis_expected){.purpose = REDIS_CHECK});
	plan_check(session);
}

static bool is_pending_entry(const redisReply *entry)
{
	return entry->type == REDIS_REPLY_ARRAY && entry->elements == 4 &&
	       entry->element[0]->type == REDIS_REPLY_STRING &&
	       entry->element[3]->type == REDIS_REPLY_INTEGER;
}

enum status redis_claim_checked(struct redis_session *session)
{
	const redisReply *reply = session->overdue;
	session->is_checking = false;
	if (reply->type == REDIS_REPLY_ERROR)
		return redis_consume_error(session, &session->link, NULL, reply);
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
		return STATUS_OK;
	struct redis_command command = {.count = 0};
	redis_consume_command(session, &command, "XCLAIM");
	redis_command_text(&command, session->options->consumer);
	redis_command_number(&command, session->options->idle / millisecond);
	for (size_t i = 0; i < reply->elements && i < CLAIMED_AT_ONCE; i++)
		if (is_pending_entry(reply->element[i]))
			redis_command_text(&command, reply->element[i]->element[0]->str);
	session->is_checking = redis_link_send(
	    &session->link, &command, (struct redis_expected){.purpose = REDIS_CLAIM});
	return STATUS_OK;
}

/* ------------------------------------------------------------------ claiming */

/* How often it was delivered, this time included. */
static int64_t count_deliveries(const redisReply *overdue, const char *entry)
{
	for (size_t i = 0; overdue != NULL && i < overdue->elements; i++) {
		const redisReply *pending = overdue->element[i];
		if (is_pending_entry(pending) &&
		    strcmp(pending->element[0]->str, entry) == 0)
			return pending->element[3]->integer + 1;
	}
	return 0;
}

enum status redis_claim_reply(struct redis_session *session, const redisReply *reply)
{
	struct redis_delivery *before = session->ready.last;
	session->is_checking = false;
	if (reply->type == REDIS_REPLY_ERROR)
		return redis_consume_error(session, &session->link, NULL, reply);
	enum status status = redis_consume_deliver(session, reply);
	struct redis_delivery *each =
	    before != NULL ? before->next : session->ready.first;
	for (; each != NULL; each = each->next)
		each->message.deliveries =
		    count_deliveries(session->overdue, each->entry);
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == CLAIMED_AT_ONCE)
		session->check_at = deadline_clock();
	return status;
}
