/* SPDX-License-Identifier: MIT */
/*
 * ipcbench - measure how fast processes can talk to each other
 *
 * For each mechanism and each size two processes pass messages to each other. Measured is
 * the mechanism with the system calls that a C program makes, not the other applets.
 */
#include "applet.h"
#include "bench/session.h"
#include "io/error.h"
#include "io/output.h"

struct ipcbench {
	const char *mechanisms, *sizes, *cpus, *plot;
	int64_t count, warm_up;
	struct timeout duration;
	bool json, list;
};

enum { GROUP_HOW_MANY = 2 };

static const struct ipcbench defaults = {
    .mechanisms = "all", .sizes = "64", .count = 10000, .warm_up = 1000};

static const struct option_row options[] = {
    STRING('M', "mechanism", ipcbench, mechanisms, 0, "LIST",
           "measure these, separated by commas", .value = OPERAND_WORD,
           .words = "all " TRANSPORT_MECHANISM_NAMES),
    STRING('s', "size", ipcbench, sizes, 0, "LIST",
           "messages of these sizes, separated by commas"),
    NUMBER('c', "count", ipcbench, count, GROUP_HOW_MANY, "N", 1, 1000000000,
           "pass N messages"),
    DURATION('d', "duration", ipcbench, duration, GROUP_HOW_MANY, "DURATION",
             "pass messages for DURATION instead"),
    NUMBER('w', "warm-up", ipcbench, warm_up, 0, "N", 1, 1000000000,
           "pass N messages first, without measuring"),
    STRING(0, "cpus", ipcbench, cpus, 0, "A,B",
           "run one process on CPU A, the other one on CPU B"),
    STRING(0, "plot", ipcbench, plot, 0, "FILE", "plot the measurements, as SVG",
           .value = OPERAND_FILE),
    FLAG('l', "list", ipcbench, list, 0, "print the names of the mechanisms"),
    JSON(ipcbench, json, 0),
    END_OF_OPTIONS,
};

static enum status ipcbench_list_mechanisms(void)
{
	enum status status = STATUS_OK;
	for (int i = 0; status == STATUS_OK && transport_mechanisms[i] != NULL; i++)
		status = output_printf("%-10s %s\n", transport_mechanisms[i]->name,
		                       transport_mechanisms[i]->summary);
	return status;
}

static enum status ipcbench_run(const void *opts, int argc, char **argv)
{
	const struct ipcbench *given = opts;
	struct bench_plan plan = {
	    .workload = {.warm_up = given->warm_up,
	                 .count = given->count,
	                 .nanoseconds = given->duration.nanoseconds}};
	(void)argc;
	(void)argv;
	if (given->list)
		return ipcbench_list_mechanisms();
	if (given->duration.kind == TIMEOUT_AFTER && given->duration.nanoseconds == 0)
		return error_usage("DURATION must be greater than 0");
	enum status status = bench_plan_mechanisms(&plan, given->mechanisms);
	if (status == STATUS_OK)
		status = bench_plan_sizes(&plan, given->sizes);
	if (status == STATUS_OK && given->cpus != NULL)
		status = bench_plan_cpus(&plan, given->cpus);
	return status == STATUS_OK ? bench_session(&plan, given->json, given->plot)
	                           : status;
}

APPLET(ipcbench, .summary = "measure how fast processes can talk to each other",
       .group = APPLETS_SEEING_AND_WAITING,
       .example = "ipcbench -M mq,pipe --cpus 0,0 -c 1000",
       .self = {.options = options,
                .defaults = &defaults,
                OPTIONS_OF(ipcbench),
                .run = ipcbench_run});
