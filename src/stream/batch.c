/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "stream/batch.h"

enum {
	BATCH_MESSAGES_MAX = 512,
};

bool batch_begin(struct batch *batch)
{
	*batch = (struct batch){
	    .text = malloc(2 * PIPE_BUF),
	    .messages = malloc((BATCH_MESSAGES_MAX + 1) * sizeof *batch->messages)};
	if (batch->text == NULL || batch->messages == NULL) {
		batch_end(batch);
		return false;
	}
	batch->bytes = batch->text + PIPE_BUF;
	return true;
}

void batch_end(struct batch *batch)
{
	free(batch->text);
	free(batch->messages);
	batch->text = NULL;
	batch->messages = NULL;
}

bool batch_has_room(const struct batch *batch, size_t length)
{
	return batch->count < BATCH_MESSAGES_MAX && length <= PIPE_BUF - batch->length;
}

void batch_add(struct batch *batch, const char *text, size_t length,
               const struct batch_message *message)
{
	struct batch_message *added = &batch->messages[batch->count++];
	*added = *message;
	added->bytes =
	    memcpy(batch->bytes + batch->held_length, message->bytes, message->length);
	memcpy(batch->text + batch->length, text, length);
	added->end = batch->length += length;
	batch->held_length += message->length;
}

int batch_write(struct batch *batch, struct output *output, size_t *complete,
                size_t *partly)
{
	size_t written;
	if (output_try_write(output, batch->text, batch->length, &written) == 0) {
		batch->length = batch->held_length = batch->count = 0;
		return 0;
	}
	for (*complete = 0;
	     *complete < batch->count && batch->messages[*complete].end <= written;)
		++*complete;
	*partly = written - (*complete > 0 ? batch->messages[*complete - 1].end : 0);
	return -1;
}
