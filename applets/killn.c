/*
 * killn - send a signal, with a value or without
 *
 * To processes, process groups and threads; by PID, or by an identity that no later
 * process has. See kill(2), sigqueue(3), signal(7).
 */
#include <stdio.h>

#include "applet.h"
#include "base/ksig.h"
#include "base/value.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"
#include "signal/signame.h"
#include "signal/target.h"

struct killn {
	const char *signal;
	int64_t value;
	bool all, list, table;
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
           .excludes = "list table"),
    FLAG(0, "all", killn, all, 0,
         "permit 0 (every process of the caller's group) and -1 (every process)",
         .excludes = "list table"),
    END_OF_OPTIONS,
};

/* ------------------------------------------------------------------- list */

/* Signals with a name: the C library uses 32 and 33. */
static int killn_next_signal(int number)
{
	return number + 1 == KSIG_RTMIN - 2 ? KSIG_RTMIN : number + 1;
}

static enum status killn_list_names(void)
{
	struct signame name;
	enum status status = STATUS_OK;
	for (int n = 1; n <= KSIG_COUNT && status == STATUS_OK; n = killn_next_signal(n))
		status = output_printf("%s\n", signame_format(n, &name));
	return status;
}

static enum status killn_print_table(void)
{
	static const struct record_column columns[] = {
	    {"number", 6}, {"name", -8}, {"description", -1}, {0}};
	struct signame name;
	char description[32];
	bool headed = false;
	enum status status = record_heading(columns, false, &headed);
	for (int n = 1; n <= KSIG_COUNT && status == STATUS_OK;
	     n = killn_next_signal(n)) {
		struct record record;
		record_begin(&record, columns, false);
		record_number(&record, n);
		record_text(&record, signame_format(n, &name));
		record_text(&record, signame_description(n, description));
		status = record_end(&record);
	}
	return status;
}

/* A name to its number; a number, or a status of 128 + N, to the name. */
static enum status killn_translate(const char *text)
{
	struct signame name;
	struct value_error reason;
	int64_t number;
	int signal;
	bool is_number = value_number(text, 0, STATUS_MAX, &number, &reason) == NULL;
	if (is_number && number > STATUS_SIGNAL && number <= STATUS_SIGNAL + KSIG_COUNT)
		return output_printf("%s\n",
		                     signame_format((int)number - STATUS_SIGNAL, &name));
	enum status status = signame_parse(text, &signal);
	if (status != STATUS_OK)
		return status;
	return is_number ? output_printf("%s\n", signame_format(signal, &name))
	                 : output_printf("%d\n", signal);
}

/* ------------------------------------------------------------------- send */

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
		return killn_print_table();
	if (argc == 0)
		return killn_list_names();
	for (int i = 0; i < argc; i++)
		status = status_first_failure(status, killn_translate(argv[i]));
	return status;
}

static enum status killn_run(const void *opts, int argc, char **argv)
{
	const struct killn *given = opts;
	const char *name = given->signal;
	int signal, targets = argc;
	if (given->list || given->table)
		return killn_list(given, argc, argv);
	if (argc == 0)
		return error_usage("missing operand");
	if (name == NULL && argc > 2)
		return error_usage("extra operand '%s': several PIDs require -s SIGNAL",
		                   argv[2]);
	if (name == NULL && argc == 2)
		name = argv[targets = 1];
	enum status status = signame_parse(name != NULL ? name : "TERM", &signal);
	return status != STATUS_OK ? status
	                           : killn_send_all(given, signal, targets, argv);
}

APPLET(killn, .summary = "send a signal, with a value or without",
       .self = {.operands = "[PID [SIGNAL] | PID... | SIGNAL... | STATUS...]",
                .operand_kinds = {OPERAND_PID | OPERAND_SIGNAL | OPERAND_REPEATED},
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                .defaults = &defaults,
                OPTIONS_OF(killn),
                .run = killn_run});
