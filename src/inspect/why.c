/* SPDX-License-Identifier: MIT */
#include "inspect/why.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "inspect/deadlock.h"
#include "inspect/table.h"
#include "inspect/why_sentence.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"

/* More processes, or more events of one, are not printed. */
enum { PROCESSES_MAX = 16, EVENTS_MAX = 8 };

struct why {
	char *target; /* a PID or a name */
	pid_t pid;    /* 0: a name */
	bool json;
	struct census census;
	struct enders enders;
	struct enders_found found;
	/* those that are printed of: the one asked for first, then those that they wait
	 * for
	 */
	pid_t pids[PROCESSES_MAX];
	size_t count;
	size_t omitted;                /* of those that wait for the object */
	struct deadlock_circle circle; /* empty: no deadlock */
	struct why_sentence sentence;
};

static const struct record_column columns[] = {
    {"pid", 0},    {"thread", 0}, {"command", 0},  {"waits_for", 0}, {"object", 0},
    {"enders", 0}, {"others", 0}, {"deadlock", 0}, {"sentence", 0},  {0},
};

static const struct record_column ender_columns[] = {{"pid", 0}, {"command", 0}, {0}};

static void add_process(struct why *why, pid_t pid)
{
	for (size_t i = 0; i < why->count; i++)
		if (why->pids[i] == pid)
			return;
	if (why->count < PROCESSES_MAX)
		why->pids[why->count++] = pid;
}

/* ----------------------------------------------------------------------- output */

/*
 * The sentence as a line; in JSON together with what it is made of: the object or
 * OBJECT_NONE, the waiter or NULL, and the processes found.
 */
static enum status print_sentence(struct why *why, pid_t pid, int object,
                                  const struct census_waiter *waiter)
{
	struct record record;
	struct why_sentence *sentence = &why->sentence;
	bool deadlock = why->circle.count > 0 && deadlock_is_blocked(&why->enders, pid);
	if (!why->json) {
		sentence->text[sentence->length++] = '\n';
		return output_write(sentence->text, sentence->length);
	}
	record_begin(&record, columns, true);
	record_pid(&record, pid);
	record_pid(&record, waiter != NULL ? waiter->thread : 0);
	record_text(&record, census_command(&why->census, pid));
	record_text(&record, waiter != NULL ? why_sentence_word(waiter->on) : NULL);
	record_text(&record, object != OBJECT_NONE
	                         ? why->census.objects.objects[object].name
	                         : NULL);
	record_begin_list(&record);
	for (size_t i = 0; i < why->found.count; i++) {
		record_begin_object(&record, ender_columns);
		record_pid(&record, why->found.pids[i]);
		record_text(&record, census_command(&why->census, why->found.pids[i]));
		record_end_object(&record);
	}
	record_end_list(&record);
	record_boolean(&record, waiter != NULL && why->found.others);
	record_boolean(&record, deadlock);
	record_text(&record, sentence->text);
	return record_end(&record);
}

static enum status print_wait(struct why *why, const struct census_waiter *waiter,
                              bool first)
{
	const struct enders_process *process = enders_process(&why->enders, waiter->pid);
	why->sentence.length = 0;
	enders_find(&why->enders, waiter, &why->found);
	why_sentence_put_wait(&why->sentence, &why->enders, waiter, &why->found, first);
	if (process != NULL && (process->state == 'T' || process->state == 't'))
		why_sentence_put(&why->sentence, "; it is stopped");
	return print_sentence(why, waiter->pid, waiter->object, waiter);
}

/* All that a process waits for. */
static enum status print_process(struct why *why, pid_t pid)
{
	enum status status = STATUS_OK;
	size_t printed = 0;
	pid_t thread = 0;
	bool is_in_call = false;
	for (size_t i = 0; i < why->census.waiter_count && status == STATUS_OK; i++) {
		const struct census_waiter *waiter = &why->census.waiters[i];
		is_in_call = is_in_call || waiter->pid == pid;
		if (waiter->pid != pid || waiter->on == BLOCKED_UNKNOWN ||
		    waiter->repeated || printed == EVENTS_MAX)
			continue;
		status = print_wait(why, waiter, waiter->thread != thread);
		thread = waiter->thread;
		printed++;
		/* a process that waits for many events is a server: that is enough */
		for (size_t k = 0; k < why->found.count && k < 2; k++)
			add_process(why, why->found.pids[k]);
	}
	if (printed > 0 || status != STATUS_OK)
		return status;
	why->sentence.length = why->found.count = 0;
	why_sentence_put_state(&why->sentence, &why->enders, pid, is_in_call);
	return print_sentence(why, pid, OBJECT_NONE, NULL);
}

/* --------------------------------------------------------------------- deadlock */

/* "deadlock: pid 7 a waits for pid 8 b, which waits for pid 7 a" */
static enum status print_deadlock(struct why *why)
{
	const struct deadlock_circle *circle = &why->circle;
	if (circle->count == 0)
		return STATUS_OK;
	why->sentence.length = 0;
	enders_set_found(&why->found, circle->pids, circle->count);
	why_sentence_put(&why->sentence, "deadlock: ");
	why_sentence_put_process(&why->sentence, &why->census, circle->pids[0]);
	for (size_t i = 1; i <= circle->count; i++) {
		why_sentence_put(&why->sentence,
		                 i == 1 ? " waits for " : ", which waits for ");
		why_sentence_put_process(&why->sentence, &why->census,
		                         circle->pids[i % circle->count]);
	}
	return print_sentence(why, circle->pids[0], OBJECT_NONE, NULL);
}

/* The circle that the first of the processes asked for leads into that is blocked. */
static struct deadlock_circle find_circle(struct why *why)
{
	struct deadlock_circle circle = {0};
	for (size_t i = 0; i < why->count && circle.count == 0; i++)
		circle = deadlock_find_circle(&why->enders, why->pids[i]);
	return circle;
}

/* ------------------------------------------------------------------- what is asked */

/* 0: it is the name of an object. */
static pid_t parse_pid(const char *text)
{
	const char *end;
	uint64_t pid = value_strtoull(text, &end, 10);
	return value_is_digit(*text) && *end == '\0' && pid <= INT_MAX ? (pid_t)pid : 0;
}

static void drop(struct why *why)
{
	enders_end(&why->enders);
	census_free(&why->census);
	why->count = why->omitted = 0;
}

/* Look at everything, and find the processes that are asked for. */
static enum status take_census(struct why *why)
{
	char *names[] = {why->target};
	const struct census_request request = {.kinds = OBJECT_KINDS_ALL,
	                                       .details = true,
	                                       .waits = true,
	                                       .names = names,
	                                       .name_count = 1};
	enum status status = census_take(&why->census, &request);
	if (status == STATUS_OK)
		status = enders_begin(&why->enders, &why->census);
	if (status == STATUS_OK)
		status = deadlock_find(&why->enders);
	if (status != STATUS_OK)
		return status;
	if (why->pid > 0) {
		if (enders_process(&why->enders, why->pid) == NULL)
			return error_as(STATUS_NOT_FOUND, "%s: no such process",
			                why->target);
		add_process(why, why->pid);
		return STATUS_OK;
	}
	status = STATUS_NOT_FOUND;
	for (size_t i = 0; i < why->census.objects.count; i++) {
		if (!table_is_named(&why->census.objects.objects[i], why->target))
			continue;
		status = STATUS_OK;
		why->omitted += why->census.objects.objects[i].waiters;
		for (size_t k = census_first_waiter(&why->census, (int)i);
		     k < why->census.waiter_count &&
		     why->census.waiters[k].object == (int)i;
		     k++)
			add_process(why, why->census.waiters[k].pid);
	}
	why->omitted -= why->count;
	return status == STATUS_OK ? status
	                           : error_as(status, "%s: no such object", why->target);
}

/*
 * A census takes a moment, in which processes that are not blocked go on: all that seem
 * to wait for each other may have done so one after the other. So take it twice: the
 * deadlock is certain if none of them has run since the first one.
 */
static enum status take_certain_census(struct why *why)
{
	enum status status = take_census(why);
	if (status != STATUS_OK)
		return status;
	struct deadlock_circle before = find_circle(why);
	if (before.count == 0)
		return STATUS_OK;
	uint64_t switches = deadlock_count_switches(&before);
	drop(why);
	status = take_census(why);
	if (status != STATUS_OK)
		return status;
	why->circle = find_circle(why);
	if (why->circle.count != before.count ||
	    memcmp(why->circle.pids, before.pids, before.count * sizeof *before.pids) !=
	        0 ||
	    deadlock_count_switches(&before) != switches)
		why->circle.count = 0;
	return STATUS_OK;
}

/* "/full (10 of 10 messages); pid 7 x and pid 8 y have it" */
static enum status print_object(struct why *why, int index)
{
	const struct census *census = &why->census;
	const struct object *object = &census->objects.objects[index];
	struct why_sentence *sentence = &why->sentence;
	sentence->length = why->found.count = 0;
	why_sentence_put_name(sentence, object->name);
	why_sentence_put_fill(sentence, object);
	why_sentence_put(sentence,
	                 object->waiters == 0   ? ": no process waits for it"
	                 : object->waiters == 1 ? ": a process waits for it"
	                                        : ": %u processes wait for it",
	                 object->waiters);
	enders_find_holders(&why->enders, index, &why->found);
	if (why->found.count > 0) {
		why_sentence_put(sentence, "; ");
		why_sentence_put_processes(sentence, &why->census, why->found.pids,
		                           why->found.count);
		why_sentence_put(sentence,
		                 why->found.count == 1 ? " has it" : " have it");
	}
	return print_sentence(why, 0, index, NULL);
}

static enum status print_all(struct why *why)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; why->pid == 0 && i < why->census.objects.count; i++)
		if (status == STATUS_OK &&
		    table_is_named(&why->census.objects.objects[i], why->target))
			status = print_object(why, (int)i);
	for (size_t i = 0; i < why->count && status == STATUS_OK; i++)
		status = print_process(why, why->pids[i]);
	if (status == STATUS_OK && why->omitted > 0) {
		why->sentence.length = why->found.count = 0;
		why_sentence_put(&why->sentence, "%zu more processes wait for it",
		                 why->omitted);
		status = print_sentence(why, 0, OBJECT_NONE, NULL);
	}
	return status == STATUS_OK ? print_deadlock(why) : status;
}

enum status why_print(const char *target, bool json)
{
	struct why *why = calloc(1, sizeof *why);
	enum status status = STATUS_FAILED;
	if (why == NULL)
		return error_as(STATUS_FAILED, "%s", error_text(ENOMEM));
	why->json = json;
	why->target = strdup(target);
	why->pid = parse_pid(target);
	if (why->target == NULL)
		error_as(STATUS_FAILED, "%s", error_text(ENOMEM));
	else
		status = take_certain_census(why);
	if (status == STATUS_OK)
		status = print_all(why);
	drop(why);
	free(why->found.pids);
	free(why->target);
	free(why);
	return status;
}
