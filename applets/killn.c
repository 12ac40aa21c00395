/*
 * killn - send a signal, with a value if you like
 *
 * To processes, groups and threads; by number, or by an identity that a new
 * process does not inherit. See kill(2), sigqueue(3), signal(7).
 */
#include <stdio.h>

#include "applet.h"
#include "base/sigset.h"
#include "base/value.h"
#include "io/output.h"
#include "io/record.h"
#include "io/report.h"
#include "signal/signame.h"
#include "signal/target.h"

struct killn {
	const char *signal;
	int64_t value;
	bool all, list, table;
};

enum { GROUP_WHAT = 2 };

static const int64_t no_value = INT64_MIN;

static const struct killn nothing_given = {.value = no_value};

static const struct option_row options[] = {
    TEXT('s', "signal", killn, signal, GROUP_WHAT, "SIGNAL",
         "send SIGNAL, to each PID: INT, SIGINT, 2, RTMIN+3"),
    FLAG('l', "list", killn, list, GROUP_WHAT,
         "list the names of the signals, or translate SIGNAL or an exit STATUS"),
    FLAG('L', "table", killn, table, GROUP_WHAT,
         "list number, name and description of the signals"),
    NUMBER('q', "queue", killn, value, 0, "VALUE", INT32_MIN, INT32_MAX,
           "queue the signal with VALUE (an int), as sigqueue does"),
    FLAG(0, "all", killn, all, 0,
         "permit 0 (every process of the caller's group) and -1 (every process)"),
    END_OF_OPTIONS,
};

/* ------------------------------------------------------------------- list */

/* Those with a name: 32 and 33 belong to the C library. */
static int next_signal(int number)
{
	return number + 1 == SIG_RTMIN - 2 ? SIG_RTMIN : number + 1;
}

static enum status list(void)
{
	struct sig_name name;
	enum status status = STATUS_DONE;
	for (int n = 1; n <= SIG_COUNT && status == STATUS_DONE; n = next_signal(n))
		status = output_print("%s\n", sig_name(n, &name));
	return status;
}

static enum status table(void)
{
	static const struct column columns[] = {
	    {"number", 6}, {"name", -8}, {"description", -1}, {0}};
	struct sig_name name;
	char description[32];
	bool headed = false;
	enum status status = record_heading(columns, false, &headed);
	for (int n = 1; n <= SIG_COUNT && status == STATUS_DONE; n = next_signal(n)) {
		struct record record;
		record_begin(&record, columns, false);
		record_number(&record, n);
		record_text(&record, sig_name(n, &name));
		record_text(&record, sig_description(n, description));
		status = record_end(&record);
	}
	return status;
}

/* A name becomes its number; a number, or the status that stands for it, its name. */
static enum status translate(const char *text)
{
	struct sig_name name;
	struct reason reason;
	int64_t number;
	int signal;
	bool is_number = value_number(text, 0, STATUS_MAX, &number, &reason) == NULL;
	if (is_number && number > STATUS_SIGNAL && number <= STATUS_SIGNAL + SIG_COUNT)
		return output_print("%s\n", sig_name((int)number - STATUS_SIGNAL, &name));
	enum status status = sig_parse(text, &signal);
	if (status != STATUS_DONE)
		return status;
	return is_number ? output_print("%s\n", sig_name(signal, &name))
	                 : output_print("%d\n", signal);
}

/* ------------------------------------------------------------------- send */

/* 0 and -1 reach more than most people mean. */
static enum status check_target(const struct killn *given, const char *text)
{
	struct target target;
	enum status status = target_parse(&target, text);
	if (status != STATUS_DONE)
		return status;
	if (target.kind == TARGET_EVERYONE && given->value != no_value)
		return usage_error("'-1': a value is queued for a process, a thread or a "
		                   "group, not for all");
	if (target.kind == TARGET_EVERYONE && !given->all)
		return usage_error("'-1' is every process there is: --all permits it");
	if (target.kind == TARGET_OWN_GROUP && !given->all)
		return usage_error("'0' is every process of the caller's group: --all "
		                   "permits it");
	return STATUS_DONE;
}

static enum status send_to_all(const struct killn *given, int signal, int argc,
                               char **argv)
{
	struct target target;
	int32_t value = (int32_t)given->value;
	enum status status = STATUS_DONE;
	for (int i = 0; i < argc && status == STATUS_DONE; i++)
		status = check_target(given, argv[i]);
	if (status != STATUS_DONE)
		return status;
	for (int i = 0; i < argc; i++) {
		target_parse(&target, argv[i]);
		status = first_failure(
		    status, target_send(&target, signal,
		                        given->value != no_value ? &value : NULL));
	}
	return status;
}

static enum status tell(const struct killn *given, int argc, char **argv)
{
	enum status status = STATUS_DONE;
	if (given->value != no_value || given->all)
		return usage_error("-l and -L list: they go with no other option");
	if (given->table && argc > 0)
		return usage_error("extra operand '%s'", argv[0]);
	if (given->table)
		return table();
	if (argc == 0)
		return list();
	for (int i = 0; i < argc; i++)
		status = first_failure(status, translate(argv[i]));
	return status;
}

static enum status run(const void *opts, int argc, char **argv)
{
	const struct killn *given = opts;
	const char *name = given->signal;
	int signal, targets = argc;
	if (given->list || given->table)
		return tell(given, argc, argv);
	if (argc == 0)
		return usage_error("missing operand");
	if (name == NULL && argc > 2)
		return usage_error("extra operand '%s': several PIDs need -s SIGNAL",
		                   argv[2]);
	if (name == NULL && argc == 2)
		name = argv[targets = 1];
	enum status status = sig_parse(name != NULL ? name : "TERM", &signal);
	return status != STATUS_DONE ? status : send_to_all(given, signal, targets, argv);
}

APPLET(killn, .summary = "send a signal, with a value or without",
       .self = {.operands = "[PID [SIGNAL] | PID... | SIGNAL... | STATUS...]",
                .most_operands = ANY_NUMBER,
                .options = options,
                .defaults = &nothing_given,
                OPTIONS_OF(killn),
                .run = run});
