/* SPDX-License-Identifier: MIT */
/*
 * The groups of streams: what they have not read yet, what is pending, who reads.
 */
#ifndef REMOTE_REDIS_STATUS_H
#define REMOTE_REDIS_STATUS_H

#include <stdbool.h>

#include "base/status.h"
#include "base/timeout.h"

struct redis_server;

/*
 * A line for each group of the streams, which are all of the database if there is no
 * operand; as JSON with the consumers too. Failures are reported, also that the server
 * cannot be reached: STATUS_FAILED; a stream that does not exist: STATUS_NOT_FOUND.
 */
enum status redis_status_print(const struct redis_server *server, char *const *streams,
                               bool json, struct timeout timeout);

#endif
