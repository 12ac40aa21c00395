/*
 * lockinfo - show which processes hold the locks on a file or wait for them
 */
#include <string.h>

#include "applet.h"
#include "io/record.h"
#include "lock/list.h"

struct lockinfo {
	bool json;
};

static const struct option_row options[] = {
    JSON(lockinfo, json, 0),
    END_OF_OPTIONS,
};

static const struct record_column columns[] = {
    {"file", -15}, {"pid", 7},    {"command", -15}, {"kind", -6}, {"mode", -5},
    {"state", -5}, {"start", 10}, {"length", 10},   {0},
};

static enum status lockinfo_print(const char *path, const struct lock_entry *entry,
                                  bool json)
{
	struct record record;
	record_begin(&record, columns, json);
	record_text(&record, path);
	record_pid(&record, entry->pid);
	record_text(&record, entry->command[0] != '\0' ? entry->command : NULL);
	record_text(&record, entry->kind);
	record_text(&record, entry->shared ? "read" : "write");
	if (entry->owner_died)
		record_state(&record, "died", RECORD_RED);
	else if (entry->waits)
		record_state(&record, "waits", RECORD_YELLOW);
	else
		record_state(&record, "holds", RECORD_GREEN);
	record_number(&record, entry->start);
	record_number(&record, entry->length);
	return record_end(&record);
}

static enum status lockinfo_one(const char *path, bool json, bool *headed,
                                enum status *written)
{
	struct lock_list list;
	bool in_memory = strncmp(path, "shm:", 4) == 0;
	enum status status =
	    in_memory ? lock_list_read_memory(&list, path) : lock_list_read(&list, path);
	for (size_t i = 0; i < list.count && *written == STATUS_OK; i++) {
		*written = record_heading(columns, json, headed);
		if (*written == STATUS_OK)
			*written = lockinfo_print(path, &list.entries[i], json);
	}
	lock_list_free(&list);
	return status;
}

static enum status lockinfo_run(const void *opts, int argc, char **argv)
{
	const struct lockinfo *given = opts;
	enum status status = STATUS_OK, written = STATUS_OK;
	bool headed = false;
	for (int i = 0; i < argc && written == STATUS_OK; i++)
		status = status_first_failure(
		    status, lockinfo_one(argv[i], given->json, &headed, &written));
	return written == STATUS_SIGPIPE ? written
	                                 : status_first_failure(status, written);
}

APPLET(lockinfo,
       .summary = "show which processes hold the locks on a file or wait for them",
       .group = APPLETS_LOCKS, .example = "lockinfo door",
       .self = {.operands = "FILE...",
                .operand_kinds = {OPERAND_FILE | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(lockinfo),
                .run = lockinfo_run});
