/* SPDX-License-Identifier: MIT */
/*
 * ipcwait - wait for the first of several events
 *
 * Each source of events is a kind in wait/; none of them is changed by the wait.
 */
#include <errno.h>
#include <stdlib.h>

#include "applet.h"
#include "base/deadline.h"
#include "base/frontend.h"
#include "base/termsig.h"
#include "io/error.h"
#include "io/output.h"
#include "io/readiness.h"
#include "wait/execute.h"
#include "wait/set.h"

struct ipcwait {
	struct timeout timeout;
	bool json, all;
	int64_t count; /* 0: not given */
	const char *execute, *into;
	int64_t ready_fd;
};

static const struct ipcwait defaults = {.ready_fd = -1};

enum { GROUP_HOW_MANY = 2, GROUP_WHAT };

static const struct option_row options[] = {
    WAIT_OPTIONS(ipcwait, timeout),
    JSON(ipcwait, json, GROUP_WHAT),
    FLAG('a', "all", ipcwait, all, GROUP_HOW_MANY, "wait for all, each once"),
    NUMBER('c', "count", ipcwait, count, GROUP_HOW_MANY, "N", 1, INT64_MAX,
           "end after N events"),
    STRING('x', "exec", ipcwait, execute, GROUP_WHAT, "COMMAND",
           "run COMMAND by sh -c for each event, and go on", .value = OPERAND_COMMAND),
    INTO(ipcwait, into, 0, SHELL_VARIABLE_LINES, EXCLUDES("exec")),
    READINESS_FD(ipcwait, ready_fd),
    END_OF_OPTIONS,
};

/* Of one call. */
struct ipcwait_call {
	const struct ipcwait *given;
	struct wait_set set;
	int64_t events, wanted;
	enum status failed; /* of the first command that failed */
};

/* As `read` does: a script need not start a process to get the line. */
static enum status ipcwait_set_reply(const struct wait_source *source)
{
	if (!frontend_is_builtin() || output_is_variable() ||
	    frontend_variable_refusal("REPLY", false) != NULL)
		return STATUS_OK;
	char *line = wait_event_format(source->text, &source->event);
	int result = line != NULL ? frontend_set_variable("REPLY", line) : -1;
	free(line);
	return result == 0 ? STATUS_OK : error_errno("REPLY");
}

static enum status ipcwait_event(struct ipcwait_call *call, struct wait_source *source)
{
	const struct ipcwait *given = call->given;
	enum wait_repeat repeat = source->kind->repeat;
	call->events++;
	source->waitable.done = given->all || repeat == WAIT_ONCE ||
	                        (repeat == WAIT_LEVEL && given->execute == NULL);
	if (given->execute != NULL)
		return wait_execute(&call->set, source, given->execute, &call->failed);
	enum status status = wait_event_print(source->text, &source->event, given->json);
	return status == STATUS_OK ? ipcwait_set_reply(source) : status;
}

/* The deadline has come; errno as of the wait. */
static enum status ipcwait_expired(const struct ipcwait_call *call)
{
	enum status status = error_status(errno);
	const char *reason = status == STATUS_TIMED_OUT ? "timed out: " : "";
	bool is_end = errno == ENODATA;
	/* of --exec: for all that was ready, or came */
	if (status != STATUS_TIMED_OUT && call->events > 0 && call->wanted == INT64_MAX)
		return STATUS_OK;
	if (is_end)
		return error_as(status,
		                "no source can be ready any more, after %lld events",
		                (long long)call->events);
	if (call->events > 0)
		return error_as(status, "%sonly %lld of the events came", reason,
		                (long long)call->events);
	if (call->set.count > 1)
		return error_as(status, "%snone of the %d sources is ready", reason,
		                call->set.count);
	return error_as(status, "%s: %snot ready", call->set.sources[0].text, reason);
}

static enum status ipcwait_loop(struct ipcwait_call *call,
                                const struct deadline *deadline)
{
	enum status status = STATUS_OK;
	while (status == STATUS_OK && call->events < call->wanted) {
		struct wait_source *source;
		status = wait_set_next(&call->set, deadline, &source);
		if (status == STATUS_OK)
			status = source != NULL ? ipcwait_event(call, source)
			                        : ipcwait_expired(call);
		if (source == NULL)
			break;
	}
	return status;
}

/* Open the sources, and wait. */
static enum status ipcwait_wait(struct ipcwait_call *call, int count, char **texts,
                                const struct deadline *deadline)
{
	const struct ipcwait *given = call->given;
	enum status status = wait_set_open(&call->set, texts, count, NULL,
	                                   given->timeout.kind != TIMEOUT_ZERO);
	if (status == STATUS_OK && given->execute != NULL)
		status = wait_execute_check(&call->set);
	if (status == STATUS_OK)
		status = readiness_notify(given->ready_fd);
	if (status == STATUS_OK)
		status = ipcwait_loop(call, deadline);
	wait_set_close(&call->set);
	return status_first_failure(call->failed, status);
}

static enum status ipcwait_run(const void *opts, int argc, char **argv)
{
	const struct ipcwait *given = opts;
	struct deadline deadline = deadline_start(given->timeout);
	struct ipcwait_call call = {.given = given, .wanted = given->count};
	struct termsig termsig;
	enum status status = readiness_check(given->ready_fd);
	if (status != STATUS_OK)
		return status;
	if (given->count == 0)
		call.wanted = given->all ? argc : given->execute != NULL ? INT64_MAX : 1;
	termsig_begin(&termsig);
	return termsig_end(&termsig, ipcwait_wait(&call, argc, argv, &deadline));
}

APPLET(ipcwait, .summary = "wait for the first of several events",
       .group = APPLETS_SEEING_AND_WAITING,
       .example = "ipcwait -t 5s mq:/jobs pid:1234 signal:USR1",
       .self = {.operands = "SOURCE...",
                .operand_kinds = {OPERAND_SOURCE | OPERAND_REPEATED},
                .min_operands = 1,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(ipcwait),
                .run = ipcwait_run});
