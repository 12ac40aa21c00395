/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "io/error.h"
#include "remote/nats.h"

/* In a thread of the library. The message is ours from now on. */
void nats_record_ack(jsCtx *js, natsMsg *message, jsPubAck *ack, jsPubAckErr *error,
                     void *closure)
{
	(void)js;
	(void)ack;
	struct nats_events *events = nats_lock_events(closure);
	if (events->ack_count == events->ack_room) {
		struct nats_ack *more =
		    vec_grow(events->acks, &events->ack_room, sizeof *events->acks);
		if (more == NULL) {
			/* It is sent again when its result is overdue. It is not freed,
			 * since it must not be taken for another at its address. */
			nats_unlock_events(closure);
			return;
		}
		events->acks = more;
	}
	struct nats_ack *record = &events->acks[events->ack_count++];
	record->message = message;
	record->status = error != NULL ? error->Err : NATS_OK;
	record->code = error != NULL ? error->ErrCode : 0;
	record->text[0] = '\0';
	if (error != NULL && error->ErrText != NULL)
		snprintf(record->text, sizeof record->text, "%s", error->ErrText);
	nats_unlock_events(closure);
}

/* -------------------------------------------------------------------- results */

static bool add_result(struct nats_session *session, uint64_t number,
                       enum engine_outcome outcome)
{
	if (session->result_begin == session->result_end)
		session->result_begin = session->result_end = 0;
	if (session->result_end == session->result_room) {
		struct engine_result *more = vec_grow(
		    session->results, &session->result_room, sizeof *session->results);
		if (more == NULL)
			return false;
		session->results = more;
	}
	session->results[session->result_end++] =
	    (struct engine_result){.number = number, .outcome = outcome};
	return true;
}

bool nats_result(struct engine_session *engine_session, struct engine_result *result)
{
	struct nats_session *session = (struct nats_session *)engine_session;
	if (session->result_begin == session->result_end)
		return false;
	*result = session->results[session->result_begin++];
	return true;
}

static bool add_sent(struct nats_session *session, const struct nats_sent *sent)
{
	if (session->sent_begin == session->sent_end) {
		session->sent_begin = session->sent_end = 0;
		session->progress = deadline_clock();
	}
	if (session->sent_end == session->sent_room && session->sent_begin > 0) {
		session->sent_end -= session->sent_begin;
		memmove(session->sent, session->sent + session->sent_begin,
		        session->sent_end * sizeof *session->sent);
		session->sent_begin = 0;
	}
	if (session->sent_end == session->sent_room) {
		struct nats_sent *more =
		    vec_grow(session->sent, &session->sent_room, sizeof *session->sent);
		if (more == NULL)
			return false;
		session->sent = more;
	}
	session->sent[session->sent_end++] = *sent;
	return true;
}

/* Results come nearly in the order of the messages, so that it is the first or near it.
 */
static bool take_sent(struct nats_session *session, const natsMsg *message,
                      struct nats_sent *sent)
{
	for (size_t i = session->sent_begin; i < session->sent_end; i++) {
		if (session->sent[i].message != message)
			continue;
		*sent = session->sent[i];
		session->sent[i].message = NULL;
		while (session->sent_begin < session->sent_end &&
		       session->sent[session->sent_begin].message == NULL)
			session->sent_begin++;
		return true;
	}
	return false;
}

static bool is_for_now(const struct nats_ack *ack)
{
	switch ((int)ack->code) {
	case JSClusterNotActiveErr:
	case JSClusterNotAssignedErr:
	case JSClusterNotAvailErr:
	case JSClusterNotLeaderErr:
	case JSInsufficientResourcesErr:
	case JSMemoryResourcesExceededErr:
	case JSStorageResourcesExceededErr:
	case JSAccountResourcesExceededErr:
	case JSStreamOfflineErr:
	case JSStreamStoreFailedErr: /* a limit of the stream too */ return true;
	case 0: return ack->status == NATS_NO_RESPONDERS || ack->status == NATS_TIMEOUT;
	default: return false;
	}
}

/* The outcome by the stream's answer; a failure is reported. */
static enum engine_outcome judge_ack(struct nats_session *session,
                                     const struct nats_ack *ack)
{
	const char *text =
	    ack->text[0] != '\0' ? ack->text : natsStatus_GetText(ack->status);
	if (ack->status == NATS_OK) {
		session->has_reported = false;
		return ENGINE_STORED;
	}
	if (is_for_now(ack)) {
		if (!session->has_reported)
			error_as(STATUS_OK, "%s: %s: not stored: %s; trying again",
			         session->shown, session->subject, text);
		session->has_reported = true;
		return ENGINE_LATER;
	}
	error_as(STATUS_FAILED, "%s: %s: not stored: %s", session->shown,
	         session->subject, text);
	return ack->code == JSStreamMessageExceedsMaximumErr ? ENGINE_REFUSED
	                                                     : ENGINE_FAILED;
}

enum status nats_handle_acks(struct nats_session *session)
{
	bool has_memory = true;
	for (size_t i = 0; i < session->taken.ack_count; i++) {
		const struct nats_ack *ack = &session->taken.acks[i];
		struct nats_sent sent;
		bool found = take_sent(session, ack->message, &sent);
		natsMsg_Destroy(ack->message);
		if (!found)
			continue;
		session->progress = deadline_clock();
		if (sent.dead != NULL)
			nats_settle_letter(session, sent.dead, ack->status == NATS_OK);
		else
			has_memory &=
			    add_result(session, sent.number, judge_ack(session, ack));
	}
	session->taken.ack_count = 0;
	return has_memory ? STATUS_OK : error_errno("the results of messages");
}

/*
 * Those that the library has dropped here have no callback any more. One whose callback
 * is recorded, or is being recorded, stays: its result comes.
 */
void nats_forget_sent(struct nats_session *session)
{
	natsMsgList list = {0};
	/* of a context that never published the library has no list at all */
	if (session->sent_begin == session->sent_end ||
	    js_PublishAsyncGetPendingList(&list, session->js) != NATS_OK)
		return;
	for (int i = 0; i < list.Count; i++) {
		struct nats_sent sent;
		if (take_sent(session, list.Msgs[i], &sent) && sent.dead != NULL)
			nats_settle_letter(session, sent.dead, false);
	}
	natsMsgList_Destroy(&list);
}

/* ----------------------------------------------------------------- publishing */

static natsStatus add_headers(const struct nats_session *session, natsMsg *message,
                              uint64_t number, const struct engine_message *from)
{
	char text[48];
	snprintf(text, sizeof text, "%s.%llu", session->nonce,
	         (unsigned long long)number);
	natsStatus status =
	    natsMsgHeader_Set(message, "Nats-Msg-Id", from->id != NULL ? from->id : text);
	if (status != NATS_OK || from->priority < 0)
		return status;
	snprintf(text, sizeof text, "%lld", (long long)from->priority);
	return natsMsgHeader_Set(message, "Ipctool-Priority", text);
}

/* False: not now. */
static bool send_message(struct nats_session *session, natsMsg *message,
                         struct nats_sent *sent, natsStatus *status)
{
	sent->message = message;
	*status = NATS_NO_MEMORY;
	/* before it is sent: its result must be found */
	if (!add_sent(session, sent)) {
		natsMsg_Destroy(message);
		return false;
	}
	*status = js_PublishMsgAsync(session->js, &message, NULL);
	if (*status == NATS_OK)
		return true;
	session->sent_end--;
	natsMsg_Destroy(message);
	return false;
}

bool nats_publish(struct engine_session *engine_session, uint64_t number,
                  const struct engine_message *from)
{
	struct nats_session *session = (struct nats_session *)engine_session;
	struct nats_sent sent = {.number = number};
	natsMsg *message = NULL;
	if (!engine_session->is_connected)
		return false;
	natsStatus status = natsMsg_Create(&message, session->subject, NULL, from->bytes,
	                                   (int)from->length);
	if (status == NATS_OK)
		status = add_headers(session, message, number, from);
	if (status != NATS_OK) {
		natsMsg_Destroy(message);
		nats_report(session, status, session->subject);
		return add_result(session, number, ENGINE_FAILED);
	}
	if (send_message(session, message, &sent, &status))
		return true;
	if (status == NATS_MAX_PAYLOAD) {
		error_as(STATUS_FAILED,
		         "%s: %s: message of %zu bytes is longer than the server takes "
		         "(max_payload %lld)",
		         session->shown, session->subject, from->length,
		         (long long)natsConnection_GetMaxPayload(session->connection));
		return add_result(session, number, ENGINE_REFUSED);
	}
	if (status != NATS_INVALID_SUBJECT && status != NATS_NO_SERVER_SUPPORT)
		return false;
	nats_report(session, status, session->subject);
	return add_result(session, number, ENGINE_FAILED);
}

/* The id of a dead letter is the place of its message in the stream. */
static natsStatus fill_letter(const struct nats_session *session, natsMsg *letter,
                              natsMsg *dead, int worker_status)
{
	char text[REMOTE_URL_TEXT_MAX];
	const char *priority = NULL;
	jsMsgMetaData *place = NULL;
	natsStatus status = natsMsg_GetMetaData(&place, dead);
	if (status != NATS_OK)
		return status;
	snprintf(text, sizeof text, "dead.%s.%llu", place->Stream,
	         (unsigned long long)place->Sequence.Stream);
	status = natsMsgHeader_Set(letter, "Nats-Msg-Id", text);
	snprintf(text, sizeof text, "tries=%llu status=%d stream=%s consumer=%s",
	         (unsigned long long)place->NumDelivered, worker_status, session->stream,
	         session->consumer);
	if (status == NATS_OK)
		status = natsMsgHeader_Set(letter, "Ipctool-Reason", text);
	if (status == NATS_OK &&
	    natsMsgHeader_Get(dead, "Ipctool-Priority", &priority) == NATS_OK)
		status = natsMsgHeader_Set(letter, "Ipctool-Priority", priority);
	jsMsgMetaData_Destroy(place);
	return status;
}

bool nats_publish_letter(struct nats_session *session, natsMsg *dead, int worker_status)
{
	struct nats_sent sent = {.dead = dead};
	natsMsg *letter = NULL;
	if (!session->session.is_connected)
		return false;
	natsStatus status =
	    natsMsg_Create(&letter, session->dead_subject, NULL, natsMsg_GetData(dead),
	                   natsMsg_GetDataLength(dead));
	if (status == NATS_OK)
		status = fill_letter(session, letter, dead, worker_status);
	if (status != NATS_OK) {
		natsMsg_Destroy(letter);
		return false;
	}
	return send_message(session, letter, &sent, &status);
}
