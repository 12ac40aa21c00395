/* SPDX-License-Identifier: MIT */
/*
 * ipcls - list the objects of all kinds, which processes have them, and which wait
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "applet.h"
#include "inspect/census.h"
#include "inspect/graph.h"
#include "inspect/limits.h"
#include "inspect/namespace.h"
#include "inspect/table.h"
#include "inspect/top.h"
#include "inspect/watch.h"
#include "inspect/why.h"
#include "io/error.h"
#include "io/report.h"
#include "object/access.h"
#include "object/shm_path.h"

/* How the objects are shown. */
enum ipcls_view { IPCLS_TABLE, IPCLS_WATCH, IPCLS_TOP, IPCLS_DOT };

struct ipcls {
	struct table_options table;
	enum ipcls_view view;
	const char *svg; /* or the file for a picture */
	const char *types, *owner, *why;
	struct timeout older;
	int64_t pid, namespaces_of;
	bool unused, limits;
	unsigned sort;
};

static const struct option_row options[] = {
    JSON(ipcls, table.json, 2),
    FLAG('q', "quiet", ipcls, table.quiet, 2, "print only names that the applets take"),
    FLAG('0', "null", ipcls, table.null, 2, "the same, each followed by a NUL byte"),
    STRING(0, "type", ipcls, types, 0, "LIST", "only objects of these kinds",
           .value = OPERAND_WORD, .words = OBJECT_KIND_WORDS),
    STRING(0, "owner", ipcls, owner, 0, "USER", "only objects of this user"),
    NUMBER('p', "pid", ipcls, pid, 0, "PID", 1, INT32_MAX,
           "only what this process has or waits for", .value = OPERAND_PID),
    NUMBER(0, "ns", ipcls, namespaces_of, 0, "PID", 1, INT32_MAX,
           "in the namespaces of this process", .value = OPERAND_PID,
           EXCLUDES("why limits top watch")),
    FLAG(0, "who", ipcls, table.who, 0, "a line for each process that has it or waits",
         EXCLUDES("quiet null")),
    FLAG(0, "unused", ipcls, unused, 0, "only objects that no process has"),
    DURATION(0, "older", ipcls, older, 0, "DURATION",
             "only objects that were not changed for DURATION"),
    WORD(0, "sort", ipcls, sort, 0, "COLUMN", TABLE_SORT_WORDS, "sort by COLUMN"),
    STRING('o', "output", ipcls, table.columns, 0, "LIST", "print these columns",
           .value = OPERAND_WORD, .words = TABLE_COLUMN_WORDS, EXCLUDES("quiet null")),
    STRING(0, "why", ipcls, why, 0, "PID|NAME",
           "what it waits for, or which processes wait for it, and who can end that",
           .value = OPERAND_PID | OPERAND_OBJECT,
           EXCLUDES("quiet null type owner pid who unused older sort output")),
    CHOICE(0, "watch", ipcls_view, ipcls, view, 3, IPCLS_WATCH,
           "print each change from now on", EXCLUDES("quiet null who output sort why")),
    CHOICE(0, "top", ipcls_view, ipcls, view, 3, IPCLS_TOP,
           "show the table on the terminal, and keep it up to date",
           EXCLUDES("json quiet null who output why")),
    CHOICE(0, "dot", ipcls_view, ipcls, view, 3, IPCLS_DOT,
           "print who talks to whom, as a graph for dot(1)",
           EXCLUDES("json quiet null who output sort why")),
    STRING(0, "svg", ipcls, svg, 3, "FILE", "draw that graph, as SVG in FILE",
           .value = OPERAND_FILE, EXCLUDES("json quiet null who output sort why")),
    FLAG(0, "limits", ipcls, limits, 0, "the limits of the kernel, and their use",
         EXCLUDES("quiet null type owner pid who unused older sort output")),
    END_OF_OPTIONS,
};

static enum status ipcls_prepare(const struct ipcls *given, struct table_filter *filter)
{
	unsigned char columns[TABLE_COLUMNS_MAX + 1];
	gid_t group;
	enum status status = STATUS_OK;
	filter->kinds = OBJECT_KINDS_ALL;
	if (given->types != NULL)
		status = table_parse_kinds(&filter->kinds, given->types);
	if (status == STATUS_OK && given->table.columns != NULL)
		status = table_parse_columns(given->table.columns, columns);
	if (status == STATUS_OK && given->owner != NULL)
		status = access_parse_owner(given->owner, &filter->owner, &group);
	filter->has_owner = given->owner != NULL;
	filter->pid = (pid_t)given->pid;
	filter->unused = given->unused;
	filter->older = given->older.nanoseconds / 1000000000;
	return status;
}

static enum status ipcls_check_pid(const struct census *census, pid_t pid)
{
	const struct census_process *process = census_process(census, pid);
	if (pid != 0 && process == NULL)
		return error_as(STATUS_NOT_FOUND, "process %d: %s", (int)pid,
		                error_text(ESRCH));
	if (process != NULL && process->hidden)
		return error_as(STATUS_FAILED, "process %d may not be inspected",
		                (int)pid);
	return STATUS_OK;
}

static void ipcls_report_processes(size_t count, const char *what)
{
	report_info("%zu process%s may not be %s is not shown", count,
	            count == 1 ? "" : "es", what);
}

/* The kinds that would be complete without them are known to all users. */
static void ipcls_report_hidden(const struct ipcls *given,
                                const struct table_filter *filter,
                                const struct census *census)
{
	bool names_only = given->table.quiet || given->table.null;
	if (census->hidden_processes > 0 && (!names_only || given->unused))
		ipcls_report_processes(census->hidden_processes,
		                       "inspected: what they have");
	if (census->unlisted_processes && (!names_only || given->unused))
		report_info("/proc does not show the processes of other users");
	if (census->unknown_waits > 0 && given->table.who)
		ipcls_report_processes(census->unknown_waits,
		                       "traced: what they wait for");
	if (census->hidden_queues && filter->count == 0)
		report_info("POSIX message queues that no process of this user has open "
		            "are not shown");
}

static enum status ipcls_report_missing(const struct table_filter *filter,
                                        const bool *matched)
{
	enum status status = STATUS_OK;
	for (int i = 0; i < filter->count; i++)
		if (!matched[i])
			status = error_as(STATUS_NOT_FOUND, "%s: no such object",
			                  filter->names[i]);
	return status;
}

static enum status ipcls_list(const struct ipcls *given,
                              const struct table_filter *filter, struct census *census)
{
	size_t count = 0;
	bool *matched = calloc((size_t)filter->count + 1, sizeof *matched);
	int *objects = matched != NULL
	                   ? table_select(census, filter, (enum table_sort)given->sort,
	                                  &count, matched)
	                   : NULL;
	enum status status = STATUS_FAILED;
	if (objects != NULL && count == 0 && filter->count > 0)
		status = STATUS_OK;
	else if (objects != NULL && (given->view == IPCLS_DOT || given->svg != NULL))
		status =
		    graph_print(census, objects, count, filter->count > 0, given->svg);
	else if (objects != NULL)
		status = table_print(census, objects, count, &given->table);
	if (status == STATUS_OK) {
		ipcls_report_hidden(given, filter, census);
		status = ipcls_report_missing(filter, matched);
	}
	free(objects);
	free(matched);
	return status;
}

static enum status ipcls_show(const struct ipcls *given,
                              const struct table_filter *filter, struct census *census,
                              const struct census_request *request)
{
	if (given->view == IPCLS_TOP)
		return top_run(census, request, filter, (enum table_sort)given->sort);
	if (given->view != IPCLS_WATCH)
		return ipcls_list(given, filter, census);
	ipcls_report_hidden(given, filter, census);
	return watch_changes(census, request, filter, given->table.json);
}

/* The selection of one call: passed to the process of --ns. */
struct ipcls_call {
	const struct ipcls *given;
	struct table_filter filter;
	const char *shm_directory; /* NULL: that of this process */
};

static enum status ipcls_take(const void *argument)
{
	const struct ipcls_call *call = argument;
	struct census census;
	const struct ipcls *given = call->given;
	const struct census_request request = {
	    .kinds = call->filter.kinds,
	    .details = given->table.who || given->view == IPCLS_DOT || given->svg != NULL,
	    .waits = true,
	    .shm_directory = call->shm_directory,
	    .names = call->filter.names,
	    .name_count = call->filter.count};
	enum status status = census_take(&census, &request);
	if (status == STATUS_OK)
		status = ipcls_check_pid(&census, call->filter.pid);
	if (status == STATUS_OK)
		status = ipcls_show(given, &call->filter, &census, &request);
	census_free(&census);
	return status;
}

static enum status ipcls_run(const void *opts, int argc, char **argv)
{
	const struct ipcls *given = opts;
	struct ipcls_call call = {.given = given,
	                          .filter = {.names = argv, .count = argc}};
	char directory[48];
	if (given->why != NULL && argc > 0)
		return error_usage("--why takes no operand: '%s'", argv[0]);
	if (given->limits && argc > 0)
		return error_usage("--limits takes no operand: '%s'", argv[0]);
	if (given->why != NULL)
		return why_print(given->why, given->table.json);
	if (given->limits)
		return limits_print(given->table.json);
	enum status status = ipcls_prepare(given, &call.filter);
	if (status != STATUS_OK)
		return status;
	if (given->namespaces_of == 0)
		return ipcls_take(&call);
	snprintf(directory, sizeof directory, "/proc/%d/root" SHM_PATH_DIRECTORY,
	         (int)given->namespaces_of);
	call.shm_directory = directory;
	return namespace_run((pid_t)given->namespaces_of, ipcls_take, &call);
}

APPLET(ipcls, .summary = "list objects of all kinds, and the processes that have them",
       .group = APPLETS_SEEING_AND_WAITING,
       .example = "ipcls -q --type mq --unused --older 7d | xargs -r mqunlink",
       .self = {.operands = "[NAME...]",
                .operand_kinds = {OPERAND_OBJECT | OPERAND_REPEATED},
                .min_operands = 0,
                .max_operands = OPERANDS_UNLIMITED,
                .options = options,
                OPTIONS_OF(ipcls),
                .run = ipcls_run});
