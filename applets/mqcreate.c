/* SPDX-License-Identifier: MIT */
/*
 * mqcreate - create message queues
 *
 * The depth and the message size of a POSIX queue cannot be changed later. See
 * mq_open(3), mq_overview(7); msgget(2), sysvipc(7).
 */
#include "applet.h"
#include "io/error.h"
#include "io/report.h"
#include "object/sysv.h"
#include "queue/queue.h"

struct mqcreate {
	bool ensure, verbose;
	struct value_mode mode;
	int64_t depth, size, bytes; /* 0: not given */
};

static const struct mqcreate defaults = {.mode = {.bits = 0600}};

static const struct option_row options[] = {
    ENSURE(mqcreate, ensure),
    MODE(mqcreate, mode, "permission bits, exactly these"),
    NUMBER('d', "depth", mqcreate, depth, 0, "DEPTH", 1, INT32_MAX,
           "hold at most DEPTH messages", EXCLUDES("bytes")),
    SIZE('s', "size", mqcreate, size, 0, "SIZE", 1, "take messages of at most SIZE bytes",
         EXCLUDES("bytes")),
    SIZE(0, "bytes", mqcreate, bytes, 0, "BYTES", 1,
         "System V: hold at most BYTES of messages"),
    VERBOSE(mqcreate, verbose),
    END_OF_OPTIONS,
};

/* The attributes of one family do not apply to the other. */
static enum status mqcreate_check_options(const struct mqcreate *given,
                                          const struct name *name)
{
	bool system_v = name->family == NAME_FAMILY_SYSTEM_V;
	if (system_v && (given->depth != 0 || given->size != 0))
		return error_usage("%s: --depth and --size require a POSIX queue",
		                   name->text);
	if (!system_v && given->bytes != 0)
		return error_usage("%s: --bytes requires a System V queue", name->text);
	return STATUS_OK;
}

static enum status mqcreate_one(const void *opts, const char *text)
{
	const struct mqcreate *given = opts;
	struct name name;
	struct queue queue;
	struct queue_attributes attributes = {
	    .depth = given->depth, .size = given->size, .bytes = given->bytes};
	enum status status = name_parse(&name, NAME_QUEUE, text);
	if (status == STATUS_OK)
		status = mqcreate_check_options(given, &name);
	if (status != STATUS_OK)
		return status;
	bool is_new = true;
	status = given->ensure
	             ? queue_ensure(&queue, &name, &attributes, given->mode.bits, &is_new)
	             : queue_create(&queue, &name, &attributes, given->mode.bits);
	if (status != STATUS_OK)
		return status;
	if (name.family == NAME_FAMILY_SYSTEM_V)
		status = sysv_print_id(queue.id, is_new, queue_unlink);
	if (status == STATUS_OK && is_new && given->verbose)
		report_info("Created %s", name.text);
	queue_close(&queue);
	return status;
}

static enum status mqcreate_run(const void *opts, int argc, char **argv)
{
	(void)argc;
	return status_of_each(argv, opts, mqcreate_one);
}

APPLET(mqcreate, .summary = "create message queues", .group = APPLETS_QUEUES,
       .example = "mqcreate -d 4 -s 64 -m 0660 /short",
       .self = {.operands = "QUEUE...",
                .operand_kinds = {OPERAND_QUEUE | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(mqcreate),
                .run = mqcreate_run});
