/* SPDX-License-Identifier: MIT */
/*
 * Received messages that are written together with one system call, each with its framing
 * (stream/frame.h). If that fails, those that were not written can be put back.
 */
#ifndef STREAM_BATCH_H
#define STREAM_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/output.h"

struct batch_message {
	size_t end; /* of its text in batch->text: it is written if these bytes are */
	const char *bytes; /* without the framing */
	size_t length;
	int64_t priority;
};

struct batch {
	char *text;  /* the messages with their framing */
	char *bytes; /* the messages without it, to be put back */
	size_t length, held_length;
	struct batch_message *messages; /* one element more than can be added */
	size_t count;
};

/* False: out of memory. On success batch_end() must be called. */
bool batch_begin(struct batch *batch);
void batch_end(struct batch *batch);

/*
 * Is there room for a text of this length? A batch has at most PIPE_BUF bytes, which can
 * be written to a pipe without blocking if poll(2) reports it writable: see pipe(7).
 */
bool batch_has_room(const struct batch *batch, size_t length);

/*
 * Add a message and its text, as frame_encode() returns it, which is not shorter. There
 * must be room for it.
 */
void batch_add(struct batch *batch, const char *text, size_t length,
               const struct batch_message *message);

/*
 * Write all messages: 0, and the batch is empty. -1 with errno as output_try_write():
 * *complete messages were written, and *partly bytes of the next one.
 */
int batch_write(struct batch *batch, struct output *output, size_t *complete,
                size_t *partly);

#endif
