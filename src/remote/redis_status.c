/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "io/error.h"
#include "io/record.h"
#include "remote/redis_link.h"
#include "remote/redis_status.h"

#define GROUP_COLUMNS                                                                    \
	{"stream", -20}, {"group", -15}, {"messages", 9}, {"lag", 9}, {"pending", 9},    \
	{                                                                                \
		"consumers", 9                                                           \
	}
static const struct record_column columns[] = {GROUP_COLUMNS, {0}};
static const struct record_column json_columns[] = {
    GROUP_COLUMNS, {"consumer_list", 0}, {0}};
static const struct record_column consumer_columns[] = {
    {"name", 0}, {"pending", 0}, {"idle", 0}, {0}};

struct redis_status {
	struct redis_link link;
	struct deadline deadline;
	bool json, heading_shown;
};

/* ------------------------------------------------------------------- asking */

/* Send a command and wait for its reply: *reply is the caller's. */
static enum status ask(struct redis_status *status, struct redis_command *command,
                       redisReply **reply)
{
	struct redis_link *link = &status->link;
	struct redis_expected expected;
	enum status result = redis_link_await(link, &status->deadline);
	if (result == STATUS_OK &&
	    !redis_link_send(link, command, (struct redis_expected){0}))
		return STATUS_FAILED;
	while (result == STATUS_OK) {
		*reply = redis_link_reply(link, &expected);
		if (*reply != NULL)
			break;
		if (!link->is_ready)
			return STATUS_FAILED;
		if (redis_link_poll(link, &status->deadline) < 0)
			return error_errno("%s", link->server->shown);
		result = redis_link_step(link);
	}
	return result;
}

static enum status ask_words(struct redis_status *status, redisReply **reply,
                             const char *const *words)
{
	struct redis_command command = {.count = 0};
	redis_command_texts(&command, words);
	return ask(status, &command, reply);
}

/* A reply of names and values: the value of this name, NULL if it is missing. */
static const redisReply *reply_value(const redisReply *reply, const char *name)
{
	for (size_t i = 0; i + 1 < reply->elements; i += 2)
		if (reply->element[i]->type == REDIS_REPLY_STRING &&
		    strcmp(reply->element[i]->str, name) == 0)
			return reply->element[i + 1];
	return NULL;
}

static void record_reply_number(struct record *record, const redisReply *value)
{
	if (value != NULL && value->type == REDIS_REPLY_INTEGER)
		record_number(record, value->integer);
	else
		record_none(record);
}

static void record_reply_text(struct record *record, const redisReply *value)
{
	record_text(record, value != NULL && value->type == REDIS_REPLY_STRING
	                        ? value->str
	                        : NULL);
}

/* ------------------------------------------------------------------ printing */

static void record_consumers(struct record *record, const redisReply *consumers)
{
	record_begin_list(record);
	for (size_t i = 0; i < consumers->elements; i++) {
		const redisReply *consumer = consumers->element[i];
		const redisReply *idle = reply_value(consumer, "idle");
		record_begin_object(record, consumer_columns);
		record_reply_text(record, reply_value(consumer, "name"));
		record_reply_number(record, reply_value(consumer, "pending"));
		if (idle != NULL && idle->type == REDIS_REPLY_INTEGER)
			record_seconds(record, idle->integer * 1000000);
		else
			record_none(record);
		record_end_object(record);
	}
	record_end_list(record);
}

static enum status print_group(struct redis_status *status, const char *stream,
                               const redisReply *length, const redisReply *group)
{
	const redisReply *name = reply_value(group, "name");
	redisReply *consumers = NULL;
	struct record record;
	if (name == NULL || name->type != REDIS_REPLY_STRING)
		return error_as(STATUS_FAILED, "%s: a group without a name", stream);
	if (status->json) {
		enum status result = ask_words(
		    status, &consumers,
		    (const char *[]){"XINFO", "CONSUMERS", stream, name->str, NULL});
		if (result != STATUS_OK)
			return result;
	}
	record_begin(&record, status->json ? json_columns : columns, status->json);
	record_text(&record, stream);
	record_text(&record, name->str);
	record_reply_number(&record, length);
	record_reply_number(&record, reply_value(group, "lag"));
	record_reply_number(&record, reply_value(group, "pending"));
	record_reply_number(&record, reply_value(group, "consumers"));
	if (consumers != NULL)
		record_consumers(&record, consumers);
	freeReplyObject(consumers);
	return record_end(&record);
}

static enum status report_no_stream(const struct redis_status *status, const char *stream,
                                    const redisReply *reply)
{
	return redis_reply_is(reply, "ERR no such key")
	           ? error_as(STATUS_NOT_FOUND, "%s: no such stream", stream)
	           : redis_reply_error(status->link.server, stream, reply);
}

static enum status print_groups(struct redis_status *status, const char *stream,
                                const redisReply *length)
{
	redisReply *groups = NULL;
	enum status result =
	    ask_words(status, &groups, (const char *[]){"XINFO", "GROUPS", stream, NULL});
	if (result != STATUS_OK)
		return result;
	if (groups->type == REDIS_REPLY_ERROR)
		result = report_no_stream(status, stream, groups);
	else if (groups->elements > 0)
		result = record_heading(columns, status->json, &status->heading_shown);
	for (size_t i = 0; groups->type == REDIS_REPLY_ARRAY && i < groups->elements &&
	                   result == STATUS_OK;
	     i++)
		result = print_group(status, stream, length, groups->element[i]);
	freeReplyObject(groups);
	return result;
}

static enum status print_stream(struct redis_status *status, const char *stream)
{
	redisReply *length = NULL;
	enum status result =
	    ask_words(status, &length, (const char *[]){"XLEN", stream, NULL});
	if (result != STATUS_OK)
		return result;
	result = length->type == REDIS_REPLY_ERROR
	             ? report_no_stream(status, stream, length)
	             : print_groups(status, stream, length);
	freeReplyObject(length);
	return result;
}

/* SCAN may return a key twice while keys are added; that is shown twice. */
static enum status print_all_streams(struct redis_status *status)
{
	char cursor[32] = "0";
	enum status result = STATUS_OK;
	do {
		redisReply *reply = NULL;
		enum status asked =
		    ask_words(status, &reply,
		              (const char *[]){"SCAN", cursor, "TYPE", "stream", "COUNT",
		                               "1000", NULL});
		if (asked != STATUS_OK)
			return asked;
		if (reply->type == REDIS_REPLY_ERROR || reply->elements != 2 ||
		    reply->element[0]->len >= sizeof cursor) {
			asked = redis_reply_error(status->link.server, NULL, reply);
			freeReplyObject(reply);
			return asked;
		}
		strcpy(cursor, reply->element[0]->str);
		for (size_t i = 0; i < reply->element[1]->elements; i++)
			result = status_first_failure(
			    result,
			    print_stream(status, reply->element[1]->element[i]->str));
		freeReplyObject(reply);
	} while (strcmp(cursor, "0") != 0);
	return result;
}

enum status redis_status_print(const struct redis_server *server, char *const *streams,
                               bool json, struct timeout timeout)
{
	struct redis_status status = {.json = json, .deadline = deadline_start(timeout)};
	enum status result = STATUS_OK;
	redis_link_begin(&status.link, server);
	if (*streams == NULL)
		result = print_all_streams(&status);
	for (; *streams != NULL; streams++)
		result = status_first_failure(result, print_stream(&status, *streams));
	redis_link_end(&status.link);
	return result;
}
