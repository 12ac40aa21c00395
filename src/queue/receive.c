/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/output.h"
#include "io/progress.h"
#include "io/report.h"
#include "io/shell_variable.h"
#include "queue/receive.h"
#include "stream/batch.h"

struct queue_receiver {
	const struct queue_receive_options *options;
	struct queue *queue;
	struct frame_writer writer; /* holds the bytes of the current message */
	struct output output;
	size_t length; /* of the current message */
	int64_t priority;
	int64_t received; /* and written */
	struct progress progress;
	bool uses_batch; /* messages that are there are received and written together */
	struct batch batch;
};

/* ---------------------------------------------------------------- put back */

/* Messages that were received and not written. */
struct queue_unwritten {
	const struct batch_message *messages;
	size_t count;
	size_t part; /* bytes of the first message that were written */
};

/*
 * Put them back in their order: how many; *why the others could not be. Waits for a
 * second if the queue is full, because another receiver may make room.
 */
static size_t receiver_put_back(const struct queue_receiver *receiver,
                                const struct queue_unwritten *unwritten, const char **why)
{
	struct deadline deadline = deadline_in(1000000000);
	*why = "no permission to send it back";
	if (!receiver->queue->may_send)
		return 0;
	for (size_t i = 0; i < unwritten->count; i++) {
		const struct batch_message *message = &unwritten->messages[i];
		if (queue_send(receiver->queue, message->bytes, message->length,
		               message->priority, &deadline) == 0)
			continue;
		*why = errno == ETIMEDOUT || errno == EINTR ? "the queue is full"
		                                            : error_text(errno);
		return i;
	}
	return unwritten->count;
}

/* "the message of 3 bytes, priority 1, was put back", or how many were. */
static void unwritten_describe(const struct queue_unwritten *unwritten, size_t back,
                               const char *why, char *text, size_t size)
{
	const struct batch_message *message = unwritten->messages;
	size_t count = unwritten->count;
	if (count > 1 && back == count)
		snprintf(text, size, "%zu messages were put back", back);
	else if (count > 1)
		snprintf(text, size, "%zu messages were put back, %zu are lost: %s", back,
		         count - back, why);
	else
		snprintf(text, size, "the message of %zu bytes, priority %lld, %s%s",
		         message->length, (long long)message->priority,
		         back == 1 ? "was put back" : "is lost: ", back == 1 ? "" : why);
}

/* Writing to standard output failed with errno. A copy was not removed from the queue. */
static enum status receiver_write_failed(const struct queue_receiver *receiver,
                                         const struct queue_unwritten *unwritten)
{
	struct output_failure failure = output_failure();
	const char *why;
	char part[64] = "", fate[192];
	if (unwritten->part > 0)
		snprintf(part, sizeof part, " after a part of it (%zu bytes)",
		         unwritten->part);
	if (receiver->queue->choice.kind == QUEUE_CHOOSE_COPY)
		return failure.status == STATUS_FAILED
		           ? error_as(failure.status, "%s: %s%s", failure.name,
		                      failure.reason, part)
		           : failure.status;
	size_t back = receiver_put_back(receiver, unwritten, &why);
	unwritten_describe(unwritten, back, why, fate, sizeof fate);
	if (back < unwritten->count || failure.status == STATUS_FAILED)
		error_as(failure.status, "%s: %s%s; %s", failure.name, failure.reason,
		         part, fate);
	return failure.status;
}

/* ------------------------------------------------------------------- write */

static struct batch_message receiver_message(const struct queue_receiver *receiver)
{
	return (struct batch_message){.bytes = receiver->writer.message,
	                              .length = receiver->length,
	                              .priority = receiver->priority};
}

/* Returns as output_try_write(). */
static int receiver_try_write(struct queue_receiver *receiver, size_t *written)
{
	*written = 0;
	return receiver->options->into != NULL
	           ? shell_variable_add(shell_variable_current(),
	                                receiver->writer.message, receiver->length,
	                                receiver->priority)
	           : frame_write(&receiver->writer, &receiver->output, receiver->length,
	                         receiver->priority, written);
}

/* Write the current message. */
static enum status receiver_write(struct queue_receiver *receiver)
{
	size_t written;
	if (receiver_try_write(receiver, &written) < 0) {
		struct batch_message message = receiver_message(receiver);
		struct queue_unwritten unwritten = {
		    .messages = &message, .count = 1, .part = written};
		return receiver_write_failed(receiver, &unwritten);
	}
	receiver->received++;
	if (receiver->queue->choice.kind == QUEUE_CHOOSE_COPY)
		receiver->queue->choice.number++;
	if (receiver->options->verbose)
		report_info("Read %zu bytes; priority = %lld", receiver->length,
		            (long long)receiver->priority);
	return STATUS_OK;
}

/*
 * Write the messages of the batch. `more` is 1 if the current message was received after
 * them, otherwise 0: it is put back after them if they cannot be written.
 */
static enum status receiver_write_batch(struct queue_receiver *receiver, size_t more)
{
	struct batch *batch = &receiver->batch;
	size_t count = batch->count, complete, part;
	if (count == 0)
		return STATUS_OK;
	if (batch_write(batch, &receiver->output, &complete, &part) < 0) {
		/* the array has room for one message more than a batch holds */
		batch->messages[count] = receiver_message(receiver);
		struct queue_unwritten unwritten = {.messages =
		                                        batch->messages + complete,
		                                    .count = count + more - complete,
		                                    .part = part};
		receiver->received += (int64_t)complete;
		batch->count = 0;
		return receiver_write_failed(receiver, &unwritten);
	}
	receiver->received += (int64_t)count;
	return STATUS_OK;
}

/*
 * Add the current message to the batch. Several messages are held only while the output
 * takes them all without waiting: after a wait for a reader that does not read they might
 * have to be put back on a queue that other processes have filled in the meantime.
 */
static enum status receiver_add_to_batch(struct queue_receiver *receiver)
{
	struct batch_message message = receiver_message(receiver);
	struct batch *batch = &receiver->batch;
	size_t length = receiver->length;
	const char *text = frame_encode(&receiver->writer, &length, receiver->priority);
	if (!batch_has_room(batch, length)) {
		enum status status = receiver_write_batch(receiver, 1);
		if (status != STATUS_OK)
			return status;
	}
	if (batch->count == 0 &&
	    (!batch_has_room(batch, length) || !output_is_writable(&receiver->output)))
		return receiver_write(receiver);
	batch_add(batch, text, length, &message);
	return STATUS_OK;
}

/* ----------------------------------------------------------------- receive */

/* How long to wait for the next message: see struct queue_receive_options. */
static struct deadline receiver_next_deadline(const struct queue_receiver *receiver,
                                              const struct deadline *whole)
{
	const struct queue_receive_options *options = receiver->options;
	if (receiver->batch.count > 0)
		return DEADLINE_NOW;
	if (options->follow)
		return deadline_start(options->timeout);
	if (options->all &&
	    (receiver->received > 0 || options->timeout.kind == TIMEOUT_NONE))
		return DEADLINE_NOW;
	return *whole;
}

/* No message came, with errno. */
static enum status receiver_no_message(const struct queue_receiver *receiver)
{
	struct error_prefix prefix;
	if (receiver->options->all && receiver->received > 0 && errno == EAGAIN)
		return STATUS_OK;
	return queue_error(
	    receiver->queue, QUEUE_RECEIVING,
	    error_after(&prefix, (uint64_t)receiver->received, "received"));
}

/* Receive one message, or write the batch if none is there. */
static enum status receiver_next(struct queue_receiver *receiver,
                                 const struct deadline *whole)
{
	bool holds_batch = receiver->batch.count > 0;
	struct deadline deadline = receiver_next_deadline(receiver, whole);
	ssize_t length =
	    queue_receive(receiver->queue, receiver->writer.message, &receiver->priority,
	                  &deadline, receiver->output.reader);
	receiver->length = length < 0 ? 0 : (size_t)length;
	if (length >= 0)
		return receiver->uses_batch ? receiver_add_to_batch(receiver)
		                            : receiver_write(receiver);
	if (!holds_batch)
		return receiver_no_message(receiver);
	int error = errno;
	enum status status = receiver_write_batch(receiver, 0);
	errno = error;
	return status != STATUS_OK || error == EAGAIN ? status
	                                              : receiver_no_message(receiver);
}

static enum status receiver_loop(struct queue_receiver *receiver)
{
	const struct queue_receive_options *options = receiver->options;
	bool endless = options->all || options->follow;
	struct deadline whole = deadline_start(options->timeout);
	enum status status = output_begin(&receiver->output);
	bool ended = false;
	while (status == STATUS_OK && !ended &&
	       (endless ||
	        receiver->received + (int64_t)receiver->batch.count < options->count)) {
		int64_t before = receiver->received + (int64_t)receiver->batch.count;
		bool holds_batch = receiver->batch.count > 0;
		status = receiver_next(receiver, &whole);
		progress_set(&receiver->progress, receiver->received);
		/* with `all` the queue is empty */
		ended = !holds_batch &&
		        receiver->received + (int64_t)receiver->batch.count == before;
	}
	return status == STATUS_OK ? receiver_write_batch(receiver, 0) : status;
}

/* ----------------------------------------------------------- begin and end */

/*
 * A single message is not worth the memory. A copy is not held, a message that is
 * reported is written before its report, and a variable needs no system call.
 */
static bool receiver_needs_batch(const struct queue_receiver *receiver)
{
	const struct queue_receive_options *options = receiver->options;
	return (options->count > 1 || options->all || options->follow) &&
	       !options->verbose && options->into == NULL &&
	       receiver->queue->choice.kind != QUEUE_CHOOSE_COPY;
}

static bool receiver_begin(struct queue_receiver *receiver)
{
	const struct queue *queue = receiver->queue;
	receiver->uses_batch = receiver_needs_batch(receiver);
	if (!frame_writer_begin(&receiver->writer, receiver->options->framing,
	                        receiver->options->with_priority, queue->name->text,
	                        (size_t)queue->size))
		return false;
	if (!receiver->uses_batch || batch_begin(&receiver->batch))
		return true;
	frame_writer_end(&receiver->writer);
	return false;
}

static void receiver_end(struct queue_receiver *receiver)
{
	if (receiver->uses_batch)
		batch_end(&receiver->batch);
	frame_writer_end(&receiver->writer);
}

static enum status receiver_run(struct queue_receiver *receiver)
{
	const struct queue_receive_options *options = receiver->options;
	bool endless = options->all || options->follow;
	if (!receiver_begin(receiver))
		return error_errno("%s: a buffer for messages of %lld bytes",
		                   receiver->queue->name->text,
		                   (long long)receiver->queue->size);
	progress_begin(&receiver->progress, options->progress, PROGRESS_MESSAGES,
	               endless ? PROGRESS_END_UNKNOWN : options->count);
	enum status status = receiver_loop(receiver);
	progress_set(&receiver->progress, receiver->received);
	progress_end(&receiver->progress);
	receiver_end(receiver);
	return status;
}

enum status queue_receive_messages(struct queue *queue,
                                   const struct queue_receive_options *options)
{
	struct queue_receiver receiver = {.options = options, .queue = queue};
	struct termsig termsig;
	termsig_block(&termsig);
	enum status status = receiver_run(&receiver);
	return shell_variable_status(status, termsig_end(&termsig, status));
}
