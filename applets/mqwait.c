/*
 * mqwait - wait until one of some message queues has a message
 *
 * Takes none, and unlike mq_notify(3) any number of processes can wait.
 */
#include <errno.h>
#include <stdlib.h>

#include "applet.h"
#include "base/termsig.h"
#include "io/output.h"
#include "io/report.h"
#include "queue/queue.h"

struct mqwait {
	struct patience patience;
};

static const struct option_row options[] = {
    PATIENCE(mqwait, patience),
    END_OF_OPTIONS,
};

static enum status failed(const struct queue *queues, int count)
{
	if (count > 1 && errno == EAGAIN)
		return fail_as(STATUS_NOT_NOW, "none of the %d queues has a message",
		               count);
	if (count > 1 && errno == ETIMEDOUT)
		return fail_as(STATUS_TIMED_OUT,
		               "timed out: none of the %d queues has a message", count);
	return queue_failed(&queues[0], QUEUE_RECEIVING, "");
}

static enum status wait_for_one(const struct mqwait *given, const struct queue *queues,
                                int count)
{
	struct interrupt interrupt;
	struct deadline deadline = deadline_after(given->patience);
	interrupt_begin(&interrupt);
	int first = queue_wait(queues, count, &deadline);
	enum status status = first < 0 ? failed(queues, count)
	                               : output_print("%s\n", queues[first].name->text);
	return interrupt_end(&interrupt, status);
}

/* Open them all: those up to *opened are open, also where one fails. */
static enum status open_all(struct queue *queues, const struct name *names, int count,
                            int *opened)
{
	for (*opened = 0; *opened < count; ++*opened) {
		enum status status =
		    queue_open(&queues[*opened], &names[*opened], QUEUE_LOOK);
		if (status != STATUS_DONE)
			return status;
	}
	return STATUS_DONE;
}

static enum status parse(struct name *name, const char *text)
{
	enum status status = name_parse(name, NAME_QUEUE, text);
	return status == STATUS_DONE ? queue_can_be_polled(name) : status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	struct name *names = calloc((size_t)argc, sizeof *names);
	struct queue *queues = calloc((size_t)argc, sizeof *queues);
	int opened = 0;
	enum status status = STATUS_DONE;
	if (names == NULL || queues == NULL) {
		status = fail("%d queues", argc);
		goto out;
	}
	for (int i = 0; i < argc && status == STATUS_DONE; i++)
		status = parse(&names[i], argv[i]);
	if (status == STATUS_DONE)
		status = open_all(queues, names, argc, &opened);
	if (status == STATUS_DONE)
		status = wait_for_one(opts, queues, argc);
	while (opened > 0)
		queue_close(&queues[--opened]);
out:
	free(queues);
	free(names);
	return status;
}

APPLET(mqwait, .summary = "wait until one of some message queues has a message",
       .self = {.operands = "QUEUE...",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(mqwait),
                .run = run});
