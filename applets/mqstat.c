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

/* A number of which less than 0 is "unknown". */
static void number_if_known(struct record *record, int64_t number)
{
	if (number >= 0)
		record_number(record, number);
	else
		record_none(record);
}

static enum status show(const struct name *name, const struct queue_facts *facts,
                        bool json)
{
	struct record record;
	record_begin(&record, columns, json);
	record_text(&record, name->text);
	record_mode(&record, facts->mode);
	record_user(&record, facts->uid);
	record_number(&record, facts->depth);
	record_number(&record, facts->size);
	record_number(&record, facts->messages);
	number_if_known(&record, facts->bytes);
	number_if_known(&record, facts->notify != 0 ? facts->notify : -1);
	return record_end(&record);
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct mqstat *given = opts;
	enum status status = STATUS_DONE, written = STATUS_DONE;
	bool headed = false;
	for (int i = 0; i < argc && written == STATUS_DONE; i++) {
		struct name name;
		struct queue_facts facts;
		enum status asked = ask(&name, &facts, argv[i]);
		status = first_failure(status, asked);
		if (asked != STATUS_DONE)
			continue;
		written = record_heading(columns, given->json, &headed);
		if (written == STATUS_DONE)
			written = show(&name, &facts, given->json);
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
