#include <errno.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/report.h"
#include "queue/send.h"
#include "stream/sender.h"

/* The target of a struct sender. */
struct queue_sender {
	struct sender sender;
	struct queue *queue;
	bool verbose;
};

static int queue_send_waiting(const struct queue *queue, const struct frame *frame,
                              const struct deadline *deadline)
{
	struct termsig termsig;
	termsig_begin(&termsig);
	int result =
	    queue_send(queue, frame->bytes, frame->length, frame->priority, deadline);
	int error = errno;
	termsig_end(&termsig, STATUS_OK);
	errno = error;
	return result;
}

/* termsig_begin() costs more than sending: it is called only for a message that waits. */
static int queue_send_guarded(const struct queue *queue, const struct frame *frame,
                              const struct deadline *deadline)
{
	bool guarded = termsig_is_active();
	int result = queue_send(queue, frame->bytes, frame->length, frame->priority,
	                        guarded ? deadline : &DEADLINE_NOW);
	if (result == 0 || guarded || errno != EAGAIN ||
	    deadline->timeout.kind == TIMEOUT_ZERO)
		return result;
	return queue_send_waiting(queue, frame, deadline);
}

static enum status queue_sender_report_too_long(const void *target,
                                                const struct frame *frame)
{
	const struct queue_sender *queue_sender = target;
	struct error_prefix prefix;
	const char *limit = queue_sender->queue->size_limit;
	return error_as(STATUS_FAILED, "%s: %smessage of %s%zu bytes exceeds %s (%lld)",
	                queue_sender->sender.name,
	                sender_sent_prefix(&prefix, &queue_sender->sender),
	                frame->truncated ? "at least " : "", frame->length,
	                limit != NULL ? limit : "the message size of the queue",
	                (long long)queue_sender->queue->size);
}

/* EMSGSIZE, and the message size of the queue was not read before. */
static enum status queue_sender_report_size(struct queue_sender *queue_sender,
                                            const struct frame *frame)
{
	enum status status = queue_get_attributes(queue_sender->queue);
	return status == STATUS_OK ? queue_sender_report_too_long(queue_sender, frame)
	                           : status;
}

static enum status queue_sender_send(void *target, const struct frame *frame,
                                     const struct deadline *deadline)
{
	struct queue_sender *queue_sender = target;
	struct error_prefix prefix;
	int result = queue_send_guarded(queue_sender->queue, frame, deadline);
	if (result < 0 && errno == EMSGSIZE && queue_sender->queue->size == 0)
		return queue_sender_report_size(queue_sender, frame);
	if (result < 0)
		return queue_error(queue_sender->queue, QUEUE_SENDING,
		                   sender_sent_prefix(&prefix, &queue_sender->sender));
	if (queue_sender->verbose)
		report_info("Sent %zu bytes; priority = %lld", frame->length,
		            (long long)frame->priority);
	return STATUS_OK;
}

static enum status queue_sender_send_all(struct queue_sender *queue_sender,
                                         enum framing framing, char **messages)
{
	enum status status = STATUS_OK;
	/* none of several messages is sent if one is too long */
	if (messages[0] == NULL || messages[1] != NULL)
		status = queue_get_attributes(queue_sender->queue);
	if (status != STATUS_OK)
		return status;
	queue_sender->sender.longest = (size_t)queue_sender->queue->size;
	return messages[0] != NULL ? sender_send_operands(&queue_sender->sender, messages)
	                           : sender_send_input(&queue_sender->sender, framing);
}

enum status queue_send_messages(struct queue *queue,
                                const struct queue_send_options *options, char **messages)
{
	const struct frame_priorities *priorities = queue_priorities(queue->name);
	struct queue_sender queue_sender = {
	    .sender = {.name = queue->name->text,
	               .timeout = options->timeout,
	               .priorities = options->with_priority ? priorities : NULL,
	               .priority = options->priority,
	               .period = options->period,
	               .when = options->progress,
	               .target = &queue_sender,
	               .send = queue_sender_send,
	               .report_too_long = queue_sender_report_too_long},
	    .queue = queue,
	    .verbose = options->verbose,
	};
	return queue_sender_send_all(&queue_sender, options->framing, messages);
}
