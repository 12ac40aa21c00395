/* SPDX-License-Identifier: MIT */
/*
 * killn - send a signal, with a value or without
 *
 * To processes, process groups and threads; by PID, or by an identity that no later
 * process has. See kill(2), sigqueue(3), signal(7).
 */
#include <string.h>

#include "applet.h"
#include "io/error.h"
#include "signal/escalation.h"
#include "signal/signame.h"
#include "signal/signame_list.h"
#include "signal/target.h"

struct killn {
	const char *signal, *escalate, *wait, *wait_handler, *name, *tree;
	int64_t value;
	bool all, list, table, inode, group, all_users, explain;
};

enum { GROUP_WHAT = 2 };

static const int64_t no_value = INT64_MIN;

static const struct killn defaults = {.value = no_value};

static const struct option_row options[] = {
    STRING('s', "signal", killn, signal, GROUP_WHAT, "SIGNAL",
           "send SIGNAL to each PID: INT, SIGINT, 2, RTMIN+3", .value = OPERAND_SIGNAL),
    FLAG('l', "list", killn, list, GROUP_WHAT,
         "list the names of the signals, or translate SIGNAL or an exit STATUS"),
    FLAG('L', "table", killn, table, GROUP_WHAT,
         "list number, name and description of the signals"),
    NUMBER('q', "queue", killn, value, 0, "VALUE", INT32_MIN, INT32_MAX,
           "queue the signal with VALUE (an int), as sigqueue does",
           EXCLUDES("list table")),
    FLAG(0, "all", killn, all, 0,
         "permit 0 (every process of the caller's group) and -1 (every process)",
         EXCLUDES("list table")),
    STRING(0, "wait", killn, wait, 0, "[=DURATION]",
           "wait until the processes have ended, print how: status 124 after DURATION",
           EXCLUDES("list table")),
    STRING(0, "wait-handler", killn, wait_handler, 0, "[=DURATION]",
           "signal each process once it has a handler for SIGNAL",
           EXCLUDES("list table inode")),
    STRING(0, "escalate", killn, escalate, GROUP_WHAT, "LIST",
           "TERM:5s,KILL: the next SIGNAL for those that have not ended after that time",
           .value = OPERAND_SIGNAL),
    FLAG(0, "inode", killn, inode, GROUP_WHAT, "print PID:INODE of each process instead",
         EXCLUDES("wait")),
    FLAG(0, "explain", killn, explain, 0, "print what the signal would do; send nothing",
         EXCLUDES("list table wait wait-handler escalate inode")),
    STRING(0, "name", killn, name, 0, "COMMAND",
           "your processes with exactly this name, no PID",
           EXCLUDES("list table all group")),
    FLAG(0, "all-users", killn, all_users, 0, "those of other users too",
         REQUIRES("name")),
    STRING(0, "tree", killn, tree, 0, "[=ORDER]",
           "and its descendants, stopped while they are found; ORDER: first, last",
           .value = OPERAND_WORD, .words = "first last",
           EXCLUDES("list table all wait-handler")),
    FLAG(0, "group", killn, group, 0, "each process of the group of each PID",
         EXCLUDES("list table all")),
    END_OF_OPTIONS,
};

/* 0 and -1 reach many processes: they require --all. */
static enum status killn_check_target(const struct killn *given, const char *text)
{
	struct signal_target target;
	enum status status = signal_target_parse(&target, text);
	if (status != STATUS_OK)
		return status;
	if (target.kind == SIGNAL_TARGET_ALL && given->value != no_value)
		return error_usage("'-1': a value can be queued for a process, thread or "
		                   "group, not for every process");
	if (target.kind == SIGNAL_TARGET_ALL && !given->all)
		return error_usage("'-1' is every process: --all permits it");
	if (target.kind == SIGNAL_TARGET_OWN_GROUP && !given->all)
		return error_usage("'0' is every process of the caller's group: --all "
		                   "permits it");
	return STATUS_OK;
}

static enum status killn_send_all(const struct killn *given, int signal, int argc,
                                  char **argv)
{
	struct signal_target target;
	int32_t value = (int32_t)given->value;
	enum status status = STATUS_OK;
	for (int i = 0; i < argc && status == STATUS_OK; i++)
		status = killn_check_target(given, argv[i]);
	if (status != STATUS_OK)
		return status;
	for (int i = 0; i < argc; i++) {
		signal_target_parse(&target, argv[i]);
		status = status_first_failure(
		    status, signal_target_send(&target, signal,
		                               given->value != no_value ? &value : NULL));
	}
	return status;
}

static enum status killn_list(const struct killn *given, int argc, char **argv)
{
	enum status status = STATUS_OK;
	if (given->table && argc > 0)
		return error_usage("extra operand '%s'", argv[0]);
	if (given->table)
		return signame_list_table();
	if (argc == 0)
		return signame_list_names();
	for (int i = 0; i < argc; i++)
		status = status_first_failure(status, signame_list_translation(argv[i]));
	return status;
}

/* As kill(1) has it: killn -9 PID, killn -KILL PID. */
static bool killn_is_signal(const char *text)
{
	return signame_number(text) >= 0;
}

/* Two letters are more likely options than a signal. */
static const char *killn_suggest_signal(struct suggestion *suggestion, const char *text)
{
	return strlen(text) > 2 ? signame_suggest(suggestion, text, "-") : "";
}

/* All processes are opened before one of them is signalled. */
static enum status killn_open(const struct killn *given, struct recipients *recipients,
                              int argc, char **argv)
{
	struct signal_target target;
	enum status status = STATUS_OK;
	for (int i = 0; i < argc && status == STATUS_OK; i++)
		status = killn_check_target(given, argv[i]);
	if (status == STATUS_OK && given->name != NULL)
		return recipients_open_named(recipients, given->name, given->all_users);
	for (int i = 0; i < argc && status != STATUS_USAGE; i++) {
		signal_target_parse(&target, argv[i]);
		status = status_first_failure(
		    status, given->group ? recipients_open_group_of(recipients, &target)
		                         : recipients_open(recipients, &target));
	}
	return status;
}

static enum status killn_act(const struct killn *given, const struct escalation *plan,
                             struct recipients *recipients)
{
	if (!given->inode && !given->explain)
		return escalation_run(plan, recipients);
	enum status status =
	    plan->tree != TREE_NONE ? tree_find(recipients, plan->tree) : STATUS_OK;
	return status_first_failure(
	    status, given->inode ? recipients_print_inodes(recipients)
	                         : recipients_explain(recipients, plan->steps[0].signal,
	                                              plan->value != NULL));
}

/* The options that need the processes for longer than one signal. */
static enum status killn_opened(const struct killn *given, struct escalation *plan,
                                int argc, char **argv)
{
	struct recipients recipients = {0};
	int32_t value = (int32_t)given->value;
	enum status status =
	    escalation_parse_wait(given->wait, &plan->wait, &plan->wait_timeout);
	if (status == STATUS_OK)
		status = escalation_parse_wait(given->wait_handler, &plan->wait_handler,
		                               &plan->handler_timeout);
	if (status == STATUS_OK)
		status = tree_parse(given->tree, &plan->tree);
	if (status != STATUS_OK)
		return status;
	plan->wait |= given->escalate != NULL;
	plan->value = given->value != no_value ? &value : NULL;
	status = killn_open(given, &recipients, argc, argv);
	if (status != STATUS_USAGE)
		status =
		    status_first_failure(status, killn_act(given, plan, &recipients));
	plan->value = NULL;
	recipients_end(&recipients);
	return status;
}

static bool killn_needs_opened(const struct killn *given)
{
	return given->escalate != NULL || given->wait != NULL ||
	       given->wait_handler != NULL || given->name != NULL || given->group ||
	       given->inode || given->explain || given->tree != NULL;
}

/* How many of the operands are PIDs: a SIGNAL may follow. */
static enum status killn_plan(const struct killn *given, struct escalation *plan,
                              int *targets, int argc, char **argv)
{
	const char *name = given->signal;
	bool named = name != NULL || given->escalate != NULL || given->inode;
	*targets = given->name != NULL ? 0 : named || argc == 1 ? argc : 1;
	if (argc == 0 && given->name == NULL)
		return error_usage("missing operand PID");
	if (!named && argc > *targets + 1)
		return error_usage(
		    "extra operand '%s'%s", argv[*targets + 1],
		    given->name != NULL ? "" : ": several PIDs require -SIGNAL or -s");
	if (named && argc > *targets)
		return error_usage("extra operand '%s': --name requires no PID", argv[0]);
	if (given->escalate != NULL)
		return escalation_parse(plan, given->escalate);
	if (!named && argc > *targets)
		name = argv[*targets];
	return signame_parse(name != NULL ? name : "TERM", &plan->steps[0].signal);
}

static enum status killn_run(const void *opts, int argc, char **argv)
{
	const struct killn *given = opts;
	struct escalation plan = {.count = 1};
	int targets;
	if (given->list || given->table)
		return killn_list(given, argc, argv);
	enum status status = killn_plan(given, &plan, &targets, argc, argv);
	if (status != STATUS_OK)
		return status;
	if (killn_needs_opened(given))
		return killn_opened(given, &plan, targets, argv);
	return killn_send_all(given, plan.steps[0].signal, targets, argv);
}

APPLET(killn, .summary = "send a signal, with a value or without",
       .group = APPLETS_SIGNALS, .example = "killn -q 42 $! RTMIN+3; wait",
       .self = {.operands = "[-SIGNAL] [PID [SIGNAL] | PID... | SIGNAL... | STATUS...]",
                .operand_kinds = {OPERAND_PID | OPERAND_SIGNAL | OPERAND_REPEATED},
                .max_operands = OPERANDS_UNLIMITED,
                .unknown_option_hint = "a signal is -s SIGNAL, -SIGNAL or the word after "
                                       "PID, a process group -- -PGID",
                .is_dash_value = killn_is_signal,
                .suggest_dash_value = killn_suggest_signal,
                .dash_letter = 's',
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(killn),
                .run = killn_run});
