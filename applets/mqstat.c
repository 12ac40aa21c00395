/* SPDX-License-Identifier: MIT */
/*
 * mqstat - show the status of message queues
 *
 * Receives no message, and needs no mount of the mqueue file system.
 */
#include <stdlib.h>

#include "applet.h"
#include "io/error.h"
#include "io/record.h"
#include "io/report.h"
#include "object/sysv.h"
#include "queue/list.h"
#include "queue/queue.h"

struct mqstat {
	bool json;
};

static const struct option_row options[] = {
    JSON(mqstat, json, 0),
    END_OF_OPTIONS,
};

static const struct record_column columns[] = {
    {"queue", -20},  {"mode", 4},  {"owner", -8}, {"depth", 5}, {"size", 6},
    {"messages", 8}, {"bytes", 8}, {"notify", 6}, {0},
};

/* The heading if at least one of them is a System V queue. */
static const struct record_column wide_columns[] = {
    {"queue", -12},  {"mode", 4},     {"owner", -8}, {"depth", 5},
    {"size", 6},     {"messages", 8}, {"bytes", 8},  {"notify", 6},
    {"capacity", 8}, {"id", 6},       {0},
};

/* The members of the JSON object of a System V queue. */
static const struct record_column system_v_members[] = {
    {"queue", 0},    {"mode", 0},   {"owner", 0},
    {"depth", 0},    {"size", 0},   {"messages", 0},
    {"bytes", 0},    {"notify", 0}, {"capacity", 0},
    {"id", 0},       {"key", 0},    {"sender", 0},
    {"receiver", 0}, {0},
};

static enum status mqstat_get_facts(struct name *name, struct queue_facts *facts,
                                    const char *text)
{
	struct queue queue;
	enum status status = name_parse(name, NAME_QUEUE, text);
	if (status == STATUS_OK)
		status = queue_open(&queue, name, QUEUE_INSPECT);
	if (status != STATUS_OK)
		return status;
	status = queue_facts(&queue, facts);
	queue_close(&queue);
	return status;
}

static void mqstat_add_history(struct record *record, const struct queue_facts *facts)
{
	char text[SYSV_KEY_BYTES];
	record_text(record, sysv_key_text(facts->key, text));
	record_pid(record, facts->sender);
	record_pid(record, facts->receiver);
}

static enum status mqstat_print(const struct name *name, const struct queue_facts *facts,
                                bool json, bool wide)
{
	struct record record;
	bool system_v = name->family == NAME_FAMILY_SYSTEM_V;
	const struct record_column *text = wide ? wide_columns : columns;
	const struct record_column *members = system_v ? system_v_members : columns;
	record_begin(&record, json ? members : text, json);
	record_text(&record, name->text);
	record_mode(&record, facts->mode);
	record_user(&record, facts->uid);
	record_count(&record, facts->depth);
	record_number(&record, facts->size);
	record_number(&record, facts->messages);
	record_count(&record, facts->bytes);
	record_pid(&record, facts->notify);
	if (json ? system_v : wide) {
		record_count(&record, system_v ? facts->capacity : -1);
		record_count(&record, system_v ? facts->id : -1);
	}
	if (json && system_v)
		mqstat_add_history(&record, facts);
	return record_end(&record);
}

static enum status mqstat_each(const struct mqstat *given, int argc, char **argv)
{
	enum status status = STATUS_OK, written = STATUS_OK;
	bool wide = name_any_is_system_v(NAME_QUEUE, argc, argv), headed = false;
	for (int i = 0; i < argc && written == STATUS_OK; i++) {
		struct name name;
		struct queue_facts facts;
		enum status asked = mqstat_get_facts(&name, &facts, argv[i]);
		status = status_first_failure(status, asked);
		if (asked != STATUS_OK)
			continue;
		written =
		    record_heading(wide ? wide_columns : columns, given->json, &headed);
		if (written == STATUS_OK)
			written = mqstat_print(&name, &facts, given->json, wide);
	}
	return written == STATUS_SIGPIPE ? written
	                                 : status_first_failure(status, written);
}

/* A queue that has been removed since, or may not be opened, is not a failure. */
static enum status mqstat_all(const struct mqstat *given)
{
	struct object_list list = {0};
	uint64_t device;
	int count, left_out;
	bool complete = queue_list(&list, &device);
	char **names = object_list_names(&list, &count, &left_out);
	enum status status =
	    names != NULL
	        ? mqstat_each(given, count, names)
	        : error_errno_as(STATUS_FAILED, "some objects cannot be listed");
	if (status == STATUS_OK && left_out > 0)
		report_info("%d queues may not be opened: ipcls lists them", left_out);
	if (status == STATUS_OK && !complete)
		report_info("POSIX message queues cannot be listed by this user");
	free(names);
	object_list_free(&list);
	return status;
}

static enum status mqstat_run(const void *opts, int argc, char **argv)
{
	return argc > 0 ? mqstat_each(opts, argc, argv) : mqstat_all(opts);
}

APPLET(mqstat, .summary = "show the status of message queues", .group = APPLETS_QUEUES,
       .example = "mqstat -J /seen",
       .self = {.operands = "[QUEUE...]",
                .operand_kinds = {OPERAND_QUEUE | OPERAND_REPEATED},
                .min_operands = 0,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(mqstat),
                .run = mqstat_run});
