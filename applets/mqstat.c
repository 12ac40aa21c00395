/*
 * mqstat - show what message queues are and hold
 *
 * Takes nothing and needs no mount of the mqueue file system.
 */
#include "applet.h"
#include "io/record.h"
#include "object/sysv.h"
#include "queue/queue.h"

struct mqstat {
	bool json;
};

static const struct option_row options[] = {
    JSON(mqstat, json, 0),
    END_OF_OPTIONS,
};

static const struct column columns[] = {
    {"queue", -20},  {"mode", 4},  {"owner", -8}, {"depth", 5}, {"size", 6},
    {"messages", 8}, {"bytes", 8}, {"notify", 6}, {0},
};

/* The heading where there is one of System V among them. */
static const struct column wide_columns[] = {
    {"queue", -20},  {"mode", 4},     {"owner", -8}, {"depth", 5},
    {"size", 6},     {"messages", 8}, {"bytes", 8},  {"notify", 6},
    {"capacity", 8}, {"id", 6},       {0},
};

/* What JSON tells of one of System V. */
static const struct column system_v_members[] = {
    {"queue", 0},    {"mode", 0},   {"owner", 0},
    {"depth", 0},    {"size", 0},   {"messages", 0},
    {"bytes", 0},    {"notify", 0}, {"capacity", 0},
    {"id", 0},       {"key", 0},    {"sender", 0},
    {"receiver", 0}, {0},
};

static enum status ask(struct name *name, struct queue_facts *facts, const char *text)
{
	struct queue queue;
	enum status status = name_parse(name, NAME_QUEUE, text);
	if (status == STATUS_DONE)
		status = queue_open(&queue, name, QUEUE_LOOK);
	if (status != STATUS_DONE)
		return status;
	status = queue_facts(&queue, facts);
	queue_close(&queue);
	return status;
}

static void put_history(struct record *record, const struct queue_facts *facts)
{
	char text[SYSV_KEY_BYTES];
	record_text(record, sysv_key(facts->key, text));
	record_process(record, facts->sender);
	record_process(record, facts->receiver);
}

static enum status show(const struct name *name, const struct queue_facts *facts,
                        bool json, bool wide)
{
	struct record record;
	bool system_v = name->family == FAMILY_SYSTEM_V;
	const struct column *text = wide ? wide_columns : columns;
	const struct column *members = system_v ? system_v_members : columns;
	record_begin(&record, json ? members : text, json);
	record_text(&record, name->text);
	record_mode(&record, facts->mode);
	record_user(&record, facts->uid);
	record_count(&record, facts->depth);
	record_number(&record, facts->size);
	record_number(&record, facts->messages);
	record_count(&record, facts->bytes);
	record_process(&record, facts->notify);
	if (json ? system_v : wide) {
		record_count(&record, system_v ? facts->capacity : -1);
		record_count(&record, system_v ? facts->id : -1);
	}
	if (json && system_v)
		put_history(&record, facts);
	return record_end(&record);
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct mqstat *given = opts;
	enum status status = STATUS_DONE, written = STATUS_DONE;
	bool wide = name_any_of_system_v(NAME_QUEUE, argc, argv), headed = false;
	for (int i = 0; i < argc && written == STATUS_DONE; i++) {
		struct name name;
		struct queue_facts facts;
		enum status asked = ask(&name, &facts, argv[i]);
		status = first_failure(status, asked);
		if (asked != STATUS_DONE)
			continue;
		written =
		    record_heading(wide ? wide_columns : columns, given->json, &headed);
		if (written == STATUS_DONE)
			written = show(&name, &facts, given->json, wide);
	}
	return written == STATUS_READER_GONE ? written : first_failure(status, written);
}

APPLET(mqstat, .summary = "show what message queues are and hold",
       .self = {.operands = "QUEUE...",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(mqstat),
                .run = run});
