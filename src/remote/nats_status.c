/* SPDX-License-Identifier: MIT */
#include "io/error.h"
#include "io/record.h"
#include "remote/nats.h"

static const struct record_column columns[] = {
    {"stream", -16},    {"consumer", -16},   {"messages", 9}, {"bytes", 11}, {"lag", 9},
    {"unanswered", 10}, {"redelivered", 11}, {"requests", 8}, {NULL, 0}};

/* The members that a stream has, and a consumer has not; and the other way round. */
static enum status print_row(bool json, bool *shown, const char *stream,
                             const jsStreamState *state, const jsConsumerInfo *consumer)
{
	struct record record;
	enum status status = record_heading(columns, json, shown);
	if (status != STATUS_OK)
		return status;
	record_begin(&record, columns, json);
	record_text(&record, stream);
	record_text(&record, consumer != NULL ? consumer->Name : NULL);
	record_count(&record, state != NULL ? (int64_t)state->Msgs : -1);
	record_count(&record, state != NULL ? (int64_t)state->Bytes : -1);
	record_count(&record, consumer != NULL ? (int64_t)consumer->NumPending : -1);
	record_count(&record, consumer != NULL ? consumer->NumAckPending : -1);
	record_count(&record, consumer != NULL ? consumer->NumRedelivered : -1);
	record_count(&record, consumer != NULL ? consumer->NumWaiting : -1);
	return record_end(&record);
}

static enum status print_stream(struct nats_session *session, const char *stream,
                                bool json, bool *shown)
{
	jsStreamInfo *info = NULL;
	jsConsumerInfoList *consumers = NULL;
	natsStatus done = js_GetStreamInfo(&info, session->js, stream, NULL, NULL);
	if (done == NATS_NOT_FOUND)
		return error_as(STATUS_NOT_FOUND, "%s: %s: no such stream",
		                session->shown, stream);
	if (done != NATS_OK)
		return nats_report(session, done, stream);
	done = js_Consumers(&consumers, session->js, stream, NULL, NULL);
	enum status status = done == NATS_OK || done == NATS_NOT_FOUND
	                         ? print_row(json, shown, stream, &info->State, NULL)
	                         : nats_report(session, done, stream);
	for (int i = 0; consumers != NULL && i < consumers->Count && status == STATUS_OK;
	     i++)
		status = print_row(json, shown, stream, NULL, consumers->List[i]);
	jsConsumerInfoList_Destroy(consumers);
	jsStreamInfo_Destroy(info);
	return status;
}

enum status nats_print_status(struct nats_session *session, const char *stream, bool json)
{
	bool shown = false;
	jsStreamNamesList *names = NULL;
	if (stream != NULL)
		return print_stream(session, stream, json, &shown);
	natsStatus done = js_StreamNames(&names, session->js, NULL, NULL);
	if (done != NATS_OK && done != NATS_NOT_FOUND)
		return nats_report(session, done, "streams");
	enum status status = STATUS_OK;
	for (int i = 0; names != NULL && i < names->Count && status == STATUS_OK; i++)
		status = print_stream(session, names->List[i], json, &shown);
	jsStreamNamesList_Destroy(names);
	return status;
}
