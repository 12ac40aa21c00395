/*
 * mqstat - show what message queues are and hold
 *
 * Takes nothing and needs no mount of the mqueue file system.
 */
#include "applet.h"
#include "mq.h"
#include "record.h"

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

static enum status show(const char *text, bool json)
{
	struct name name;
	struct queue queue;
	struct queue_facts facts;
	enum status status = name_parse(&name, NAME_QUEUE, text);
	if (status == STATUS_DONE)
		status = queue_open(&queue, &name, QUEUE_LOOK);
	if (status != STATUS_DONE)
		return status;
	status = queue_facts(&queue, &facts);
	queue_close(&queue);
	if (status != STATUS_DONE)
		return status;

	struct record record;
	record_begin(&record, columns, json);
	record_text(&record, name.text);
	record_mode(&record, facts.mode);
	record_user(&record, facts.uid);
	record_number(&record, facts.depth);
	record_number(&record, facts.size);
	record_number(&record, facts.messages);
	record_number(&record, facts.bytes);
	if (facts.notify != 0)
		record_number(&record, facts.notify);
	else
		record_none(&record);
	return record_end(&record);
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct mqstat *given = opts;
	enum status status = record_heading(columns, given->json);
	for (int i = 0; i < argc && status != STATUS_READER_GONE; i++)
		status = first_failure(status, show(argv[i], given->json));
	return status;
}

APPLET(mqstat, .summary = "show what message queues are and hold",
       .self = {.operands = "QUEUE...",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(mqstat),
                .run = run});
