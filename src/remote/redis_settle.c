/* SPDX-License-Identifier: MIT */
/*
 * A delivery is in session->settling until the reply to its last command; on another
 * connection its commands are sent again. To send one of them twice does no harm, but for
 * a dead letter, which is then there twice.
 */
#include <stdlib.h>

#include "io/error.h"
#include "remote/redis_consume.h"

static const int64_t millisecond = 1000000;

/* The entry's delivery is so long ago that it is overdue after the delay. */
static void send_back(struct redis_session *session, struct redis_delivery *delivery)
{
	const struct redis_options *options = session->options;
	bool untried = delivery->settlement.verdict == ENGINE_RELEASE;
	int64_t delay = untried ? 0 : delivery->settlement.delay;
	int64_t idle = delay < options->idle ? options->idle - delay : 0;
	struct redis_command command = {.count = 0};
	redis_consume_command(session, &command, "XCLAIM");
	redis_command_text(&command, options->consumer);
	redis_command_number(&command, 0);
	redis_command_text(&command, delivery->entry);
	redis_command_text(&command, "IDLE");
	redis_command_number(&command, (idle + millisecond - 1) / millisecond);
	if (untried && delivery->message.deliveries > 0) {
		redis_command_text(&command, "RETRYCOUNT");
		redis_command_number(&command, delivery->message.deliveries - 1);
	}
	redis_command_text(&command, "JUSTID");
	redis_link_send(
	    &session->link, &command,
	    (struct redis_expected){.purpose = REDIS_SETTLE, .subject = delivery});
}

static void send_acknowledgement(struct redis_session *session,
                                 struct redis_delivery *delivery)
{
	const struct redis_options *options = session->options;
	struct redis_command command = {.count = 0};
	redis_consume_command(session, &command, "XACK");
	redis_command_text(&command, delivery->entry);
	redis_link_send(
	    &session->link, &command,
	    (struct redis_expected){.purpose = REDIS_SETTLE, .subject = delivery});
	if (!options->remove || !delivery->is_message)
		return;
	command.count = 0;
	redis_command_texts(
	    &command, (const char *[]){"XDEL", options->stream, delivery->entry, NULL});
	redis_link_send(&session->link, &command,
	                (struct redis_expected){.purpose = REDIS_IGNORED});
}

static void send_dead_letter(struct redis_session *session,
                             struct redis_delivery *delivery)
{
	const struct redis_options *options = session->options;
	struct redis_command command = {.count = 0};
	redis_command_texts(&command, (const char *[]){"XADD", options->dead, "*", NULL});
	redis_delivery_fields(&command, &delivery->message);
	redis_command_texts(&command,
	                    (const char *[]){"stream", options->stream, "entry",
	                                     delivery->entry, "group", options->group,
	                                     "deliveries", NULL});
	redis_command_number(&command, delivery->message.deliveries);
	redis_command_text(&command, "status");
	redis_command_number(&command, delivery->settlement.status);
	redis_link_send(
	    &session->link, &command,
	    (struct redis_expected){.purpose = REDIS_DEAD, .subject = delivery});
}

void redis_settle_send(struct redis_session *session, struct redis_delivery *delivery)
{
	enum engine_verdict verdict = delivery->settlement.verdict;
	if (verdict == ENGINE_FAIL || verdict == ENGINE_RELEASE)
		send_back(session, delivery);
	else if (verdict == ENGINE_GIVE_UP && session->options->dead != NULL &&
	         !delivery->is_dead)
		send_dead_letter(session, delivery);
	else
		send_acknowledgement(session, delivery);
}

static void report_given_up(const struct redis_session *session,
                            const struct redis_delivery *delivery)
{
	const struct redis_options *options = session->options;
	if (!delivery->is_message)
		error_as(STATUS_FAILED, "%s: entry %s has no field 'message'",
		         options->stream, delivery->entry);
	else
		error_as(STATUS_FAILED,
		         "%s: entry %s: given up after %lld deliver%s, status %d%s%s",
		         options->stream, delivery->entry,
		         (long long)delivery->message.deliveries,
		         delivery->message.deliveries == 1 ? "y" : "ies",
		         delivery->settlement.status,
		         options->dead != NULL ? "; moved to " : "",
		         options->dead != NULL ? options->dead : "");
}

enum status redis_settle_reply(struct redis_session *session,
                               struct redis_delivery *delivery, int purpose,
                               const redisReply *reply)
{
	bool is_dead = purpose == REDIS_DEAD;
	if (reply->type == REDIS_REPLY_ERROR)
		return redis_consume_error(session, &session->link,
		                           is_dead ? session->options->dead : NULL,
		                           reply);
	if (is_dead) {
		delivery->is_dead = true;
		redis_settle_send(session, delivery);
		return STATUS_OK;
	}
	if (delivery->settlement.verdict == ENGINE_GIVE_UP)
		report_given_up(session, delivery);
	else if (delivery->settlement.verdict == ENGINE_FAIL)
		redis_claim_expect(session, delivery->settlement.delay);
	redis_deliveries_remove(&session->settling, delivery);
	free(delivery);
	return STATUS_OK;
}

void redis_settle_unseen(struct redis_session *session, struct redis_deliveries *list,
                         struct redis_delivery *delivery, enum engine_verdict verdict)
{
	redis_deliveries_remove(list, delivery);
	redis_deliveries_add(&session->settling, delivery);
	delivery->settlement = (struct engine_settlement){.verdict = verdict};
	if (redis_consume_is_greeted(session))
		redis_settle_send(session, delivery);
}
