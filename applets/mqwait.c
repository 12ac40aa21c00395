/* SPDX-License-Identifier: MIT */
/*
 * mqwait - wait until one of several message queues has a message
 *
 * Receives no message, and unlike with mq_notify(3) any number of processes can wait.
 */
#include <errno.h>

#include "applet.h"
#include "base/deadline.h"
#include "base/termsig.h"
#include "io/error.h"
#include "wait/set.h"

struct mqwait {
	struct timeout timeout;
};

static const struct option_row options[] = {
    WAIT_OPTIONS(mqwait, timeout),
    END_OF_OPTIONS,
};

static enum status mqwait_error(const struct wait_set *set)
{
	if (set->count == 1)
		return queue_error(&set->sources[0].as.queue.queue, QUEUE_RECEIVING, "");
	return error_as(error_status(errno), "%snone of the %d queues has a message",
	                errno == ETIMEDOUT ? "timed out: " : "", set->count);
}

static enum status mqwait_run(const void *opts, int argc, char **argv)
{
	const struct mqwait *given = opts;
	struct deadline deadline = deadline_start(given->timeout);
	struct termsig termsig;
	struct wait_set set;
	struct wait_source *first = NULL;
	termsig_begin(&termsig);
	enum status status = wait_set_open(&set, argv, argc, &wait_queue_kind,
	                                   given->timeout.kind != TIMEOUT_ZERO);
	/* as all queue commands name a queue in their messages */
	for (int i = 0; status == STATUS_OK && i < set.count; i++)
		set.sources[i].text = set.sources[i].name.text;
	if (status == STATUS_OK)
		status = wait_set_next(&set, &deadline, &first);
	if (status == STATUS_OK)
		status = first != NULL
		             ? wait_event_print(first->name.text, &first->event, false)
		             : mqwait_error(&set);
	wait_set_close(&set);
	return termsig_end(&termsig, status);
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
