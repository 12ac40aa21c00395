/* SPDX-License-Identifier: MIT */
/*
 * Pull requests and acknowledgements are written here as the protocol of JetStream has
 * them: natsSubscription_Fetch() waits, and natsMsg_Ack() and the like are only for
 * messages that came by it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/value.h"
#include "base/vec.h"
#include "io/error.h"
#include "io/owner.h"
#include "remote/nats.h"

static const int64_t millisecond = 1000000;

/* ----------------------------------------------------------------- requesting */

/* In a thread of the library: the message is ours. */
static void record_arrival(natsConnection *connection, natsSubscription *subscription,
                           natsMsg *message, void *closure)
{
	(void)connection;
	(void)subscription;
	struct nats_events *events = nats_lock_events(closure);
	if (events->arrival_count == events->arrival_room) {
		natsMsg **more = vec_grow(events->arrivals, &events->arrival_room,
		                          sizeof *events->arrivals);
		if (more == NULL) {
			/* it is delivered again if it is not acknowledged */
			nats_unlock_events(closure);
			natsMsg_Destroy(message);
			return;
		}
		events->arrivals = more;
	}
	events->arrivals[events->arrival_count++] = message;
	nats_unlock_events(closure);
}

/*
 * The file is written with each acknowledgement, and read only here. An entry of which
 * half was written is of no message.
 */
static enum status load_done(struct nats_session *session, const char *file)
{
	const size_t size = NATS_DONE_MAX * sizeof *session->done;
	struct stat facts;
	session->done_fd =
	    open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (session->done_fd < 0 || fstat(session->done_fd, &facts) < 0)
		return error_errno("%s", file);
	if (!S_ISREG(facts.st_mode) || !owner_is_trusted(facts.st_uid) ||
	    (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_as(STATUS_FAILED,
		                "%s: is not a file that only this user can write", file);
	ssize_t length = pread(session->done_fd, session->done, size, 0);
	if (length < 0)
		return error_errno("%s", file);
	if (length != 0 && (facts.st_size != (off_t)size || length != (ssize_t)size))
		return error_as(STATUS_FAILED, "%s: was not made by --remember", file);
	if (posix_fallocate(session->done_fd, 0, (off_t)size) != 0)
		return error_as(STATUS_FAILED, "%s: no space for %zu bytes", file, size);
	return STATUS_OK;
}

enum status nats_consume_begin(struct nats_session *session, const char *remember)
{
	int length = snprintf(session->request_subject, sizeof session->request_subject,
	                      "$JS.API.CONSUMER.MSG.NEXT.%s.%s", session->stream,
	                      session->consumer);
	if (length >= (int)sizeof session->request_subject)
		return error_usage("the names of stream and consumer are too long");
	uint64_t mask = nats_block_signals();
	natsStatus status = natsInbox_Create(&session->inbox);
	if (status == NATS_OK)
		status =
		    natsConnection_Subscribe(&session->subscription, session->connection,
		                             session->inbox, record_arrival, session);
	if (status == NATS_OK) /* the messages that are wanted, whatever their size */
		status = natsSubscription_SetPendingLimits(session->subscription, -1, -1);
	nats_unblock_signals(mask);
	session->done = calloc(NATS_DONE_MAX, sizeof *session->done);
	if (session->done == NULL)
		return error_errno("memory for acknowledgements");
	if (remember != NULL) {
		enum status loaded = load_done(session, remember);
		if (loaded != STATUS_OK)
			return loaded;
	}
	return status == NATS_OK ? STATUS_OK
	                         : nats_report(session, status, session->consumer);
}

void nats_end_request(struct nats_session *session)
{
	session->requested = 0;
	session->request_at = 0;
}

/* The server does not answer a request for a consumer that does not exist. */
static enum status check_consumer(struct nats_session *session)
{
	jsConsumerInfo *info = NULL;
	natsStatus status = js_GetConsumerInfo(&info, session->js, session->stream,
	                                       session->consumer, NULL, NULL);
	jsConsumerInfo_Destroy(info);
	session->overdue = 0;
	return status != NATS_NOT_FOUND
	           ? STATUS_OK
	           : error_as(STATUS_NOT_FOUND, "%s: the consumer %s of %s was removed",
	                      session->shown, session->consumer, session->stream);
}

void nats_want(struct engine_session *engine_session, size_t most)
{
	const int64_t expires = 5000 * millisecond, grace = 2000 * millisecond;
	struct nats_session *session = (struct nats_session *)engine_session;
	size_t held = session->delivery_end - session->delivery_begin;
	int64_t now = deadline_clock();
	most = most > held ? most - held : 0;
	session->most = most > session->most ? most : session->most;
	if (session->requested > 0 && now > session->request_at) {
		session->overdue++;
		nats_end_request(session);
	}
	if (most == 0 || session->requested > 0 || now < session->request_at ||
	    !engine_session->is_connected)
		return;
	/* a few large requests, not many small ones */
	if (session->unsettled > 0 && most < session->most / 4)
		return;
	char request[80];
	int length = snprintf(request, sizeof request, "{\"batch\":%zu,\"expires\":%lld}",
	                      most, (long long)expires);
	if (natsConnection_PublishRequest(session->connection, session->request_subject,
	                                  session->inbox, request, length) != NATS_OK) {
		session->request_at = now + 250 * millisecond;
		return;
	}
	session->requested = most;
	session->request_at = now + expires + grace;
}

/* A message without contents that is about the request, as "408 Request Timeout". */
static enum status handle_notice(struct nats_session *session, natsMsg *message,
                                 const char *code)
{
	const int64_t pause = 250 * millisecond;
	const char *text = NULL;
	if (code[0] == '1') /* 100: the server is alive */
		return STATUS_OK;
	nats_end_request(session);
	if (strcmp(code, "408") == 0)
		return STATUS_OK;
	if (natsMsgHeader_Get(message, "Description", &text) != NATS_OK)
		text = code;
	if (strcmp(code, "409") == 0 && strstr(text, "Deleted") != NULL)
		return error_as(STATUS_NOT_FOUND, "%s: the consumer %s of %s was removed",
		                session->shown, session->consumer, session->stream);
	if (strcmp(code, "409") == 0 || strcmp(code, "400") == 0)
		error_as(STATUS_OK, "%s: %s: %s; trying again", session->shown,
		         session->consumer, text);
	session->request_at = deadline_clock() + pause;
	return STATUS_OK;
}

static bool add_delivery(struct nats_session *session, natsMsg *message)
{
	if (session->delivery_begin == session->delivery_end)
		session->delivery_begin = session->delivery_end = 0;
	if (session->delivery_end == session->delivery_room) {
		natsMsg **more = vec_grow(session->deliveries, &session->delivery_room,
		                          sizeof *session->deliveries);
		if (more == NULL)
			return false;
		session->deliveries = more;
	}
	session->deliveries[session->delivery_end++] = message;
	return true;
}

static enum status handle_arrival(struct nats_session *session, natsMsg *message)
{
	const char *code = NULL;
	session->overdue = 0;
	if (natsMsg_GetReply(message) != NULL) {
		session->requested -= session->requested > 0;
		if (session->requested == 0)
			session->request_at = 0;
		if (add_delivery(session, message))
			return STATUS_OK;
		natsMsg_Destroy(message);
		return error_errno("messages that were delivered");
	}
	enum status status = STATUS_OK;
	if (natsMsgHeader_Get(message, "Status", &code) == NATS_OK)
		status = handle_notice(session, message, code);
	natsMsg_Destroy(message);
	return status;
}

enum status nats_handle_arrivals(struct nats_session *session)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < session->taken.arrival_count; i++) {
		natsMsg *message = session->taken.arrivals[i];
		if (status == STATUS_OK)
			status = handle_arrival(session, message);
		else
			natsMsg_Destroy(message);
	}
	session->taken.arrival_count = 0;
	if (status == STATUS_OK && session->overdue >= 2)
		status = check_consumer(session);
	return status;
}

/* ------------------------------------------------------------------- settling */

/* Without a connection the message is delivered again after the consumer's time. */
static void send_verdict(struct nats_session *session, natsMsg *message, const char *text)
{
	if (session->session.is_connected)
		natsConnection_PublishString(session->connection,
		                             natsMsg_GetReply(message), text);
}

static void send_failure(struct nats_session *session, natsMsg *message, int64_t delay)
{
	char text[64];
	snprintf(text, sizeof text, "-NAK {\"delay\":%lld}", (long long)delay);
	send_verdict(session, message, delay > 0 ? text : "-NAK");
}

/* Its place, and how often it was delivered: 0 if that is not known. */
static int64_t place_of(natsMsg *message, struct nats_place *place)
{
	jsMsgMetaData *data = NULL;
	int64_t deliveries = 0;
	*place = (struct nats_place){0};
	if (natsMsg_GetMetaData(&data, message) == NATS_OK) {
		deliveries = (int64_t)data->NumDelivered;
		place->sequence = data->Sequence.Stream;
		place->time = data->Timestamp;
	}
	jsMsgMetaData_Destroy(data);
	return deliveries;
}

/*
 * A server that was killed has forgotten acknowledgements of its last moments, and those
 * that were under way when the connection was lost never came: it delivers these messages
 * again, though they are done.
 */
static void note_done(struct nats_session *session, natsMsg *message)
{
	struct nats_place place;
	if (place_of(message, &place) <= 0)
		return;
	size_t index = place.sequence % NATS_DONE_MAX;
	session->done[index] = place;
	/* its space was allocated; without it the message may be done twice */
	if (session->done_fd >= 0 && pwrite(session->done_fd, &place, sizeof place,
	                                    (off_t)(index * sizeof place)) < 0)
		error_errno("--remember");
}

static bool is_done(const struct nats_session *session, const struct nats_place *place)
{
	const struct nats_place *done = &session->done[place->sequence % NATS_DONE_MAX];
	return place->sequence != 0 && done->sequence == place->sequence &&
	       done->time == place->time;
}

bool nats_delivery(struct engine_session *engine_session, struct engine_message *message)
{
	struct nats_session *session = (struct nats_session *)engine_session;
	const char *text = NULL;
	struct value_error reason;
	struct nats_place place;
	while (session->delivery_begin < session->delivery_end) {
		natsMsg *from = session->deliveries[session->delivery_begin++];
		int64_t deliveries = place_of(from, &place);
		if (is_done(session, &place)) {
			send_verdict(session, from, "+ACK");
			natsMsg_Destroy(from);
			continue;
		}
		*message =
		    (struct engine_message){.bytes = natsMsg_GetData(from),
		                            .length = (size_t)natsMsg_GetDataLength(from),
		                            .priority = -1,
		                            .deliveries = deliveries,
		                            .handle = from};
		if (natsMsgHeader_Get(from, "Ipctool-Priority", &text) == NATS_OK)
			value_number(text, 0, INT64_MAX, &message->priority, &reason);
		session->unsettled++;
		return true;
	}
	return false;
}

void nats_settle_letter(struct nats_session *session, natsMsg *dead, bool is_stored)
{
	const int64_t delay = 1000 * millisecond;
	session->letters--;
	if (is_stored) {
		note_done(session, dead);
		send_verdict(session, dead, "+TERM");
	} else {
		send_failure(session, dead, delay);
	}
	natsMsg_Destroy(dead);
}

static void give_up(struct nats_session *session, natsMsg *message,
                    const struct engine_settlement *settlement)
{
	const int64_t delay = 1000 * millisecond;
	if (session->dead_subject == NULL) {
		note_done(session, message);
		send_verdict(session, message, "+TERM");
	} else if (nats_publish_letter(session, message, settlement->status)) {
		session->letters++;
		return;
	} else {
		send_failure(session, message, delay);
	}
	natsMsg_Destroy(message);
}

void nats_settle(struct engine_session *engine_session,
                 const struct engine_message *message,
                 const struct engine_settlement *settlement)
{
	struct nats_session *session = (struct nats_session *)engine_session;
	session->unsettled--;
	switch (settlement->verdict) {
	case ENGINE_DONE:
		note_done(session, message->handle);
		send_verdict(session, message->handle, "+ACK");
		break;
	case ENGINE_FAIL:
		send_failure(session, message->handle, settlement->delay);
		break;
	case ENGINE_GIVE_UP: give_up(session, message->handle, settlement); return;
	case ENGINE_RELEASE: send_failure(session, message->handle, 0); break;
	}
	natsMsg_Destroy(message->handle);
}

void nats_release_deliveries(struct nats_session *session)
{
	for (; session->delivery_begin < session->delivery_end;
	     session->delivery_begin++) {
		natsMsg *message = session->deliveries[session->delivery_begin];
		send_failure(session, message, 0);
		natsMsg_Destroy(message);
	}
}

void nats_keep(struct engine_session *engine_session,
               const struct engine_message *message)
{
	send_verdict((struct nats_session *)engine_session, message->handle, "+WPI");
}
