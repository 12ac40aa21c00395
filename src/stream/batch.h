/*
 * Messages that were taken and are to be written together, each as stream/frame.h writes
 * it: in one block, so that a stream costs a system call for many messages, while each of
 * them can still be told from the others and be put back.
 */
#ifndef STREAM_BATCH_H
#define STREAM_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/output.h"
#include "stream/frame.h"

/* One of them. */
struct batch_message {
	size_t end; /* of its text in the block: so many bytes written, it has gone */
	const char *bytes; /* its own */
	size_t length;
	int64_t priority;
};

struct batch {
	char *text;  /* what is written */
	char *bytes; /* what would be put back */
	size_t length, held_length;
	struct batch_message *messages; /* with room for one more than can be added */
	size_t count;
};

/* False: no memory, and nothing is to be given back. */
bool batch_begin(struct batch *batch);
void batch_end(struct batch *batch);

/*
 * Is there room for one more text of this length? The whole is never more than PIPE_BUF
 * bytes, which a pipe that poll(2) calls writable takes without waiting: pipe(7).
 */
bool batch_has_room(const struct batch *batch, size_t length);

/* Add a message, and the text of it (frame_encode()), which is no shorter; there must be
 * room. */
void batch_add(struct batch *batch, const char *text, size_t length,
               const struct batch_message *message);

/*
 * Write them all: 0, and the batch is empty. -1 with errno as output_try_write(): *gone
 * of them were written whole, and *partly bytes of the next one.
 */
int batch_write(struct batch *batch, struct output *output, size_t *complete,
                size_t *partly);

#endif
