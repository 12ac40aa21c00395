/*
 * mqwait - wait until one of several message queues has a message
 *
 * Receives no message, and unlike with mq_notify(3) any number of processes can wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/escape.h"
#include "io/output.h"
#include "queue/queue.h"

struct mqwait {
	struct timeout timeout;
};

static const struct option_row options[] = {
    WAIT_OPTIONS(mqwait, timeout),
    END_OF_OPTIONS,
};

static enum status mqwait_error(const struct queue *queues, int count)
{
	if (count > 1 && errno == EAGAIN)
		return error_as(STATUS_WOULD_BLOCK, "none of the %d queues has a message",
		                count);
	if (count > 1 && errno == ETIMEDOUT)
		return error_as(STATUS_TIMED_OUT,
		                "timed out: none of the %d queues has a message", count);
	return queue_error(&queues[0], QUEUE_RECEIVING, "");
}

/* A script gets the name as it is. */
static enum status mqwait_print(const struct name *name)
{
	char line[ESCAPE_BYTE_MAX * sizeof name->text];
	size_t length;
	if (isatty(STDOUT_FILENO) == 1)
		length = escape_text(line, name->text);
	else
		length = (size_t)(stpcpy(line, name->text) - line);
	line[length++] = '\n';
	return output_write(line, length);
}

static enum status mqwait_wait(const struct mqwait *given, const struct queue *queues,
                               const struct name *names, int count)
{
	struct termsig termsig;
	struct deadline deadline = deadline_start(given->timeout);
	termsig_begin(&termsig);
	int first = queue_wait(queues, count, &deadline);
	enum status status =
	    first < 0 ? mqwait_error(queues, count) : mqwait_print(&names[first]);
	return termsig_end(&termsig, status);
}

/* Open all queues. *opened of them are open afterwards, also if one fails. */
static enum status mqwait_open_all(struct queue *queues, const struct name *names,
                                   int count, int *opened)
{
	for (*opened = 0; *opened < count; ++*opened) {
		enum status status =
		    queue_open(&queues[*opened], &names[*opened], QUEUE_INSPECT);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static enum status mqwait_parse(struct name *name, const char *text)
{
	enum status status = name_parse(name, NAME_QUEUE, text);
	return status == STATUS_OK ? queue_check_pollable(name) : status;
}

static enum status mqwait_run(const void *opts, int argc, char **argv)
{
	struct name *names = calloc((size_t)argc, sizeof *names);
	struct queue *queues = calloc((size_t)argc, sizeof *queues);
	int opened = 0;
	enum status status = STATUS_OK;
	if (names == NULL || queues == NULL) {
		status =
		    error_as(STATUS_FAILED, "cannot allocate memory for %d queues", argc);
		goto out;
	}
	for (int i = 0; i < argc && status == STATUS_OK; i++)
		status = mqwait_parse(&names[i], argv[i]);
	if (status == STATUS_OK)
		status = mqwait_open_all(queues, names, argc, &opened);
	if (status == STATUS_OK)
		status = mqwait_wait(opts, queues, names, argc);
	while (opened > 0)
		queue_close(&queues[--opened]);
out:
	free(queues);
	free(names);
	return status;
}

APPLET(mqwait, .summary = "wait until one of several message queues has a message",
       .group = APPLETS_QUEUES, .example = "mqrecv \"$(mqwait /red /blue)\"",
       .self = {.operands = "QUEUE...",
                .operand_kinds = {OPERAND_QUEUE | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(mqwait),
                .run = mqwait_run});
