/* SPDX-License-Identifier: MIT */
#include "inspect/why_sentence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/procfs.h"
#include "inspect/table.h"
#include "io/escape.h"

/* ------------------------------------------------------------------------ parts */

void why_sentence_put(struct why_sentence *sentence, const char *format, ...)
{
	va_list arguments;
	size_t room = sizeof sentence->text - sentence->length;
	va_start(arguments, format);
	int length =
	    vsnprintf(sentence->text + sentence->length, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		sentence->length += (size_t)length < room ? (size_t)length : room - 1;
}

void why_sentence_put_name(struct why_sentence *sentence, const char *name)
{
	char character[ESCAPE_CHARACTER_MAX];
	while (*name != '\0') {
		size_t length = escape_character(character, &name);
		why_sentence_put(sentence, "%.*s", (int)length, character);
	}
}

void why_sentence_put_process(struct why_sentence *sentence, struct census *census,
                              pid_t pid)
{
	why_sentence_put(sentence, "pid %d ", (int)pid);
	why_sentence_put_name(sentence, census_command(census, pid));
}

void why_sentence_put_processes(struct why_sentence *sentence, struct census *census,
                                const pid_t *pids, size_t count)
{
	enum { SHOWN = 4 };
	/* not "and 1 others" */
	size_t shown = count > SHOWN + 1 ? SHOWN : count;
	for (size_t i = 0; i < shown; i++) {
		why_sentence_put(sentence, "%s",
		                 i == 0           ? ""
		                 : i + 1 == count ? " and "
		                                  : ", ");
		why_sentence_put_process(sentence, census, pids[i]);
	}
	if (count > shown)
		why_sentence_put(sentence, " and %zu others", count - shown);
}

/* ---------------------------------------------------------------------- an event */

static const struct {
	const char *word;
	const char *text; /* before the object */
} events[] = {
    [BLOCKED_UNKNOWN] = {"unknown", "an event that is not known"},
    [BLOCKED_MESSAGE] = {"message", ""},
    [BLOCKED_ROOM] = {"room", "room on "},
    [BLOCKED_PERMITS] = {"permits", ""},
    [BLOCKED_ZERO] = {"zero", "the value 0 of "},
    [BLOCKED_LOCK] = {"lock", ""},
    [BLOCKED_FUTEX] = {"futex", ""},
    [BLOCKED_THREAD] = {"thread", "another thread of its process"},
    [BLOCKED_READER] = {"reader", "a process that opens for reading "},
    [BLOCKED_WRITER] = {"writer", "a process that opens for writing "},
    [BLOCKED_DATA] = {"data", "data from "},
    [BLOCKED_CONNECTION] = {"connection", "a connection to "},
    [BLOCKED_ACCEPT] = {"accept", "its connection to be accepted"},
    [BLOCKED_CHILD] = {"child", ""},
    [BLOCKED_SIGNAL] = {"signal", "a signal"},
    [BLOCKED_TIME] = {"time", "a time"},
};

const char *why_sentence_word(enum blocked_on on)
{
	return events[on].word;
}

/* "10 of 10 messages" */
void why_sentence_put_fill(struct why_sentence *sentence, const struct object *object)
{
	char text[TABLE_FILL_BYTES];
	table_fill_text(text, object);
	char *slash = strchr(text, '/');
	if (slash != NULL)
		*slash = '\0';
	if (text[0] != '\0')
		why_sentence_put(sentence, " (%s%s%s)", text, slash != NULL ? " of " : "",
		                 slash != NULL ? slash + 1 : "");
}

/* The name of the object, or of what the descriptor refers to, and how full it is. */
static void put_object(struct why_sentence *sentence, const struct census *census,
                       const struct census_waiter *waiter)
{
	char path[48], link[4096];
	if (waiter->object != OBJECT_NONE) {
		const struct object *object = &census->objects.objects[waiter->object];
		why_sentence_put_name(sentence, object->name);
		if (object->identity.kind == OBJECT_SEM && object->identity.system_v)
			why_sentence_put(sentence, "[%d]", waiter->part);
		if (waiter->on != BLOCKED_LOCK && waiter->on != BLOCKED_FUTEX &&
		    waiter->on != BLOCKED_DATA)
			why_sentence_put_fill(sentence, object);
		return;
	}
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)waiter->pid, waiter->fd);
	ssize_t length = waiter->fd < 0 ? -1 : readlink(path, link, sizeof link - 1);
	if (length <= 0) {
		why_sentence_put(sentence, "an object that is not known");
		return;
	}
	link[length] = '\0';
	why_sentence_put_name(sentence, link);
}

static void put_lock(struct why_sentence *sentence, const struct census_waiter *waiter)
{
	why_sentence_put(sentence, "a %slock ", waiter->shared ? "read " : "");
	if (waiter->length != 0)
		why_sentence_put(sentence, "of bytes %lld to %lld ",
		                 (long long)waiter->amount,
		                 (long long)(waiter->amount + waiter->length - 1));
	else if (waiter->amount != 0)
		why_sentence_put(sentence, "from byte %lld ", (long long)waiter->amount);
	why_sentence_put(sentence, "on ");
}

static void put_child(struct why_sentence *sentence, struct census *census,
                      const struct census_waiter *waiter,
                      const struct enders_found *found)
{
	if (found->count == 0) {
		why_sentence_put(sentence, "a signal");
		return;
	}
	why_sentence_put(sentence, "%s", found->count > 1 ? "one of " : "");
	why_sentence_put_processes(sentence, census, found->pids, found->count);
	why_sentence_put(sentence, waiter->fd >= 0 ? " to end" : ", its child");
	why_sentence_put(sentence, "%s", found->count > 1 && waiter->fd < 0 ? "ren" : "");
}

/* Of a word in memory: does it belong to a lock that a process holds? */
static bool is_lock(const struct enders *enders, const struct census_waiter *waiter)
{
	return waiter->object != OBJECT_NONE &&
	       enders->census->objects.objects[waiter->object].identity.kind ==
	           OBJECT_LOCK;
}

static void put_event(struct why_sentence *sentence, const struct enders *enders,
                      const struct census_waiter *waiter,
                      const struct enders_found *found)
{
	long long amount = waiter->amount;
	why_sentence_put(sentence, "%s", events[waiter->on].text);
	switch (waiter->on) {
	case BLOCKED_UNKNOWN:
	case BLOCKED_THREAD:
	case BLOCKED_ACCEPT:
	case BLOCKED_SIGNAL:
	case BLOCKED_TIME: return;
	case BLOCKED_CHILD: put_child(sentence, enders->census, waiter, found); return;
	case BLOCKED_LOCK: put_lock(sentence, waiter); break;
	case BLOCKED_MESSAGE:
		why_sentence_put(sentence,
		                 amount == 0  ? "a message on "
		                 : amount > 0 ? "a message of type %lld on "
		                              : "a message of a type up to %lld on ",
		                 amount > 0 ? amount : -amount);
		break;
	case BLOCKED_PERMITS:
		why_sentence_put(
		    sentence, amount == 1 ? "a permit of " : "%lld permits of ", amount);
		break;
	case BLOCKED_FUTEX:
		if (is_lock(enders, waiter))
			why_sentence_put(
			    sentence, "the %s ",
			    enders->census->objects.objects[waiter->object].text);
		else
			why_sentence_put(sentence, "%s at offset %lld of ",
			                 waiter->part > 0 && found->count == 1
			                     ? "the mutex"
			                     : "a change of the word",
			                 amount);
		break;
	default: break;
	}
	put_object(sentence, enders->census, waiter);
}

/* ------------------------------------------------------------------- who can end it */

/* "no process has it open", but only if all could be looked at. */
static void put_no_process(struct why_sentence *sentence, const struct census *census,
                           bool other, const char *what)
{
	why_sentence_put(sentence, "; no %sprocess ", other ? "other " : "");
	if (census->hidden_processes > 0)
		why_sentence_put(sentence, "that may be inspected %s (%zu may not)", what,
		                 census->hidden_processes);
	else
		why_sentence_put(sentence, "%s", what);
}

enum relation { NONE, WRITES, READS, HOLDS, MAPS, CONNECTED, CHANGED, RECEIVED, SENT };

/* Of one process; of several, or of none if it is the last one that did it. */
static const char *const relations[][2] = {
    [WRITES] = {"has it open for writing", "have it open for writing"},
    [READS] = {"has it open for reading", "have it open for reading"},
    [HOLDS] = {"holds it", "hold it"},
    [MAPS] = {"has it mapped", "have it mapped"},
    [CONNECTED] = {"is at the other end", "are at the other end"},
    [CHANGED] = {"changed it last", "has changed it"},
    [RECEIVED] = {"received from it last", "has received from it"},
    [SENT] = {"sent to it last", "has sent to it"},
};

static enum relation relation_of(const struct enders *enders,
                                 const struct census_waiter *waiter,
                                 const struct enders_found *found)
{
	if (waiter->on == BLOCKED_LOCK || is_lock(enders, waiter))
		return HOLDS;
	if (waiter->object == OBJECT_NONE)
		return NONE;
	const struct object *object = &enders->census->objects.objects[waiter->object];
	bool system_v = object->identity.system_v;
	if (object->identity.kind == OBJECT_SOCKET)
		return waiter->on == BLOCKED_CONNECTION ? NONE : CONNECTED;
	switch (waiter->on) {
	case BLOCKED_MESSAGE: return system_v ? SENT : WRITES;
	case BLOCKED_ROOM: return system_v ? RECEIVED : READS;
	case BLOCKED_DATA: return WRITES;
	case BLOCKED_FUTEX: return waiter->part > 0 && found->count == 1 ? HOLDS : MAPS;
	case BLOCKED_ZERO:
	case BLOCKED_PERMITS:
		if (system_v)
			return CHANGED;
		return found->count > 0 && enders_is_keeper(enders, found->pids[0])
		           ? HOLDS
		           : MAPS;
	default: return NONE;
	}
}

static void put_enders(struct why_sentence *sentence, const struct enders *enders,
                       const struct census_waiter *waiter,
                       const struct enders_found *found)
{
	enum relation relation = relation_of(enders, waiter, found);
	if (relation == NONE)
		return;
	const char *const *words = relations[relation];
	if (found->count > 0) {
		why_sentence_put(sentence, "; ");
		why_sentence_put_processes(sentence, enders->census, found->pids,
		                           found->count);
		why_sentence_put(sentence, " %s", words[found->count > 1]);
	} else if (found->last > 0) {
		why_sentence_put(sentence, "; the process that %s (pid %d) has ended",
		                 words[0], (int)found->last);
	} else if (relation >= CHANGED) {
		why_sentence_put(sentence, "; no process %s", words[1]);
	} else {
		put_no_process(sentence, enders->census, found->self, words[0]);
	}
}

void why_sentence_put_wait(struct why_sentence *sentence, const struct enders *enders,
                           const struct census_waiter *waiter,
                           const struct enders_found *found, bool first)
{
	why_sentence_put_process(sentence, enders->census, waiter->pid);
	if (waiter->thread != waiter->pid)
		why_sentence_put(sentence, " (thread %d)", (int)waiter->thread);
	why_sentence_put(sentence, first ? " waits for " : " or for ");
	put_event(sentence, enders, waiter, found);
	put_enders(sentence, enders, waiter, found);
}

/* ------------------------------------------------------------- without a known wait */

void why_sentence_put_state(struct why_sentence *sentence, const struct enders *enders,
                            pid_t pid, bool is_in_call)
{
	const struct enders_process *process = enders_process(enders, pid);
	char path[48], function[128];
	why_sentence_put_process(sentence, enders->census, pid);
	snprintf(path, sizeof path, "/proc/%d/wchan", (int)pid);
	procfs_read(path, function, sizeof function);
	switch (process != NULL ? process->state : 0) {
	case 0:
	case 'X': why_sentence_put(sentence, " has ended"); return;
	case 'R': why_sentence_put(sentence, " runs"); return;
	case 'T':
	case 't': why_sentence_put(sentence, " is stopped"); return;
	case 'Z':
		why_sentence_put(sentence,
		                 " has ended, but its parent has not waited for it: ");
		why_sentence_put_process(sentence, enders->census, process->parent);
		return;
	default:
		why_sentence_put(
		    sentence, is_in_call ? " sleeps in a system call that is not known"
		                         : " sleeps; what it waits for may not be read");
		if (function[0] != '\0' && function[0] != '0') {
			why_sentence_put(sentence, " (kernel function ");
			why_sentence_put_name(sentence, function);
			why_sentence_put(sentence, ")");
		}
	}
}
