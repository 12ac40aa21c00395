#include <errno.h>

#include "io/report.h"
#include "queue/family.h"

static const struct queue_family *family_of(const struct name *name)
{
	static const struct queue_family *const families[] = {
	    [FAMILY_POSIX] = &queue_posix,
	    [FAMILY_SYSTEM_V] = &queue_system_v,
	};
	return families[name->family];
}

const struct priorities *queue_priorities(const struct name *name)
{
	return &family_of(name)->priorities;
}

enum status queue_create(struct queue *queue, const struct name *name,
                         const struct queue_shape *shape, mode_t mode,
                         bool existing_is_fine)
{
	return family_of(name)->create(queue, name, shape, mode, existing_is_fine);
}

enum status queue_open(struct queue *queue, const struct name *name,
                       enum queue_access access)
{
	return family_of(name)->open(queue, name, access);
}

void queue_close(struct queue *queue)
{
	family_of(queue->name)->close(queue);
}

enum status queue_measure(struct queue *queue)
{
	enum status (*measure)(struct queue *) = family_of(queue->name)->measure;
	return measure != NULL && queue->size == 0 ? measure(queue) : STATUS_DONE;
}

enum status queue_facts(const struct queue *queue, struct queue_facts *facts)
{
	return family_of(queue->name)->facts(queue, facts);
}

enum status queue_unlink(const struct name *name, bool missing_is_fine)
{
	return family_of(name)->unlink(name, missing_is_fine);
}

int queue_send(const struct queue *queue, const void *message, size_t length,
               int64_t priority, const struct deadline *deadline)
{
	return family_of(queue->name)->send(queue, message, length, priority, deadline);
}

ssize_t queue_receive(const struct queue *queue, void *buffer, int64_t *priority,
                      const struct deadline *deadline, int reader)
{
	return family_of(queue->name)->receive(queue, buffer, priority, deadline, reader);
}

enum status queue_can_be_polled(const struct name *name)
{
	if (name->family == FAMILY_POSIX)
		return STATUS_DONE;
	return usage_error(
	    "%s: a System V queue has no descriptor to wait on and notifies "
	    "nobody; mqrecv waits for its messages",
	    name->text);
}

/* What is in the way of sending, or of receiving. */
static const char *state_of(const struct queue *queue, enum queue_action action,
                            bool after_a_wait)
{
	if (action == QUEUE_SENDING)
		return after_a_wait ? "the queue is still full" : "the queue is full";
	if (queue->choice.kind == CHOOSE_FIRST)
		return after_a_wait ? "the queue is still empty" : "the queue is empty";
	return after_a_wait ? "no such message came"
	                    : "there is no such message on the queue";
}

enum status queue_failed(const struct queue *queue, enum queue_action action,
                         const char *before)
{
	const char *name = queue->name->text;
	const struct queue_family *family = family_of(queue->name);
	if (errno == EPIPE)
		return STATUS_READER_GONE;
	if (errno == EAGAIN)
		return fail_as(STATUS_NOT_NOW, "%s: %s%s", name, before,
		               state_of(queue, action, false));
	if (errno == ETIMEDOUT)
		return fail_as(STATUS_TIMED_OUT, "%s: %stimed out: %s", name, before,
		               state_of(queue, action, true));
	if (errno == EINTR)
		return fail("%s", name);
	if (family->failed != NULL)
		return family->failed(queue, before);
	return fail_as(status_of(errno), "%s: %s%s", name, before, error_text(errno));
}
