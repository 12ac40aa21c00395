/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

const char *const finding_names[FINDINGS] = {"right",   "unfired", "hang",    "crash",
                                             "process", "status",  "message", "silent",
                                             "state",   "lost",    "leak"};

void evidence_free(struct evidence *evidence)
{
	text_free(&evidence->out);
	text_free(&evidence->err);
	text_free(&evidence->objects);
}

static bool same(const struct text *a, const struct text *b)
{
	return strcmp(text_of(a), text_of(b)) == 0;
}

static bool is_prefix(const struct text *a, const struct text *b)
{
	return a->length <= b->length && memcmp(text_of(a), text_of(b), a->length) == 0;
}

static bool is_kill(const struct injection *injection)
{
	return injection->kind == INJECTION_KILL_BEFORE ||
	       injection->kind == INJECTION_KILL_AFTER;
}

static bool is_crash(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGABRT ||
	       signal == SIGILL || signal == SIGFPE || signal == SIGTRAP ||
	       signal == SIGSYS;
}

/* Is the option among the words of the command? */
static bool has_option(const char *run, char option)
{
	for (const char *at = run; (at = strchr(at, '-')) != NULL; at++)
		if (at > run && at[-1] == ' ' && strchr(at, option) != NULL &&
		    strcspn(at, " ") > (size_t)(strchr(at, option) - at))
			return true;
	return false;
}

static bool means_not_found(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ESRCH:
	case EIDRM:
	case EINVAL: /* of an id of System V */
	case ENXIO:
	case ECONNREFUSED: return true;
	default: return false;
	}
}

static bool means_exists(int error)
{
	return error == EEXIST || error == EADDRINUSE;
}

/* Is it a status that the page names, and for this? */
static bool status_is_right(const struct trial *trial, const char **why)
{
	int status = trial->seen->status;
	const struct injection *injection = trial->injection;
	const char *run = trial->scenario->run;
	if (status == trial->after->status)
		return true;
	if (status > 128 && injection->kind == INJECTION_SIGNAL &&
	    status == 128 + injection->value)
		return true;
	if (is_kill(injection) && status == 128 + SIGKILL)
		return true;
	/* ipctool.7: of all applets, when the reader of standard output has closed it */
	if (status == 128 + SIGPIPE && injection->kind == INJECTION_ERROR &&
	    injection->value == EPIPE)
		return true;
	*why = "a stop and a continuation are to change nothing";
	if (injection->kind == INJECTION_STOP)
		return false;
	/* env(1) */
	*why = "cannot execute the command, which is 126 or 127";
	if (injection->kind == INJECTION_ERROR && status == 125 &&
	    injection->call == call_number("execve"))
		return false;
	*why = "a status that the page does not name";
	if (!trial->scenario->applet->statuses[status])
		return false;
	*why = "would block, but it was not asked for that";
	if ((status == 3 || status == 123) && !has_option(run, 'n'))
		return false;
	*why = "timed out, but there was no time-out";
	if (status == 124 && !has_option(run, 't'))
		return false;
	*why = "not found, though it is there";
	if (status == 4 &&
	    !(injection->kind == INJECTION_ERROR && means_not_found(injection->value)))
		return false;
	*why = "exists, though it does not";
	return status != 5 || strstr(text_of(&trial->seen->err), "exists") != NULL ||
	       (injection->kind == INJECTION_ERROR && means_exists(injection->value));
}

static bool is_note(const struct applet *applet, const char *line, size_t length)
{
	char copy[1024];
	if (!applet->has_notes || length >= sizeof copy)
		return false;
	memcpy(copy, line, length);
	copy[length] = '\0';
	return regexec(&applet->notes, copy, 0, NULL, 0) == 0;
}

/* NAME: OBJECT: REASON, nothing of it empty. */
static bool is_message(const struct applet *applet, const char *line, size_t length)
{
	size_t name = strlen(applet->name);
	return length > name + 2 && memcmp(line, applet->name, name) == 0 &&
	       memcmp(line + name, ": ", 2) == 0 && line[length - 1] != ' ' &&
	       line[length - 1] != ':' && memmem(line, length, ": :", 3) == NULL;
}

/* Messages on standard error; -1: something else is among them. */
static int count_messages(const struct trial *trial)
{
	const struct applet *applet = trial->scenario->applet;
	const char *line = text_of(&trial->seen->err), *end;
	int count = 0;
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		if (is_note(applet, line, (size_t)(end - line)))
			continue;
		if (!is_message(applet, line, (size_t)(end - line)))
			return -1;
		count++;
	}
	return *line == '\0' ? count : -1;
}

/* Can nothing be written, because that is what was injected? */
static bool is_mute(const struct trial *trial)
{
	const struct injection *injection = trial->injection;
	return trial->hits_messages ||
	       (injection->from_then_on &&
	        strncmp(call_name(injection->call), "write", 5) == 0);
}

static bool message_is_right(const struct trial *trial, bool failed, const char **why)
{
	int count = count_messages(trial),
	    usual = same(&trial->seen->err, &trial->after->err);
	int status = trial->seen->status;
	if (is_mute(trial))
		return true;
	*why = "not a message of the form NAME: OBJECT: REASON";
	if (count < 0)
		return usual;
	*why = "more lines than one";
	if (count > trial->scenario->lines && !usual)
		return false;
	*why = "fails without a message";
	if (!failed || trial->seen->signal != 0 || status > 128)
		return true;
	return count > 0;
}

/* Does the message tell how far it came? With several operands it names the one that
 * failed. */
static bool is_said(const struct trial *trial)
{
	static const char *const words[] = {
	    " sent, then", " received, then", " after ", "put back", "discarded",
	    " lost",       " stays",          " left",   "remains",  "cannot be removed"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(text_of(&trial->seen->err), words[i]) != NULL)
			return true;
	return is_mute(trial) ||
	       (trial->scenario->lines > 1 && trial->seen->err.length > 0);
}

static bool is_signal(const struct injection *injection)
{
	return injection->kind == INJECTION_SIGNAL || is_kill(injection);
}

static enum finding judge_objects(const struct trial *trial, const char **why)
{
	const struct evidence *seen = trial->seen, *after = trial->after;
	const struct compare compare = {.before = text_of(trial->before),
	                                .others = text_of(trial->others),
	                                .after = text_of(&after->objects),
	                                .seen = text_of(&seen->objects),
	                                .out = text_of(&seen->out),
	                                .out_after = text_of(&after->out)};
	bool same_objects = same(&seen->objects, &after->objects);
	*why = "succeeds, and without an injection it does not";
	if (seen->status == 0 && after->status != 0 && seen->err.length == 0 &&
	    !is_signal(trial->injection))
		return FINDING_SILENT;
	if (same_objects && same(&seen->out, &after->out))
		return FINDING_NONE;
	if (seen->status == 0 && after->status == 0) {
		*why = "succeeds, and not everything was done";
		return FINDING_SILENT;
	}
	bool part = is_prefix(&seen->out, &after->out) ||
	            (trial->scenario->lines > 1 &&
	             compare_is_part(compare.out, compare.out_after));
	if (part &&
	    (same(&seen->objects, trial->before) || same(&seen->objects, trial->others)))
		return FINDING_NONE;
	*why = "an object is left behind";
	if (compare_has_new(&compare) && is_said(trial))
		return FINDING_NONE;
	if (compare_has_new(&compare))
		return FINDING_LEAK;
	*why = "objects and output are neither as before nor as after";
	if (!part || !compare_is_between(&compare))
		return FINDING_STATE;
	*why = "a message is lost";
	if (compare_has_lost(&compare) && !is_mute(trial) &&
	    strstr(text_of(&seen->err), "lost") == NULL &&
	    strstr(text_of(&seen->err), "discarded") == NULL)
		return FINDING_LOST;
	*why = "ends in between, and does not say so";
	return same_objects || is_signal(trial->injection) || is_said(trial)
	           ? FINDING_NONE
	           : FINDING_STATE;
}

static bool matches(const struct acceptance *acceptance, enum finding finding,
                    const struct injection *injection, const char *evidence)
{
	char text[INJECTION_TEXT];
	injection_print(injection, text);
	bool kills = is_kill(injection) ||
	             (injection->kind == INJECTION_SIGNAL && injection->value == SIGUSR1);
	bool applies = fnmatch(acceptance->injection, text, 0) == 0;
	if (strcmp(acceptance->injection, "kills") == 0)
		applies = kills;
	else if (strcmp(acceptance->injection, "signals") == 0)
		applies = kills || injection->kind == INJECTION_SIGNAL;
	if (!applies || fnmatch(acceptance->kind, finding_names[finding], 0) != 0)
		return false;
	for (size_t i = 0; i < acceptance->count; i++)
		if (regexec(&acceptance->evidence[i], evidence, 0, NULL, 0) != 0)
			return false;
	return true;
}

static bool is_accepted(const struct trial *trial, enum finding finding)
{
	struct text all = {0};
	bool accepted = false;
	text_add(&all, "status %d\n%s%s\n%s", trial->seen->status,
	         text_of(&trial->seen->err), text_of(&trial->seen->out),
	         text_of(&trial->seen->objects));
	for (const struct acceptances *of = &trial->scenario->accepted; of != NULL;
	     of = of->wider)
		for (size_t i = 0; i < of->count && !accepted; i++)
			accepted = matches(&of->list[i], finding, trial->injection,
			                   text_of(&all));
	text_free(&all);
	return accepted;
}

enum finding judge(const struct trial *trial, const char **why)
{
	const struct evidence *seen = trial->seen;
	enum finding finding = FINDING_NONE;
	bool failed = seen->status != 0 && seen->status != trial->after->status;
	*why = "nothing was injected";
	if (!trial->trace->fired)
		return FINDING_UNFIRED;
	*why = "takes more than five seconds";
	if (trial->trace->hung)
		finding = FINDING_HANG;
	if (finding == FINDING_NONE &&
	    (is_crash(seen->signal) ||
	     (seen->status > 128 && is_crash(seen->status - 128)))) {
		*why = "crashes";
		finding = FINDING_CRASH;
	}
	if (finding == FINDING_NONE && trial->trace->left > 0) {
		*why = "a process is left";
		finding = FINDING_PROCESS;
	}
	if (finding != FINDING_NONE)
		return is_accepted(trial, finding) ? FINDING_NONE : finding;
	if (!status_is_right(trial, why) && !is_accepted(trial, FINDING_STATUS))
		return FINDING_STATUS;
	if (!message_is_right(trial, failed, why) && !is_accepted(trial, FINDING_MESSAGE))
		return FINDING_MESSAGE;
	finding = judge_objects(trial, why);
	return is_accepted(trial, finding) ? FINDING_NONE : finding;
}
