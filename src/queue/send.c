/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/limit.h"
#include "io/report.h"
#include "queue/send.h"
#include "stream/sender.h"

/* The target of a struct sender. */
struct queue_sender {
	struct sender sender;
	struct queue *queues;
	int count;
	const struct queue *smallest; /* with the shortest limit of a message */
	bool verbose;
};

static int64_t queue_send_priority(const struct queue *queue, const struct frame *frame)
{
	return frame->priority != QUEUE_SEND_DEFAULT_PRIORITY
	           ? frame->priority
	           : queue_priorities(queue->name)->default_priority;
}

static int queue_send_frame(const struct queue *queue, const struct frame *frame,
                            const struct deadline *deadline)
{
	return queue_send(queue, frame->bytes, frame->length,
	                  queue_send_priority(queue, frame), deadline);
}

static int queue_send_waiting(const struct queue *queue, const struct frame *frame,
                              const struct deadline *deadline)
{
	struct termsig termsig;
	termsig_begin(&termsig);
	int result = queue_send_frame(queue, frame, deadline);
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
	int result = queue_send_frame(queue, frame, guarded ? deadline : &DEADLINE_NOW);
	if (result == 0 || guarded || errno != EAGAIN ||
	    deadline->timeout.kind == TIMEOUT_ZERO)
		return result;
	return queue_send_waiting(queue, frame, deadline);
}

/*
 * The same for a sender with answers. It waits only while they have a reader, if the
 * queue can be polled: who no longer waits for the answer sends the message again. EPIPE
 * if they cannot be written.
 */
static int queue_send_answered(const struct queue_sender *queue_sender,
                               const struct frame *frame, const struct deadline *deadline)
{
	const struct queue *queue = queue_sender->queues;
	const struct sender *sender = &queue_sender->sender;
	int result = queue_send_frame(queue, frame, &DEADLINE_NOW);
	if (result == 0 || errno != EAGAIN || deadline->timeout.kind == TIMEOUT_ZERO)
		return result;
	if (sender_before_wait(sender) != STATUS_OK) {
		errno = EPIPE;
		return -1;
	}
	if (queue->fd < 0)
		return queue_send_frame(queue, frame, deadline);
	do {
		if (deadline_poll_fd(deadline, queue->fd, POLLOUT,
		                     sender->answers->output.reader) < 0)
			return -1;
		result = queue_send_frame(queue, frame, &DEADLINE_NOW);
	} while (result < 0 && errno == EAGAIN);
	return result;
}

static enum status queue_sender_report_too_long(const void *target,
                                                const struct frame *frame)
{
	const struct queue_sender *queue_sender = target;
	struct error_prefix prefix;
	const struct queue *queue = queue_sender->smallest;
	const char *limit = queue->size_limit;
	struct limit_advice advice = {""};
	if (limit != NULL && !frame->truncated)
		limit_sysctl(&advice, limit, "%zu", frame->length);
	return error_as(STATUS_FAILED, "%s: %smessage of %s%zu bytes exceeds %s (%lld)%s",
	                queue->name->text,
	                sender_sent_prefix(&prefix, &queue_sender->sender),
	                frame->truncated ? "at least " : "", frame->length,
	                limit != NULL ? limit : "the message size of the queue",
	                (long long)queue->size, advice.text);
}

/* EMSGSIZE, and the message size of the queue was not read before. */
static enum status queue_sender_report_size(struct queue_sender *queue_sender,
                                            const struct frame *frame)
{
	enum status status = queue_get_attributes(queue_sender->queues);
	return status == STATUS_OK ? queue_sender_report_too_long(queue_sender, frame)
	                           : status;
}

static enum status queue_sender_send(void *target, const struct frame *frame,
                                     const struct deadline *deadline)
{
	struct queue_sender *queue_sender = target;
	const struct queue *queue = queue_sender->queues;
	struct error_prefix prefix;
	int result = queue_sender->sender.answers != NULL
	                 ? queue_send_answered(queue_sender, frame, deadline)
	                 : queue_send_guarded(queue, frame, deadline);
	if (result < 0 && errno == EMSGSIZE && queue->size == 0)
		return queue_sender_report_size(queue_sender, frame);
	if (result < 0)
		return queue_error(queue, QUEUE_SENDING,
		                   sender_sent_prefix(&prefix, &queue_sender->sender));
	if (queue_sender->verbose)
		report_info("Sent %zu bytes; priority = %lld", frame->length,
		            (long long)queue_send_priority(queue, frame));
	return STATUS_OK;
}

/* --------------------------------------------------------- to several queues */

/* To one of several; *waits, unless it is NULL, is set instead of waiting for room. */
static enum status queue_sender_send_to(const struct queue_sender *queue_sender,
                                        const struct queue *queue,
                                        const struct frame *frame,
                                        const struct deadline *deadline, bool *waits)
{
	struct error_prefix prefix;
	int result =
	    queue_send_frame(queue, frame, waits != NULL ? &DEADLINE_NOW : deadline);
	if (result < 0 && waits != NULL && errno == EAGAIN &&
	    deadline->timeout.kind != TIMEOUT_ZERO) {
		*waits = true;
		return STATUS_OK;
	}
	/* queue_error() is silent: the other queues may have the message */
	if (result < 0 && errno == EINTR && termsig_pending() != 0)
		return error_as(
		    (enum status)(STATUS_SIGNAL + termsig_pending()),
		    "%s: %sterminated by a signal before the message was sent",
		    queue->name->text,
		    sender_sent_prefix(&prefix, &queue_sender->sender));
	if (result < 0)
		return queue_error(queue, QUEUE_SENDING,
		                   sender_sent_prefix(&prefix, &queue_sender->sender));
	if (queue_sender->verbose)
		report_info("%s: Sent %zu bytes; priority = %lld", queue->name->text,
		            frame->length, (long long)queue_send_priority(queue, frame));
	return STATUS_OK;
}

/*
 * A queue without room must not keep the message from the others: all are tried before
 * any wait. Between two queues no termination signal ends this unreported.
 */
static enum status queue_sender_send_to_each(void *target, const struct frame *frame,
                                             const struct deadline *deadline)
{
	const struct queue_sender *queue_sender = target;
	bool waits[QUEUE_SEND_QUEUES_MAX] = {0};
	struct termsig termsig;
	enum status status = STATUS_OK;
	termsig_begin(&termsig);
	for (int i = 0; i < queue_sender->count; i++)
		status = status_first_failure(
		    status, queue_sender_send_to(queue_sender, &queue_sender->queues[i],
		                                 frame, deadline, &waits[i]));
	for (int i = 0; i < queue_sender->count; i++) {
		if (!waits[i])
			continue;
		/* if that fails the other queues get the message all the same */
		sender_before_wait(&queue_sender->sender);
		status = status_first_failure(
		    status, queue_sender_send_to(queue_sender, &queue_sender->queues[i],
		                                 frame, deadline, NULL));
	}
	return termsig_end(&termsig, status);
}

/* A message must fit into each of them. */
static enum status queue_sender_find_smallest(struct queue_sender *queue_sender)
{
	enum status status = STATUS_OK;
	queue_sender->smallest = queue_sender->queues;
	for (int i = 0; i < queue_sender->count && status == STATUS_OK; i++) {
		struct queue *queue = &queue_sender->queues[i];
		status = queue_get_attributes(queue);
		if (status == STATUS_OK && queue->size < queue_sender->smallest->size)
			queue_sender->smallest = queue;
	}
	return status;
}

static enum status queue_sender_send_all(struct queue_sender *queue_sender,
                                         enum framing framing, char **messages)
{
	enum status status = STATUS_OK;
	/* none of several messages is sent if one is too long */
	if (messages[0] == NULL || messages[1] != NULL || queue_sender->count > 1)
		status = queue_sender_find_smallest(queue_sender);
	if (status != STATUS_OK)
		return status;
	queue_sender->sender.longest = (size_t)queue_sender->smallest->size;
	return messages[0] != NULL ? sender_send_operands(&queue_sender->sender, messages)
	                           : sender_send_input(&queue_sender->sender, framing);
}

enum status queue_send_messages(struct queue *queues, int count,
                                const struct queue_send_options *options, char **messages)
{
	const struct frame_priorities *priorities = queue_priorities(queues->name);
	struct queue_sender queue_sender = {
	    .sender = {.name = queues->name->text,
	               .timeout = options->timeout,
	               .priorities = options->with_priority ? priorities : NULL,
	               .priority = options->priority,
	               .period = options->period,
	               .when = options->progress,
	               .acknowledge = options->acknowledge,
	               .target = &queue_sender,
	               .send = count > 1 ? queue_sender_send_to_each : queue_sender_send,
	               .report_too_long = queue_sender_report_too_long},
	    .queues = queues,
	    .count = count,
	    .smallest = queues,
	    .verbose = options->verbose,
	};
	return queue_sender_send_all(&queue_sender, options->framing, messages);
}
