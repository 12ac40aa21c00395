/* SPDX-License-Identifier: MIT */
/*
 * lockinfo - show which processes hold the locks on a file or wait for them
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet.h"
#include "inspect/census.h"
#include "inspect/table.h"
#include "io/record.h"
#include "lock/list.h"
#include "lock/rwlock.h"

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
	record_text(&record, entry->any_mode ? NULL : entry->shared ? "read" : "write");
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

/* An object of a lock on a file has the kind and the mode in its text, one in memory the
 * kind. */
static bool lockinfo_is_in_memory(const struct object *object)
{
	return strchr(object->text, ' ') == NULL;
}

static void lockinfo_set_entry(struct lock_entry *entry, struct census *census,
                               const struct object *object, pid_t pid)
{
	size_t length = strcspn(object->text, " ");
	*entry =
	    (struct lock_entry){.pid = pid,
	                        .shared = strcmp(object->text + length, " read") == 0,
	                        .start = (int64_t)object->fill,
	                        .length = (int64_t)object->limit};
	snprintf(entry->kind, sizeof entry->kind, "%.*s", (int)length, object->text);
	snprintf(entry->command, sizeof entry->command, "%s",
	         census_command(census, pid));
}

/* Has it the writer's word, and waits for the readers that hold the lock? */
static bool lockinfo_waits_for_readers(const struct census *census,
                                       const struct census_holder *holder)
{
	const char *text = census->objects.objects[holder->object].text;
	size_t i = census_first_waiter(census, holder->object);
	if (!holder->writes || strcmp(text, rwlock_kind.name) != 0)
		return false;
	for (; i < census->waiter_count && census->waiters[i].object == holder->object;
	     i++)
		if (census->waiters[i].pid == holder->pid)
			return true;
	return false;
}

/* Each process once; one line without a process if none is known to hold it. */
static enum status lockinfo_holders(struct census *census, int index, bool json)
{
	const struct object *object = &census->objects.objects[index];
	struct lock_entry entry;
	enum status status = STATUS_OK;
	size_t i = census_first_holder(census, index);
	pid_t last = 0;
	if (i == census->holder_count || census->holders[i].object != index) {
		lockinfo_set_entry(&entry, census, object, 0);
		return lockinfo_print(object->name, &entry, json);
	}
	for (; status == STATUS_OK && i < census->holder_count &&
	       census->holders[i].object == index;
	     i++) {
		const struct census_holder *holder = &census->holders[i];
		/* the last: two descriptors */
		if (holder->pid == last || lockinfo_waits_for_readers(census, holder))
			continue;
		last = holder->pid;
		lockinfo_set_entry(&entry, census, object, last);
		if (lockinfo_is_in_memory(object))
			entry.shared = holder->reads;
		status = lockinfo_print(object->name, &entry, json);
	}
	return status;
}

/* The waiters of a lock in memory request all of it. Those of a read-write lock, unless
 * they wait for readers, are readers or writers. */
static enum status lockinfo_waiters(struct census *census, int index, bool json)
{
	const struct object *object = &census->objects.objects[index];
	struct lock_entry entry;
	enum status status = STATUS_OK;
	for (size_t i = census_first_waiter(census, index);
	     status == STATUS_OK && i < census->waiter_count &&
	     census->waiters[i].object == index;
	     i++) {
		const struct census_waiter *waiter = &census->waiters[i];
		lockinfo_set_entry(&entry, census, object, waiter->pid);
		entry.waits = true;
		entry.shared = waiter->shared;
		if (!lockinfo_is_in_memory(object)) {
			entry.start = waiter->amount;
			entry.length = waiter->length;
		}
		entry.any_mode =
		    strcmp(object->text, rwlock_kind.name) == 0 &&
		    waiter->amount == entry.start + (int64_t)rwlock_kind.first_word;
		status = lockinfo_print(object->name, &entry, json);
	}
	return status;
}

static enum status lockinfo_object(struct census *census, int index, bool json)
{
	enum status status = lockinfo_holders(census, index, json);
	return status == STATUS_OK ? lockinfo_waiters(census, index, json) : status;
}

static enum status lockinfo_all(bool json)
{
	static const struct census_request request = {.kinds = 1 << OBJECT_LOCK,
	                                              .waits = true};
	static const struct table_filter filter = {.kinds = 1 << OBJECT_LOCK};
	struct census census;
	bool headed = false;
	size_t count = 0;
	enum status status = census_take(&census, &request);
	int *locks = status == STATUS_OK
	                 ? table_select(&census, &filter, TABLE_SORT_NAME, &count, NULL)
	                 : NULL;
	if (locks == NULL)
		status = STATUS_FAILED;
	for (size_t i = 0; i < count && status == STATUS_OK; i++) {
		status = record_heading(columns, json, &headed);
		if (status == STATUS_OK)
			status = lockinfo_object(&census, locks[i], json);
	}
	free(locks);
	census_free(&census);
	return status;
}

static enum status lockinfo_run(const void *opts, int argc, char **argv)
{
	const struct lockinfo *given = opts;
	if (argc == 0)
		return lockinfo_all(given->json);
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
       .self = {.operands = "[FILE...]",
                .operand_kinds = {OPERAND_FILE | OPERAND_REPEATED},
                .min_operands = 0,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(lockinfo),
                .run = lockinfo_run});
