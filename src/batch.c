#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"

enum {
	AROUND = 64, /* what a frame puts around a message, at most */
	MOST = 512,
};

bool batch_begin(struct batch *batch)
{
	*batch = (struct batch){.text = malloc(PIPE_BUF),
	                        .messages = malloc((MOST + 1) * sizeof *batch->messages)};
	if (batch->text != NULL && batch->messages != NULL)
		return true;
	batch_end(batch);
	return false;
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
	return batch->count < MOST && length < PIPE_BUF &&
	       batch->length + length + AROUND <= PIPE_BUF;
}

void batch_add(struct batch *batch, const struct frame_writer *writer, size_t length,
               int64_t priority)
{
	size_t size = length;
	const char *begin = frame_wrap(writer, &size, priority);
	const char *bytes = batch->text + batch->length + (writer->message - begin);
	memcpy(batch->text + batch->length, begin, size);
	batch->length += size;
	batch->messages[batch->count++] = (struct batched){
	    .end = batch->length, .bytes = bytes, .length = length, .priority = priority};
}

int batch_write(struct batch *batch, struct output *output, size_t *gone, size_t *partly)
{
	size_t written;
	if (output_try(output, batch->text, batch->length, &written) == 0) {
		batch->length = batch->count = 0;
		return 0;
	}
	for (*gone = 0; *gone < batch->count && batch->messages[*gone].end <= written;)
		++*gone;
	*partly = written - (*gone > 0 ? batch->messages[*gone - 1].end : 0);
	return -1;
}
