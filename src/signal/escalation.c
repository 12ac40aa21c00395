/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/value.h"
#include "io/error.h"
#include "signal/escalation.h"
#include "signal/signame.h"

static enum status parse_step(struct escalation_step *step, char *text)
{
	char *duration = strchr(text, ':');
	*step = (struct escalation_step){.timeout = {.kind = TIMEOUT_NONE}};
	if (duration != NULL) {
		*duration++ = '\0';
		step->timeout.kind = TIMEOUT_AFTER;
		enum status status = error_unless_valid(
		    duration, value_duration(duration, &step->timeout.nanoseconds));
		if (status != STATUS_OK)
			return status;
	}
	return signame_parse(text, &step->signal);
}

enum status escalation_parse_wait(const char *text, bool *given, struct timeout *timeout)
{
	*given = text != NULL;
	if (text == NULL || *text == '\0')
		return STATUS_OK;
	timeout->kind = TIMEOUT_AFTER;
	return error_unless_valid(text, value_duration(text, &timeout->nanoseconds));
}

enum status escalation_parse(struct escalation *escalation, const char *text)
{
	char step[64];
	escalation->count = 0;
	for (;;) {
		size_t length = strcspn(text, ",");
		if (length >= sizeof step)
			return error_usage("'%s' is not SIGNAL:DURATION,...", text);
		if (escalation->count == ESCALATION_MAX)
			return error_usage("--escalate: more than %d signals",
			                   ESCALATION_MAX);
		snprintf(step, sizeof step, "%.*s", (int)length, text);
		struct escalation_step *next = &escalation->steps[escalation->count++];
		enum status status = parse_step(next, step);
		if (status != STATUS_OK || text[length] == '\0')
			return status;
		if (next->timeout.kind == TIMEOUT_NONE)
			return error_usage("--escalate: '%s' requires a DURATION, as in "
			                   "TERM:5s,KILL",
			                   step);
		text += length + 1;
	}
}

static enum status send_step(const struct escalation *escalation, int i,
                             struct recipients *recipients)
{
	int signal = escalation->steps[i].signal;
	if (escalation->tree != TREE_NONE)
		return tree_send(recipients, escalation->tree, signal, escalation->value);
	struct deadline deadline = deadline_start(escalation->handler_timeout);
	return escalation->wait_handler && i == 0
	           ? recipients_send_to_handlers(recipients, signal, escalation->value,
	                                         &deadline)
	           : recipients_send(recipients, signal, escalation->value);
}

enum status escalation_run(const struct escalation *escalation,
                           struct recipients *recipients)
{
	enum status status = STATUS_OK, next;
	for (int i = 0;; i++) {
		const struct timeout *timeout = &escalation->steps[i].timeout;
		next = send_step(escalation, i, recipients);
		status = status_first_failure(status, next);
		if (next > STATUS_SIGNAL || !escalation->wait)
			return status;
		if (timeout->kind == TIMEOUT_NONE)
			timeout = &escalation->wait_timeout;
		struct deadline deadline = deadline_start(*timeout);
		next = recipients_wait(recipients, &deadline);
		if (next != STATUS_TIMED_OUT)
			return status_first_failure(status, next);
		if (i + 1 == escalation->count)
			return status_first_failure(
			    status, recipients_report_running(recipients));
	}
}
