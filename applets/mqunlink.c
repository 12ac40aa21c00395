/* SPDX-License-Identifier: MIT */
/*
 * mqunlink - remove message queues
 *
 * The name is removed at once, the queue and its messages when the last process that has
 * it open closes it; a System V queue is removed at once. See mq_unlink(3), msgctl(2).
 */
#include "applet.h"
#include "io/report.h"
#include "queue/queue.h"

struct mqunlink {
	bool force, verbose;
};

static const struct option_row options[] = {
    FORCE(mqunlink, force),
    VERBOSE(mqunlink, verbose),
    END_OF_OPTIONS,
};

static enum status mqunlink_one(const void *opts, const char *text)
{
	const struct mqunlink *given = opts;
	struct name name;
	enum status status = name_parse(&name, NAME_QUEUE, text);
	if (status == STATUS_OK)
		status = queue_unlink(&name, given->force);
	if (status == STATUS_OK && given->verbose)
		report_info("Removed %s", name.text);
	return status == STATUS_NOT_FOUND && given->force ? STATUS_OK : status;
}

static enum status mqunlink_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	return status_of_each(argv, opts, mqunlink_one);
}

APPLET(mqunlink, .summary = "remove message queues", .group = APPLETS_QUEUES,
       .example = "mqunlink -v /old",
       .self = {.operands = "QUEUE...",
                .operand_kinds = {OPERAND_QUEUE | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(mqunlink),
                .run = mqunlink_run});
