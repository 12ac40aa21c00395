/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/frontend.h"
#include "base/value.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"
#include "object/sysv.h"
#include "process/exec.h"
#include "semaphore/command.h"
#include "semaphore/ops.h"

/* ----------------------------------------------------------------- operands */

static enum status parse_set(struct name *name, const char *text)
{
	enum status status = name_parse(name, NAME_SEMAPHORE, text);
	if (status == STATUS_OK && name->has_index)
		return error_usage("%s: [INDEX] cannot be used: the whole set is meant",
		                   name->text);
	return status;
}

static enum status require_system_v(const struct name *name, const char *what)
{
	if (name->family == NAME_FAMILY_SYSTEM_V)
		return STATUS_OK;
	return error_usage("%s: %s requires a System V semaphore (key:, id:, ftok:)",
	                   name->text, what);
}

/* SEM_UNDO takes effect when the process exits, which a program does at once. */
static enum status check_undo(const struct name *name, bool undo)
{
	if (undo && !frontend_is_builtin())
		return error_usage("-u lasts until the calling process exits: use semop "
		                   "run, or the builtin of bash");
	return undo ? require_system_v(name, "-u") : STATUS_OK;
}

/* COUNT or VALUE; without it *number is left as it is. */
static enum status parse_number(const char *what, const struct name *name,
                                const char *text, int64_t min, int64_t *number)
{
	struct value_error reason;
	int64_t max = semaphore_max(name);
	if (text == NULL || value_number(text, min, max, number, &reason) == NULL)
		return STATUS_OK;
	return error_usage("%s must be a number from %lld to %lld, not '%s'", what,
	                   (long long)min, (long long)max, text);
}

/* SEM [COUNT], open. */
static enum status open_with_count(struct semaphore *semaphore, struct name *name,
                                   int64_t *count, char **argv, bool undo)
{
	*semaphore = (struct semaphore){0};
	*count = 1;
	enum status status = name_parse(name, NAME_SEMAPHORE, argv[0]);
	if (status == STATUS_OK)
		status = check_undo(name, undo);
	if (status == STATUS_OK)
		status = parse_number("COUNT", name, argv[1], 1, count);
	if (status == STATUS_OK)
		status = semaphore_open(semaphore, name, SEMAPHORE_USE);
	semaphore->undo = undo;
	return status;
}

/* -------------------------------------------------------------- subcommands */

enum status semaphore_command_create(char **argv, struct semaphore_attributes attributes)
{
	struct name name;
	struct semaphore_created created = {0};
	enum status status = parse_set(&name, argv[0]);
	if (status == STATUS_OK && attributes.count > 0)
		status = require_system_v(&name, "--count");
	if (attributes.count == 0)
		attributes.count = 1;
	if (status == STATUS_OK && attributes.mode.given &&
	    name.family == NAME_FAMILY_IN_MEMORY)
		status = error_usage("%s: -m cannot be used: a semaphore in memory has "
		                     "the permission bits of the object",
		                     name.text);
	if (status == STATUS_OK)
		status = parse_number("VALUE", &name, argv[1], 0, &attributes.value);
	if (status == STATUS_OK)
		status = semaphore_create(&name, &attributes, &created);
	if (status == STATUS_OK && name.family == NAME_FAMILY_SYSTEM_V)
		status = sysv_print_id(created.id, created.is_new, semaphore_unlink);
	return status;
}

enum status semaphore_command_wait(char **argv, struct timeout timeout, bool undo)
{
	struct deadline deadline = deadline_start(timeout);
	struct semaphore semaphore;
	struct name name;
	int64_t count;
	enum status status = open_with_count(&semaphore, &name, &count, argv, undo);
	if (status == STATUS_OK && semaphore_wait(&semaphore, count, &deadline) < 0)
		status = semaphore_error(&semaphore, count);
	semaphore_close(&semaphore);
	return status;
}

static enum status post_and_print(const struct semaphore *semaphore, int64_t count)
{
	struct output output;
	int64_t after = 0;
	enum status status = output_begin(&output);
	if (status != STATUS_OK)
		return status;
	if (semaphore_post(semaphore, count, &after) < 0)
		return semaphore_error(semaphore, count);
	if (after < 0)
		return error_errno("%s: %lld added, but the new value cannot be read",
		                   semaphore->name->text, (long long)count);
	return output_number((uint64_t)after);
}

enum status semaphore_command_post(char **argv, bool undo, bool print)
{
	struct semaphore semaphore;
	struct name name;
	int64_t count;
	enum status status = open_with_count(&semaphore, &name, &count, argv, undo);
	if (status == STATUS_OK && print)
		status = post_and_print(&semaphore, count);
	else if (status == STATUS_OK && semaphore_post(&semaphore, count, NULL) < 0)
		status = semaphore_error(&semaphore, count);
	semaphore_close(&semaphore);
	return status;
}

static enum status print_semaphore_facts(const struct semaphore *semaphore)
{
	/* the last two only of a System V semaphore */
	static const struct record_column columns[] = {
	    {"semaphore", 0},        {"value", 0},    {"waiters", 0},
	    {"waiters_for_zero", 0}, {"last_pid", 0}, {0},
	};
	struct semaphore_facts facts;
	struct record record;
	if (semaphore_facts(semaphore, &facts) < 0)
		return semaphore_error(semaphore, 1);
	record_begin(&record, columns, true);
	record_text(&record, semaphore->name->text);
	record_number(&record, facts.value);
	record_number(&record, facts.waiters);
	if (semaphore->name->family == NAME_FAMILY_SYSTEM_V) {
		record_number(&record, facts.waiters_for_zero);
		record_number(&record, facts.last_pid);
	}
	return record_end(&record);
}

static enum status print_semaphore(const struct semaphore *semaphore, bool json)
{
	if (json)
		return print_semaphore_facts(semaphore);
	int64_t value = semaphore_value(semaphore);
	return value < 0 ? semaphore_error(semaphore, 1) : output_number((uint64_t)value);
}

/* Semaphore number `index` of a set whose name has no [INDEX]. */
static enum status print_semaphore_at(const struct semaphore *set, size_t index)
{
	struct name name = *set->name;
	struct semaphore semaphore = *set;
	size_t length = strlen(name.text);
	snprintf(name.text + length, sizeof name.text - length, "[%zu]", index);
	name.index = (int32_t)index;
	semaphore.name = &name;
	return print_semaphore_facts(&semaphore);
}

static enum status print_set(const struct semaphore *set, bool json)
{
	unsigned short *values;
	size_t count;
	if (semaphore_values(set, &values, &count) < 0)
		return semaphore_error(set, 1);
	enum status status = STATUS_OK;
	if (json && count == 1)
		status = print_semaphore_facts(set);
	for (size_t i = 0; i < count && status == STATUS_OK; i++)
		if (!json)
			status = output_number(values[i]);
		else if (count > 1)
			status = print_semaphore_at(set, i);
	free(values);
	return status;
}

enum status semaphore_command_value(char **argv, bool json)
{
	struct semaphore semaphore = {0};
	struct name name;
	enum status status = name_parse(&name, NAME_SEMAPHORE, argv[0]);
	if (status == STATUS_OK)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_INSPECT);
	if (status == STATUS_OK)
		status = name.family == NAME_FAMILY_SYSTEM_V && !name.has_index
		             ? print_set(&semaphore, json)
		             : print_semaphore(&semaphore, json);
	semaphore_close(&semaphore);
	return status;
}

enum status semaphore_command_set(char **argv)
{
	struct semaphore semaphore = {0};
	struct name name;
	int64_t value = 0;
	enum status status = name_parse(&name, NAME_SEMAPHORE, argv[0]);
	if (status == STATUS_OK)
		status = parse_number("VALUE", &name, argv[1], 0, &value);
	if (status == STATUS_OK)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_USE);
	if (status == STATUS_OK && semaphore_set_value(&semaphore, value) < 0)
		status = semaphore_error(&semaphore, value);
	semaphore_close(&semaphore);
	return status;
}

enum status semaphore_command_op(char **argv, struct timeout timeout)
{
	struct deadline deadline = deadline_start(timeout);
	struct semaphore set = {0};
	struct name name;
	struct sembuf *operations = NULL;
	size_t count = 0;
	enum status status = parse_set(&name, argv[0]);
	if (status == STATUS_OK)
		status = require_system_v(&name, "op");
	if (status == STATUS_OK)
		status = semaphore_ops_parse(argv[1], &operations, &count);
	if (status == STATUS_OK)
		status = semaphore_open(&set, &name, SEMAPHORE_USE);
	if (status == STATUS_OK && semaphore_op(&set, operations, count, &deadline) < 0)
		status = semaphore_op_error(&set, operations, count);
	semaphore_close(&set);
	free(operations);
	return status;
}

enum status semaphore_command_run(char **argv, struct timeout timeout,
                                  const struct supervision_options *options)
{
	struct deadline deadline = deadline_start(timeout);
	struct supervision supervision;
	struct semaphore semaphore;
	struct name name;
	char **command;
	enum status status = exec_parse(&command, argv + 1);
	if (status == STATUS_OK)
		status = name_parse(&name, NAME_SEMAPHORE, argv[0]);
	if (status == STATUS_OK)
		status = semaphore_open(&semaphore, &name, SEMAPHORE_USE);
	if (status != STATUS_OK)
		return status_before_command(status);
	status = supervision_begin(&supervision, options);
	if (status == STATUS_OK) {
		status = semaphore_run(&semaphore, &deadline, command);
		supervision_end();
	}
	semaphore_close(&semaphore);
	return status;
}

static enum status unlink_semaphore(const void *force, const char *operand)
{
	struct name name;
	enum status status = parse_set(&name, operand);
	if (status == STATUS_OK)
		status = semaphore_unlink(&name, *(const bool *)force);
	return status;
}

enum status semaphore_command_unlink(char **argv, bool force)
{
	return status_of_each(argv, &force, unlink_semaphore);
}
