/*
 * ipcbench - measure how fast processes can talk to each other
 *
 * For each mechanism and each size two processes pass messages to each other. What is
 * measured is the mechanism with the system calls that a C program would make, not this
 * tool's other commands.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "bench/svg.h"
#include "bench/text.h"
#include "io/error.h"
#include "io/output.h"
#include "io/record.h"
#include "io/report.h"

struct ipcbench {
	const char *transport_mechanisms, *sizes, *processors, *plot;
	int64_t count, warm_up;
	struct timeout duration;
	bool json, list;
};

enum { GROUP_HOW_MANY = 2 };

static const struct ipcbench defaults = {
    .transport_mechanisms = "all", .sizes = "64", .count = 10000, .warm_up = 1000};

static const struct option_row options[] = {
    STRING('M', "mechanism", ipcbench, transport_mechanisms, 0, "LIST",
           "measure these, separated by commas"),
    STRING('s', "size", ipcbench, sizes, 0, "LIST",
           "messages of these sizes, separated by commas"),
    NUMBER('c', "count", ipcbench, count, GROUP_HOW_MANY, "N", 1, 1000000000,
           "pass N messages"),
    DURATION('d', "duration", ipcbench, duration, GROUP_HOW_MANY, "DURATION",
             "pass messages for DURATION instead"),
    NUMBER('w', "warm-up", ipcbench, warm_up, 0, "N", 1, 1000000000,
           "pass N messages before"),
    STRING(0, "cpus", ipcbench, processors, 0, "A,B",
           "run the one process on processor A and the other on B"),
    STRING(0, "plot", ipcbench, plot, 0, "FILE", "draw the figures, as SVG",
           .value = OPERAND_FILE),
    FLAG('l', "list", ipcbench, list, 0, "print the names of the mechanisms"),
    JSON(ipcbench, json, 0),
    END_OF_OPTIONS,
};

static const struct record_column columns[] = {
    {"mechanism", -10},
    {"size", 7},
    {"p50_ns", 8},
    {"p99_ns", 8},
    {"p999_ns", 8},
    {"rtt50_ns", 8},
    {"rtt99_ns", 8},
    {"rtt999_ns", 9},
    {"per_second", 10},
    {"bytes_per_second", 16},
    {0},
};

enum { SIZES_MAX = 32, MECHANISMS_MAX = 32 };

static const int64_t largest_size = 1 << 30;

/* What is to be done, in words that were checked. */
struct ipcbench_plan {
	const struct transport_mechanism *transport_mechanisms[MECHANISMS_MAX];
	size_t sizes[SIZES_MAX];
	int mechanism_count, size_count;
	struct bench_workload workload;
};

/* What has been done. */
struct ipcbench_results {
	struct bench_measurement *measurements;
	int count;
	bool headed;
};

/* -------------------------------------------------------------------- plan */

static enum status ipcbench_add_mechanism(struct ipcbench_plan *plan, const char *name,
                                          size_t length)
{
	const struct transport_mechanism *mechanism =
	    transport_mechanism_by_name(name, length);
	if (mechanism == NULL)
		return error_usage("'%.*s' is no mechanism; 'ipcbench --list' names them",
		                   (int)length, name);
	if (plan->mechanism_count == MECHANISMS_MAX)
		return error_usage("more than %d mechanisms", MECHANISMS_MAX);
	plan->transport_mechanisms[plan->mechanism_count++] = mechanism;
	return STATUS_OK;
}

static enum status ipcbench_add_all_mechanisms(struct ipcbench_plan *plan)
{
	while (transport_mechanisms[plan->mechanism_count] != NULL) {
		plan->transport_mechanisms[plan->mechanism_count] =
		    transport_mechanisms[plan->mechanism_count];
		plan->mechanism_count++;
	}
	return STATUS_OK;
}

static enum status ipcbench_add_size(struct ipcbench_plan *plan, const char *text,
                                     size_t length)
{
	char word[32];
	struct value_error reason;
	int64_t size = 0;
	const char *why = "too long";
	if (length < sizeof word) {
		memcpy(word, text, length);
		word[length] = '\0';
		why = value_size(word, 1, largest_size, &size, &reason);
	}
	if (why != NULL)
		return error_usage("SIZE '%.*s' is %s", (int)length, text, why);
	if (plan->size_count == SIZES_MAX)
		return error_usage("more than %d sizes", SIZES_MAX);
	plan->sizes[plan->size_count++] = (size_t)size;
	return STATUS_OK;
}

/* Each word between the commas. */
static enum status ipcbench_parse_list(struct ipcbench_plan *plan, const char *list,
                                       enum status (*add)(struct ipcbench_plan *,
                                                          const char *, size_t))
{
	for (;;) {
		size_t length = strcspn(list, ",");
		enum status status = add(plan, list, length);
		if (status != STATUS_OK || list[length] == '\0')
			return status;
		list += length + 1;
	}
}

/* "0,1" */
static enum status ipcbench_parse_processors(struct bench_workload *workload,
                                             const char *text)
{
	enum { MOST = 1023 }; /* sched_setaffinity(3): what a cpu_set_t holds */
	const char *rest = text;
	for (int end = 0; end < 2; end++) {
		size_t length = strcspn(rest, ",");
		char word[8] = "";
		struct value_error reason;
		int64_t number;
		if (length < sizeof word)
			memcpy(word, rest, length);
		/* a comma after the first, and nothing after the second */
		if (rest[length] != (end == 0 ? ',' : '\0') ||
		    value_number(word, 0, MOST, &number, &reason) != NULL)
			return error_usage("'%s' is not A,B: two processors' numbers",
			                   text);
		workload->processors[end] = (int)number;
		rest += length + 1;
	}
	cpu_set_t allowed;
	if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
		return error_errno("processors");
	for (int end = 0; end < 2; end++)
		if (!CPU_ISSET((size_t)workload->processors[end], &allowed))
			return error_as(
			    STATUS_FAILED,
			    "processor %d is none that this process may run on",
			    workload->processors[end]);
	workload->pinned = true;
	return STATUS_OK;
}

static enum status ipcbench_make_plan(struct ipcbench_plan *plan,
                                      const struct ipcbench *given)
{
	*plan = (struct ipcbench_plan){
	    .workload = {.warm_up = given->warm_up, .count = given->count}};
	enum status status = strcmp(given->transport_mechanisms, "all") == 0
	                         ? ipcbench_add_all_mechanisms(plan)
	                         : ipcbench_parse_list(plan, given->transport_mechanisms,
	                                               ipcbench_add_mechanism);
	if (status == STATUS_OK)
		status = ipcbench_parse_list(plan, given->sizes, ipcbench_add_size);
	if (status == STATUS_OK && given->processors != NULL)
		status = ipcbench_parse_processors(&plan->workload, given->processors);
	plan->workload.nanoseconds = given->duration.nanoseconds;
	if (status == STATUS_OK && given->duration.kind == TIMEOUT_AFTER &&
	    given->duration.nanoseconds == 0)
		status = error_usage("a DURATION of 0 measures nothing");
	return status;
}

/* ----------------------------------------------------------------- measure */

static enum status ipcbench_print_row(const struct bench_measurement *measurement,
                                      bool json)
{
	const struct bench_figures *figures = &measurement->figures;
	struct record record;
	record_begin(&record, columns, json);
	record_text(&record, measurement->mechanism->name);
	record_number(&record, (int64_t)measurement->size);
	for (int i = 0; i < BENCH_QUANTILES; i++)
		record_number(&record, figures->one_way[i]);
	for (int i = 0; i < BENCH_QUANTILES; i++)
		record_number(&record, figures->round_trip[i]);
	record_number(&record, bench_messages_per_second(figures));
	record_number(&record, bench_bytes_per_second(figures, measurement->size));
	return record_end(&record);
}

/* Can the mechanism pass messages of this size? If not, say why: it is left out. */
static bool ipcbench_fits(const struct transport_mechanism *mechanism, size_t size)
{
	const char *limit;
	int64_t largest = mechanism->largest != NULL ? mechanism->largest(&limit) : 0;
	if (largest <= 0 || (int64_t)size <= largest)
		return true;
	report_info("ipcbench: %s: left out: %zu bytes are more than %s (%lld)",
	            mechanism->name, size, limit, (long long)largest);
	return false;
}

static enum status ipcbench_measure_one(struct ipcbench_results *results,
                                        const struct ipcbench_plan *plan,
                                        const struct transport_mechanism *mechanism,
                                        size_t size, bool json)
{
	struct bench_measurement *measurement = &results->measurements[results->count];
	*measurement = (struct bench_measurement){.mechanism = mechanism, .size = size};
	enum status status =
	    bench_measure(mechanism, size, &plan->workload, &measurement->figures);
	if (status != STATUS_OK)
		return status;
	results->count++;
	status = record_heading(columns, json, &results->headed);
	return status == STATUS_OK ? ipcbench_print_row(measurement, json) : status;
}

/* A mechanism whose messages have one size is measured once. */
static enum status ipcbench_measure_all(struct ipcbench_results *results,
                                        const struct ipcbench_plan *plan, bool json)
{
	enum status status = STATUS_OK;
	for (int m = 0; m < plan->mechanism_count; m++) {
		const struct transport_mechanism *mechanism =
		    plan->transport_mechanisms[m];
		const char *limit;
		size_t only = mechanism->fixed ? (size_t)mechanism->largest(&limit) : 0;
		int sizes = only > 0 ? 1 : plan->size_count;
		for (int s = 0; s < sizes && status < STATUS_SIGNAL; s++) {
			size_t size = only > 0 ? only : plan->sizes[s];
			if (ipcbench_fits(mechanism, size))
				status = status_first_failure(
				    status, ipcbench_measure_one(results, plan, mechanism,
				                                 size, json));
		}
	}
	return status;
}

static enum status ipcbench_show_results(const struct ipcbench_results *results,
                                         const struct ipcbench *given, int plot)
{
	enum status status = STATUS_OK;
	if (!given->json && results->count > 1)
		status = bench_text_print(results->measurements, results->count);
	if (plot >= 0 && results->count > 0)
		status = status_first_failure(
		    status, bench_svg_write(plot, given->plot, results->measurements,
		                            results->count));
	return status;
}

static enum status ipcbench_run_plan(const struct ipcbench_plan *plan,
                                     const struct ipcbench *given, int plot)
{
	struct ipcbench_results results = {0};
	size_t most = (size_t)plan->mechanism_count * (size_t)plan->size_count;
	/* one more, so that NULL means no memory */
	results.measurements = calloc(most + 1, sizeof *results.measurements);
	if (results.measurements == NULL)
		return error_errno("%zu measurements", most);
	enum status status = ipcbench_measure_all(&results, plan, given->json);
	if (status == STATUS_OK && results.count == 0)
		status = error_as(STATUS_FAILED, "nothing was left to measure");
	if (status < STATUS_SIGNAL)
		status = status_first_failure(
		    status, ipcbench_show_results(&results, given, plot));
	free(results.measurements);
	return status;
}

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
	struct ipcbench_plan plan;
	int plot = -1;
	(void)argc;
	(void)argv;
	if (given->list)
		return ipcbench_list_mechanisms();
	enum status status = ipcbench_make_plan(&plan, given);
	if (status != STATUS_OK)
		return status;
	if (given->plot != NULL) {
		plot = open(given->plot, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (plot < 0)
			return error_errno_as(STATUS_FAILED, "%s", given->plot);
	}
	status = ipcbench_run_plan(&plan, given, plot);
	if (plot >= 0)
		close(plot);
	return status;
}

APPLET(ipcbench, .summary = "measure how fast processes can talk to each other",
       .self = {.options = options,
                .defaults = &defaults,
                OPTIONS_OF(ipcbench),
                .run = ipcbench_run});
