/*
 * lockinfo - show who holds and who waits for the locks of a file
 *
 * Also of those in shared memory, by the name that lockrun has for them.
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

static const struct column columns[] = {
    {"file", -16}, {"pid", 7},    {"command", -15}, {"kind", -6}, {"mode", -5},
    {"state", -5}, {"start", 10}, {"length", 10},   {0},
};

static enum status show(const char *path, const struct lock_party *party, bool json)
{
	struct record record;
	record_begin(&record, columns, json);
	record_text(&record, path);
	record_process(&record, party->pid);
	record_text(&record, party->command[0] != '\0' ? party->command : NULL);
	record_text(&record, party->kind);
	record_text(&record, party->shared ? "read" : "write");
	record_text(&record, party->died ? "died" : party->waits ? "waits" : "holds");
	record_number(&record, party->start);
	record_number(&record, party->length);
	return record_end(&record);
}

static enum status show_all(const char *path, bool json, bool *headed,
                            enum status *written)
{
	struct lock_list list;
	bool in_memory = strncmp(path, "shm:", 4) == 0;
	enum status status =
	    in_memory ? lock_list_memory(&list, path) : lock_list_read(&list, path);
	for (size_t i = 0; i < list.count && *written == STATUS_DONE; i++) {
		*written = record_heading(columns, json, headed);
		if (*written == STATUS_DONE)
			*written = show(path, &list.parties[i], json);
	}
	lock_list_free(&list);
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct lockinfo *given = opts;
	enum status status = STATUS_DONE, written = STATUS_DONE;
	bool headed = false;
	for (int i = 0; i < argc && written == STATUS_DONE; i++)
		status = first_failure(status,
		                       show_all(argv[i], given->json, &headed, &written));
	return written == STATUS_READER_GONE ? written : first_failure(status, written);
}

APPLET(lockinfo, .summary = "show who holds and who waits for the locks of a file",
       .self = {.operands = "FILE...",
                .least_operands = 1,
                .most_operands = ANY_NUMBER,
                .options = options,
                OPTIONS_OF(lockinfo),
                .run = run});
