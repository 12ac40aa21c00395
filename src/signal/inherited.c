/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/frontend.h"
#include "base/ksig.h"
#include "io/error.h"
#include "process/child.h"
#include "process/exec.h"
#include "signal/inherited.h"
#include "signal/signame.h"

enum { LIBRARY_FIRST = 32, LIBRARY_LAST = 33 }; /* SIGCANCEL, SIGSETXID of glibc */

/* One name, of this length. */
static enum status parse_listed_signal(const char *text, size_t length, uint64_t *set)
{
	char name[32];
	int number = 0;
	if (length == 0)
		return error_usage("a name is missing in a list of signals");
	snprintf(name, sizeof name, "%.*s", (int)length, text);
	if (strcmp(name, "all") == 0) {
		*set |=
		    ksig_catchable() & ~ksig_bit(LIBRARY_FIRST) & ~ksig_bit(LIBRARY_LAST);
		return STATUS_OK;
	}
	enum status status = signame_parse_catchable(name, &number);
	if (status == STATUS_OK)
		*set |= ksig_bit(number);
	return status;
}

enum status signal_inherited_parse(const char *list, uint64_t *set)
{
	*set = 0;
	enum status status = STATUS_OK;
	while (list != NULL && status == STATUS_OK) {
		size_t length = strcspn(list, ",");
		status = parse_listed_signal(list, length, set);
		list = list[length] == ',' ? list + length + 1 : NULL;
	}
	return status;
}

/* In the process that becomes the command. */
static bool set_dispositions(void *argument)
{
	const struct signal_inherited *inherited = argument;
	static const struct sigaction ignore = {.sa_handler = SIG_IGN},
	                              standard = {.sa_handler = SIG_DFL};
	for (int signal = 1; signal <= KSIG_COUNT; signal++) {
		uint64_t bit = ksig_bit(signal);
		if (((inherited->ignore & bit) != 0 &&
		     ksig_action(signal, &ignore, NULL) < 0) ||
		    ((inherited->standard & bit) != 0 &&
		     ksig_action(signal, &standard, NULL) < 0)) {
			error_errno("signal %d", signal);
			return false;
		}
	}
	return true;
}

static enum status become_command(const struct signal_inherited *inherited, char **argv)
{
	struct signal_inherited copy = *inherited;
	/* it restores SIGPIPE, which may be one of the signals */
	frontend_restore_for_exec();
	if (!set_dispositions(&copy))
		return STATUS_RUN_ERROR;
	ksig_procmask(SIG_BLOCK, inherited->block);
	return exec_command(argv);
}

enum status signal_inherited_run(const struct signal_inherited *inherited, char **argv)
{
	struct signal_inherited copy = *inherited;
	struct child child;
	if (!frontend_is_builtin())
		return become_command(inherited, argv);
	enum status status = children_begin(&child.children, &child.pid, 1);
	if (status != STATUS_OK)
		return status;
	child.children.command_mask |= inherited->block;
	if (children_start(&child.children, argv, set_dispositions, &copy) > 0)
		return child_wait(&child);
	children_end(&child.children, 0);
	return STATUS_RUN_ERROR;
}
