/* SPDX-License-Identifier: MIT */
/*
 * The entries of a stream: as commands write them, and those that were delivered.
 */
#ifndef REMOTE_REDIS_DELIVERY_H
#define REMOTE_REDIS_DELIVERY_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

#include "remote/engine.h"
#include "remote/redis_link.h"

enum { REDIS_ENTRY_MAX = 47 }; /* bytes of the ID of an entry: two numbers and a dash */

struct redis_delivery {
	struct redis_delivery *previous, *next;
	struct engine_message message; /* its bytes follow this struct */
	struct engine_settlement settlement;
	bool is_dead;    /* its dead letter is stored */
	bool is_message; /* the entry has the field of a message */
	char entry[REDIS_ENTRY_MAX + 1];
};

/* A list; a delivery is in one at most. */
struct redis_deliveries {
	struct redis_delivery *first, *last;
	size_t count;
};

void redis_deliveries_add(struct redis_deliveries *list, struct redis_delivery *delivery);
void redis_deliveries_remove(struct redis_deliveries *list,
                             struct redis_delivery *delivery);
struct redis_delivery *redis_deliveries_find(const struct redis_deliveries *list,
                                             const char *entry);
void redis_deliveries_free(struct redis_deliveries *list);

/*
 * From an element of the reply to XREADGROUP or XCLAIM, to be freed by free(3). NULL with
 * errno: EINVAL, it is not an entry; ENOENT, it was deleted; ENOMEM.
 */
struct redis_delivery *redis_delivery_read(const redisReply *entry);

/* Add the fields and values of a message to a command. */
void redis_delivery_fields(struct redis_command *command,
                           const struct engine_message *message);

#endif
