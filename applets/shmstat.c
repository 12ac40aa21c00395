/*
 * shmstat - show what shared memory objects are and take
 *
 * Needs no permission on the object: what is shown is not in it but about it.
 */
#include "applet.h"
#include "record.h"
#include "shm.h"

struct shmstat {
	bool json;
};

static const struct option_row options[] = {
    JSON(shmstat, json, 0),
    END_OF_OPTIONS,
};

static const struct column columns[] = {
    {"shm", -20}, {"mode", 4}, {"owner", -8}, {"size", 10}, {"allocated", 10}, {0},
};

static enum status show(const char *text, bool json, bool *headed)
{
	struct name name;
	struct segment_facts facts;
	enum status status = name_parse(&name, NAME_MEMORY, text);
	if (status == STATUS_DONE)
		status = segment_facts(&name, &facts);
	if (status == STATUS_DONE)
		status = record_heading(columns, json, headed);
	if (status != STATUS_DONE)
		return status;

	struct record record;
	record_begin(&record, columns, json);
	record_text(&record, name.text);
	record_mode(&record, facts.mode);
	record_user(&record, facts.uid);
	record_number(&record, facts.size);
	record_number(&record, facts.allocated);
	return record_end(&record);
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct shmstat *given = opts;
	enum status status = STATUS_DONE;
	bool headed = false;
	for (int i = 0; i < argc && status != STATUS_READER_GONE; i++)
		status = first_failure(status, show(argv[i], given->json, &headed));
	return status;
}

APPLET(shmstat, .summary = "show what shared memory objects are and take",
       .self = {.operands = "SHM...",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(shmstat),
                .run = run});
