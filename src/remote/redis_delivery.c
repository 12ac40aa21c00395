/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "remote/redis_delivery.h"

static const char field_message[] = "message", field_priority[] = "priority",
                  field_id[] = "id";

void redis_deliveries_add(struct redis_deliveries *list, struct redis_delivery *delivery)
{
	delivery->previous = list->last;
	delivery->next = NULL;
	*(list->last != NULL ? &list->last->next : &list->first) = delivery;
	list->last = delivery;
	list->count++;
}

void redis_deliveries_remove(struct redis_deliveries *list,
                             struct redis_delivery *delivery)
{
	*(delivery->previous != NULL ? &delivery->previous->next : &list->first) =
	    delivery->next;
	*(delivery->next != NULL ? &delivery->next->previous : &list->last) =
	    delivery->previous;
	list->count--;
}

struct redis_delivery *redis_deliveries_find(const struct redis_deliveries *list,
                                             const char *entry)
{
	struct redis_delivery *each = list->first;
	while (each != NULL && strcmp(each->entry, entry) != 0)
		each = each->next;
	return each;
}

void redis_deliveries_free(struct redis_deliveries *list)
{
	struct redis_delivery *next;
	for (struct redis_delivery *each = list->first; each != NULL; each = next) {
		next = each->next;
		free(each);
	}
	*list = (struct redis_deliveries){.first = NULL};
}

/* ------------------------------------------------------------------- reading */

/* The value of a field; NULL if it is missing. */
static const redisReply *find_field(const redisReply *fields, const char *name)
{
	size_t length = strlen(name);
	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		const redisReply *field = fields->element[i],
		                 *value = fields->element[i + 1];
		if (field->type == REDIS_REPLY_STRING && field->len == length &&
		    memcmp(field->str, name, length) == 0 &&
		    value->type == REDIS_REPLY_STRING)
			return value;
	}
	return NULL;
}

/* Of another producer it may be anything: then the message has none. */
static int64_t read_priority(const redisReply *fields)
{
	const redisReply *value = find_field(fields, field_priority);
	struct value_error reason;
	int64_t priority;
	if (value == NULL || strlen(value->str) != value->len ||
	    value_number(value->str, 0, INT64_MAX, &priority, &reason) != NULL)
		return -1;
	return priority;
}

static bool is_entry_id(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING && reply->len > 0 &&
	       reply->len <= REDIS_ENTRY_MAX &&
	       strspn(reply->str, "0123456789-") == reply->len;
}

static struct redis_delivery *no_delivery(int error)
{
	errno = error;
	return NULL;
}

struct redis_delivery *redis_delivery_read(const redisReply *entry)
{
	if (entry->type == REDIS_REPLY_NIL)
		return no_delivery(ENOENT);
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
	    !is_entry_id(entry->element[0]))
		return no_delivery(EINVAL);
	const redisReply *fields = entry->element[1];
	if (fields->type == REDIS_REPLY_NIL)
		return no_delivery(ENOENT);
	if (fields->type != REDIS_REPLY_ARRAY)
		return no_delivery(EINVAL);
	const redisReply *message = find_field(fields, field_message),
	                 *id = find_field(fields, field_id);
	size_t length = message != NULL ? message->len : 0,
	       id_length = id != NULL && id->len <= ENGINE_ID_MAX ? id->len : 0;
	struct redis_delivery *delivery =
	    malloc(sizeof *delivery + length + id_length + 1);
	if (delivery == NULL)
		return no_delivery(ENOMEM);
	char *bytes = (char *)(delivery + 1), *id_text = bytes + length;
	*delivery = (struct redis_delivery){
	    .message = {.bytes = bytes,
	                .length = length,
	                .priority = read_priority(fields),
	                .id = id_length > 0 ? id_text : NULL,
	                .deliveries = 1,
	                .handle = delivery},
	    .is_message = message != NULL,
	};
	if (length > 0)
		memcpy(bytes, message->str, length);
	if (id_length > 0)
		memcpy(id_text, id->str, id_length);
	id_text[id_length] = '\0';
	memcpy(delivery->entry, entry->element[0]->str, entry->element[0]->len);
	return delivery;
}

/* ------------------------------------------------------------------- writing */

void redis_delivery_fields(struct redis_command *command,
                           const struct engine_message *message)
{
	redis_command_text(command, field_message);
	redis_command_bytes(command, message->bytes, message->length);
	if (message->priority >= 0) {
		redis_command_text(command, field_priority);
		redis_command_number(command, message->priority);
	}
	if (message->id != NULL) {
		redis_command_text(command, field_id);
		redis_command_text(command, message->id);
	}
}
