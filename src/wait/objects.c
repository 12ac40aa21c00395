/* SPDX-License-Identifier: MIT */
/*
 * Sources that are objects: queues, semaphores, cells, eventfds.
 */
#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "io/error.h"
#include "wait/source.h"

/* ------------------------------------------------------------------------ queue */

/* "key:9[5]": messages of type 5. Cuts the type from the name. */
static enum status wait_queue_cut_type(char *name, struct queue_choice *choice)
{
	char *bracket = strrchr(name, '[');
	size_t length = strlen(name);
	struct value_error reason;
	if (bracket == NULL || name[length - 1] != ']' ||
	    !name_any_is_system_v(NAME_QUEUE, 1, &name))
		return STATUS_OK;
	*bracket++ = '\0';
	name[length - 1] = '\0';
	choice->kind = QUEUE_CHOOSE_TYPE;
	return error_unless_valid(
	    bracket, value_number(bracket, 1, INT64_MAX, &choice->number, &reason));
}

static enum status wait_queue_parse(struct wait_source *source, const char *rest)
{
	struct queue_choice *choice = &source->as.queue.choice;
	char *name = strdup(rest);
	if (name == NULL)
		return error_errno("%s", rest);
	enum status status = wait_queue_cut_type(name, choice);
	if (status == STATUS_OK)
		status = name_parse(&source->name, NAME_QUEUE, name);
	free(name);
	return status;
}

static enum status wait_queue_open(struct wait_source *source)
{
	struct queue *queue = &source->as.queue.queue;
	bool posix = source->name.family == NAME_FAMILY_POSIX;
	enum status status =
	    queue_open(queue, &source->name, posix ? QUEUE_INSPECT : QUEUE_RECEIVE);
	if (status != STATUS_OK)
		return status;
	queue->choice = source->as.queue.choice;
	source->waitable.fd = queue->fd;
	return STATUS_OK;
}

static int wait_queue_await(struct wait_source *source, const struct deadline *deadline,
                            uint64_t *number)
{
	(void)number;
	return queue_await(&source->as.queue.queue, deadline);
}

static void wait_queue_close(struct wait_source *source)
{
	queue_close(&source->as.queue.queue);
}

const struct wait_kind wait_queue_kind = {
    .prefix = "mq:",
    .repeat = WAIT_LEVEL,
    .parse = wait_queue_parse,
    .open = wait_queue_open,
    .await = wait_queue_await,
    .close = wait_queue_close,
};

/* -------------------------------------------------------------------- semaphore */

static enum status wait_semaphore_parse(struct wait_source *source, const char *rest)
{
	return name_parse(&source->name, NAME_SEMAPHORE, rest);
}

static enum status wait_semaphore_open(struct wait_source *source)
{
	return semaphore_open(&source->as.semaphore, &source->name, SEMAPHORE_USE);
}

static int wait_semaphore_await(struct wait_source *source,
                                const struct deadline *deadline, uint64_t *number)
{
	if (semaphore_await(&source->as.semaphore, 1, deadline) < 0)
		return -1;
	int64_t value = semaphore_value(&source->as.semaphore);
	/* another process may have taken it, or the value may not be read */
	*number = value > 0 ? (uint64_t)value : 1;
	return 0;
}

static void wait_semaphore_close(struct wait_source *source)
{
	semaphore_close(&source->as.semaphore);
}

const struct wait_kind wait_semaphore_kind = {
    .prefix = "sem:",
    .repeat = WAIT_LEVEL,
    .parse = wait_semaphore_parse,
    .open = wait_semaphore_open,
    .await = wait_semaphore_await,
    .number_name = "value",
    .close = wait_semaphore_close,
};

/* ------------------------------------------------------------------------- cell */

/* "shm:m+8>=5": the condition is after the last of these characters. */
static enum status wait_cell_parse(struct wait_source *source, const char *rest)
{
	char name[sizeof source->name.text];
	static const char operators[] = "=!<>";
	struct cell_condition *condition = &source->as.cell.condition;
	char test[8] = "";
	const char *end = rest + strlen(rest);
	while (end > rest && strchr(operators, end[-1]) == NULL)
		end--;
	const char *begin = end;
	while (begin > rest && strchr(operators, begin[-1]) != NULL)
		begin--;
	if ((size_t)(end - begin) < sizeof test)
		memcpy(test, begin, (size_t)(end - begin));
	if (!cell_test_parse(test, &condition->test) ||
	    (size_t)(begin - rest) >= sizeof source->name.text)
		return error_usage("'%s' is not CELL followed by = != < <= > or >= and a "
		                   "number",
		                   rest);
	memcpy(name, rest, (size_t)(begin - rest));
	name[begin - rest] = '\0';
	enum status status =
	    error_unless_valid(end, cell_value_parse(end, &condition->value));
	return status == STATUS_OK ? name_parse(&source->name, NAME_CELL, name) : status;
}

static enum status wait_cell_open(struct wait_source *source)
{
	return cell_open(&source->as.cell.cell, &source->name, SEGMENT_READ);
}

/* A value that was reported is not reported again. */
static int wait_cell_await(struct wait_source *source, const struct deadline *deadline,
                           uint64_t *number)
{
	const struct cell_condition other = {CELL_NE, source->as.cell.last};
	const struct cell *cell = &source->as.cell.cell;
	for (;;) {
		if (source->as.cell.reported &&
		    cell_wait(cell, &other, deadline, number) < 0)
			return -1;
		if (cell_wait(cell, &source->as.cell.condition, deadline, number) < 0)
			return -1;
		if (!source->as.cell.reported || *number != source->as.cell.last)
			break;
	}
	return 0;
}

static void wait_cell_reported(struct wait_source *source, uint64_t number)
{
	source->as.cell.reported = true;
	source->as.cell.last = number;
}

static void wait_cell_close(struct wait_source *source)
{
	cell_close(&source->as.cell.cell);
}

const struct wait_kind wait_cell_kind = {
    .prefix = "cell:",
    .repeat = WAIT_EACH,
    .parse = wait_cell_parse,
    .open = wait_cell_open,
    .await = wait_cell_await,
    .number_name = "value",
    .reported = wait_cell_reported,
    .close = wait_cell_close,
};

/* ---------------------------------------------------------------------- eventfd */

static enum status wait_eventfd_open(struct wait_source *source)
{
	enum status status = eventfd_open(&source->as.event_fd, source->rest);
	if (status == STATUS_OK)
		source->waitable.fd = source->as.event_fd.fd;
	return status;
}

static void wait_eventfd_describe(struct wait_source *source)
{
	uint64_t count;
	if (eventfd_count(&source->as.event_fd, &count))
		wait_event_add_number(&source->event, "value", count);
}

static void wait_eventfd_close(struct wait_source *source)
{
	eventfd_close(&source->as.event_fd);
}

const struct wait_kind wait_eventfd_kind = {
    .prefix = "efd:",
    .repeat = WAIT_LEVEL,
    .open = wait_eventfd_open,
    .describe = wait_eventfd_describe,
    .close = wait_eventfd_close,
};
