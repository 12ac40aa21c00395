/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/trace.h"
#include "io/error.h"
#include "queue/family.h"

static const struct queue_family *queue_family_of(const struct name *name,
                                                  const char *function)
{
	static const struct queue_family *const families[] = {
	    [NAME_FAMILY_POSIX] = &queue_posix_family,
	    [NAME_FAMILY_SYSTEM_V] = &queue_sysv_family,
	};
	trace_call(function, name->text);
	return families[name->family];
}

const struct frame_priorities *queue_priorities(const struct name *name)
{
	return &queue_family_of(name, __func__)->priorities;
}

enum status queue_create(struct queue *queue, const struct name *name,
                         const struct queue_attributes *attributes, mode_t mode)
{
	return queue_family_of(name, __func__)
	    ->create(queue, name, attributes, mode, NULL);
}

enum status queue_open(struct queue *queue, const struct name *name,
                       enum queue_access access)
{
	return queue_family_of(name, __func__)->open(queue, name, access);
}

void queue_close(struct queue *queue)
{
	queue_family_of(queue->name, __func__)->close(queue);
}

enum status queue_get_attributes(struct queue *queue)
{
	enum status (*get_attributes)(struct queue *) =
	    queue_family_of(queue->name, __func__)->get_attributes;
	return get_attributes != NULL && queue->size == 0 ? get_attributes(queue)
	                                                  : STATUS_OK;
}

enum status queue_facts(const struct queue *queue, struct queue_facts *facts)
{
	return queue_family_of(queue->name, __func__)->facts(queue, facts);
}

enum status queue_ensure(struct queue *queue, const struct name *name,
                         const struct queue_attributes *attributes, mode_t mode,
                         bool *is_new)
{
	struct queue_facts facts;
	enum status status = queue_family_of(name, __func__)
	                         ->create(queue, name, attributes, mode, is_new);
	if (status != STATUS_OK || *is_new)
		return status;
	status = queue_facts(queue, &facts);
	if (status == STATUS_OK)
		status = queue_check_existing(name, &facts, attributes, mode);
	if (status != STATUS_OK)
		queue_close(queue);
	return status;
}

enum status queue_unlink(const struct name *name, bool missing_is_fine)
{
	return queue_family_of(name, __func__)->unlink(name, missing_is_fine);
}

int queue_send(const struct queue *queue, const void *message, size_t length,
               int64_t priority, const struct deadline *deadline)
{
	return queue_family_of(queue->name, __func__)
	    ->send(queue, message, length, priority, deadline);
}

ssize_t queue_receive(const struct queue *queue, void *buffer, int64_t *priority,
                      const struct deadline *deadline, int reader)
{
	return queue_family_of(queue->name, __func__)
	    ->receive(queue, buffer, priority, deadline, reader);
}

enum status queue_check_pollable(const struct name *name)
{
	if (name->family == NAME_FAMILY_POSIX)
		return STATUS_OK;
	return error_usage("%s: a System V queue has no notification", name->text);
}

int queue_await(const struct queue *queue, const struct deadline *deadline)
{
	return queue_family_of(queue->name, __func__)->await(queue, deadline);
}

/* Why sending or receiving is not possible. */
static const char *queue_state_text(const struct queue *queue, enum queue_action action,
                                    bool timed_out)
{
	if (action == QUEUE_SENDING)
		return timed_out ? "the queue is still full" : "the queue is full";
	if (queue->choice.kind == QUEUE_CHOOSE_FIRST)
		return timed_out ? "the queue is still empty" : "the queue is empty";
	return "no such message";
}

enum status queue_error(const struct queue *queue, enum queue_action action,
                        const char *before)
{
	const char *name = queue->name->text;
	const struct queue_family *family = queue_family_of(queue->name, __func__);
	if (errno == EPIPE)
		return STATUS_SIGPIPE;
	if (errno == EAGAIN)
		return error_as(STATUS_WOULD_BLOCK, "%s: %s%s", name, before,
		                queue_state_text(queue, action, false));
	if (errno == ETIMEDOUT)
		return error_as(STATUS_TIMED_OUT, "%s: %stimed out: %s", name, before,
		                queue_state_text(queue, action, true));
	if (errno == EINTR)
		return error_errno("%s", name);
	if (family->error != NULL)
		return family->error(queue, before);
	return error_as(error_status(errno), "%s: %s%s", name, before, error_text(errno));
}
