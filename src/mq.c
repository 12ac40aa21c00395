#include <errno.h>

#include "mq_family.h"
#include "report.h"

static const struct queue_family *family_of(const struct name *name)
{
	static const struct queue_family *const families[] = {
	    [FAMILY_POSIX] = &queue_posix,
	};
	return families[name->family];
}

const struct priorities *queue_priorities(const struct name *name)
{
	return &family_of(name)->priorities;
}

enum status queue_create(const struct name *name, const struct queue_shape *shape,
                         mode_t mode, struct queue *existing)
{
	return family_of(name)->create(name, shape, mode, existing);
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

enum status queue_failed(const struct queue *queue, enum queue_action action,
                         const char *before)
{
	const char *name = queue->name->text;
	const char *state = action == QUEUE_SENDING ? "full" : "empty";
	if (errno == EPIPE)
		return STATUS_READER_GONE;
	if (errno == EAGAIN)
		return fail_as(STATUS_NOT_NOW, "%s: %sthe queue is %s", name, before,
		               state);
	if (errno == ETIMEDOUT)
		return fail_as(STATUS_TIMED_OUT, "%s: %stimed out: the queue is still %s",
		               name, before, state);
	if (errno == EINTR)
		return fail("%s", name);
	return fail_as(status_of(errno), "%s: %s%s", name, before, error_text(errno));
}
