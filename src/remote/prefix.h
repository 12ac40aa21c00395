/* SPDX-License-Identifier: MIT */
/*
 * The id and the priority that may stand before a message of standard input: ID<tab>, as
 * mqrecv --id writes it, and PRIO<tab> after it.
 */
#ifndef REMOTE_PREFIX_H
#define REMOTE_PREFIX_H

#include <stdbool.h>
#include <stddef.h>

#include "remote/engine.h"

struct remote_prefix {
	bool with_id, with_priority; /* the ones that each message has */
};

/*
 * Of the `length` bytes set the message's id (NULL if it has none, otherwise `id`, to
 * which it is copied), its priority (-1: none), and its bytes: the rest of `bytes`, not a
 * copy. An id has 1 to ENGINE_ID_MAX bytes from '!' to '~'. NULL, or the reason for a
 * refusal, to follow "message 5 ".
 */
const char *remote_prefix_split(const struct remote_prefix *prefix,
                                struct engine_message *message,
                                char id[ENGINE_ID_MAX + 1], const char *bytes,
                                size_t length);

#endif
