#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "stream/batch.h"

enum {
	MOST = 512,
};

bool batch_begin(struct batch *batch)
{
	*batch = (struct batch){.text = malloc(2 * PIPE_BUF),
	                        .messages = malloc((MOST + 1) * sizeof *batch->messages)};
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
	return batch->count < MOST && length <= PIPE_BUF - batch->length;
}

void batch_add(struct batch *batch, const char *text, size_t length,
               const struct batched *message)
{
	struct batched *added = &batch->messages[batch->count++];
	*added = *message;
	added->bytes =
	    memcpy(batch->bytes + batch->kept, message->bytes, message->length);
	memcpy(batch->text + batch->length, text, length);
	added->end = batch->length += length;
	batch->kept += message->length;
}

int batch_write(struct batch *batch, struct output *output, size_t *gone, size_t *partly)
{
	size_t written;
	if (output_try(output, batch->text, batch->length, &written) == 0) {
		batch->length = batch->kept = batch->count = 0;
		return 0;
	}
	for (*gone = 0; *gone < batch->count && batch->messages[*gone].end <= written;)
		++*gone;
	*partly = written - (*gone > 0 ? batch->messages[*gone - 1].end : 0);
	return -1;
}
