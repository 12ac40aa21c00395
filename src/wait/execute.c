/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "base/ksig.h"
#include "io/error.h"
#include "process/children.h"
#include "wait/execute.h"

static bool wait_source_is_signal(const struct wait_source *source)
{
	return source->kind == &wait_signal_kind;
}

/* children.h reads the SIGCHLD of the command's end. */
enum status wait_execute_check(const struct wait_set *set)
{
	for (int i = 0; i < set->count; i++)
		if (wait_source_is_signal(&set->sources[i]) &&
		    set->sources[i].as.signals.set == ksig_bit(SIGCHLD))
			return error_usage("%s: cannot be used with --exec",
			                   set->sources[i].text);
	return STATUS_OK;
}

/* In the child. */
static bool wait_execute_prepare(void *argument)
{
	const struct wait_source *source = argument;
	if (wait_event_export(source->text, &source->event) == 0)
		return true;
	error_errno("the environment");
	return false;
}

/* The signals that are waited for; *before is the mask of the caller. */
static uint64_t wait_execute_signals(const struct wait_set *set, uint64_t *before)
{
	uint64_t signals = 0;
	for (int i = set->count - 1; i >= 0; i--)
		if (wait_source_is_signal(&set->sources[i])) {
			signals |= set->sources[i].as.signals.set;
			*before = set->sources[i].as.signals.saved_mask;
		}
	return signals;
}

enum status wait_execute(const struct wait_set *set, const struct wait_source *source,
                         const char *command, enum status *failed)
{
	char shell[] = "/bin/sh", option[] = "-c";
	char *argv[] = {shell, option, (char *)(uintptr_t)command, NULL};
	struct children children;
	struct children_exit ended = {0};
	uint64_t before = 0;
	pid_t pid;
	struct children_hooks hooks = {.ignore = wait_execute_signals(set, &before)};
	if (children_begin_with_hooks(&children, &pid, 1, &hooks) != STATUS_OK)
		return STATUS_FAILED;
	children.command_mask =
	    (children.command_mask & ~hooks.ignore) | (before & hooks.ignore);
	if (children_start(&children, argv, wait_execute_prepare,
	                   (void *)(uintptr_t)source) < 0) {
		children_end(&children, 0);
		return STATUS_FAILED;
	}
	children_wait(&children, &ended);
	*failed = status_first_failure(*failed, status_of_wait(ended.wait_status));
	int signal = children_termination_signal(&children);
	children_end(&children, signal);
	return signal != 0 ? (enum status)(STATUS_SIGNAL + signal) : STATUS_OK;
}
