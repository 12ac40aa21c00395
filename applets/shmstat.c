/* SPDX-License-Identifier: MIT */
/*
 * shmstat - show the status of shared memory objects
 *
 * Requires no permission on the object: its attributes are shown, not its contents.
 */
#include <stdlib.h>

#include "applet.h"
#include "io/error.h"
#include "io/record.h"
#include "object/shm_path.h"
#include "object/sysv.h"
#include "shm/list.h"
#include "shm/segment.h"

struct shmstat {
	bool json;
};

static const struct option_row options[] = {
    JSON(shmstat, json, 0),
    END_OF_OPTIONS,
};

static const struct record_column columns[] = {
    {"shm", -20}, {"mode", 4}, {"owner", -8}, {"size", 10}, {"allocated", 10}, {0},
};

/* If an operand names a System V segment. */
static const struct record_column wide_columns[] = {
    {"shm", -20},    {"mode", 4}, {"owner", -8},  {"size", 10}, {"allocated", 10},
    {"attached", 8}, {"id", 6},   {"removed", 7}, {0},
};

/* The JSON members of a System V segment. */
static const struct record_column system_v_members[] = {
    {"shm", 0},       {"mode", 0},     {"owner", 0}, {"size", 0},
    {"allocated", 0}, {"attached", 0}, {"id", 0},    {"removed", 0},
    {"key", 0},       {"creator", 0},  {"last", 0},  {0},
};

static void shmstat_add_state(struct record *record, const struct segment_facts *facts)
{
	record_number(record, facts->attached);
	record_number(record, facts->id);
	record_boolean(record, facts->removed);
}

static void shmstat_add_none(struct record *record)
{
	for (int i = 0; i < 3; i++)
		record_none(record);
}

static void shmstat_add_history(struct record *record, const struct segment_facts *facts)
{
	char text[SYSV_KEY_BYTES];
	record_text(record, sysv_key_text(facts->key, text));
	record_number(record, facts->creator);
	record_pid(record, facts->last);
}

static enum status shmstat_print(const struct name *name,
                                 const struct segment_facts *facts, bool json, bool wide)
{
	struct record record;
	bool system_v = name->family == NAME_FAMILY_SYSTEM_V;
	const struct record_column *text = wide ? wide_columns : columns;
	const struct record_column *members = system_v ? system_v_members : columns;
	record_begin(&record, json ? members : text, json);
	record_text(&record, name->text);
	record_mode(&record, facts->mode);
	record_user(&record, facts->uid);
	record_number(&record, facts->size);
	record_count(&record, facts->allocated);
	if (system_v)
		shmstat_add_state(&record, facts);
	else if (wide && !json)
		shmstat_add_none(&record);
	if (json && system_v)
		shmstat_add_history(&record, facts);
	return record_end(&record);
}

static enum status shmstat_one(const char *text, bool json, bool wide, bool *headed)
{
	struct name name;
	struct segment_facts facts;
	enum status status = name_parse(&name, NAME_MEMORY, text);
	if (status == STATUS_OK)
		status = segment_facts(&name, &facts);
	if (status == STATUS_OK)
		status = record_heading(wide ? wide_columns : columns, json, headed);
	return status == STATUS_OK ? shmstat_print(&name, &facts, json, wide) : status;
}

static enum status shmstat_each(const struct shmstat *given, int argc, char **argv)
{
	enum status status = STATUS_OK;
	bool wide = name_any_is_system_v(NAME_MEMORY, argc, argv), headed = false;
	for (int i = 0; i < argc && status != STATUS_SIGPIPE; i++)
		status = status_first_failure(
		    status, shmstat_one(argv[i], given->json, wide, &headed));
	return status;
}

static enum status shmstat_all(const struct shmstat *given)
{
	struct object_list list = {0};
	int count, left_out;
	shm_list(&list, SHM_PATH_DIRECTORY);
	char **names = object_list_names(&list, &count, &left_out);
	enum status status =
	    names != NULL
	        ? shmstat_each(given, count, names)
	        : error_errno_as(STATUS_FAILED, "some objects cannot be listed");
	free(names);
	object_list_free(&list);
	return status;
}

static enum status shmstat_run(const void *opts, int argc, char **argv)
{
	return argc > 0 ? shmstat_each(opts, argc, argv) : shmstat_all(opts);
}

APPLET(shmstat, .summary = "show the status of shared memory objects",
       .group = APPLETS_SHARED_MEMORY, .example = "shmstat -J /cache",
       .self = {.operands = "[SHM...]",
                .operand_kinds = {OPERAND_SHM | OPERAND_REPEATED},
                .min_operands = 0,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(shmstat),
                .run = shmstat_run});
